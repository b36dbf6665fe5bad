<%@ page session="false" contentType="text/plain; charset=UTF-8" trimDirectiveWhitespaces="true" %><%--
  The probe's page, with work around it: half of the pause before the session is touched, half
  after. Only the measurements put it beside the probe.
--%><%
  long half = Math.min(5000, Long.parseLong(request.getParameter("pause"))) / 2;
  Thread.sleep(half);
%><jsp:include page="index.jsp" /><% Thread.sleep(half); %>
