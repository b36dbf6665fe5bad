<%@ page session="false" contentType="text/plain; charset=UTF-8" pageEncoding="UTF-8"
    trimDirectiveWhitespaces="true"
    import="java.lang.management.ManagementFactory, java.net.URLEncoder,
            java.util.LinkedHashSet, java.util.Set, java.util.TreeSet, javax.management.MBeanServer,
            javax.management.MBeanServerFactory, javax.management.ObjectName" %><%--
  What the proof of a cluster asks of a node. One "name=value" a line, values URL-encoded.

    GET .          begins a session where there is none, and counts this visit in it
    GET .?put=X    the same, and keeps X (at most 200 characters) in the session
    GET .?peek=1   shows what is there: begins nothing, counts nothing

  "sessions" is how many sessions the node holds, of all applications, copies of those of other
  nodes included.

  The node is asked of Tomcat itself (jvmRoute of its Engine), never taken from the cookie: a
  cookie tells who began a session, not who answers. Of the servlet API only HttpSession is
  named, which every JSP imports: so javax and jakarta compile this page alike.
--%><%!
  private static Set<MBeanServer> servers() {
    Set<MBeanServer> found = new LinkedHashSet<MBeanServer>();
    found.add(ManagementFactory.getPlatformMBeanServer());
    found.addAll(MBeanServerFactory.findMBeanServer(null));
    return found;
  }

  private static String jvmRoute() throws Exception {
    Set<String> routes = new TreeSet<String>();
    for (MBeanServer server : servers()) {
      for (ObjectName engine : server.queryNames(new ObjectName("*:type=Engine"), null)) {
        Object route = server.getAttribute(engine, "jvmRoute");
        if (route != null) {
          routes.add(route.toString());
        }
      }
    }
    StringBuilder all = new StringBuilder();
    for (String route : routes) {
      all.append(all.length() == 0 ? "" : ",").append(route);
    }
    return all.toString();
  }

  private static Object sessions() {
    try {
      int sum = 0;
      for (MBeanServer server : servers()) {
        for (ObjectName each : server.queryNames(new ObjectName("*:type=Manager,*"), null)) {
          sum += ((Number) server.getAttribute(each, "activeSessions")).intValue();
        }
      }
      return Integer.valueOf(sum);
    } catch (Exception error) {
      return null;
    }
  }

  private static String line(String name, Object value) throws Exception {
    return name + "=" + (value == null ? "" : URLEncoder.encode(value.toString(), "UTF-8")) + "\n";
  }
%><%
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Content-Security-Policy", "default-src 'none'");
  try {
    HttpSession found = request.getSession(false);
    boolean existed = found != null;
    if (request.getParameter("peek") == null) {
      found = request.getSession(true);
      Integer counter = (Integer) found.getAttribute("counter");
      found.setAttribute("counter", Integer.valueOf(counter == null ? 1 : counter.intValue() + 1));
      String put = request.getParameter("put");
      if (put != null) {
        found.setAttribute("payload", put.length() > 200 ? put.substring(0, 200) : put);
      }
    }
    out.print(line("node", jvmRoute()));
    out.print(line("started", Long.valueOf(ManagementFactory.getRuntimeMXBean().getStartTime())));
    out.print(line("server", application.getServerInfo()));
    out.print(line("sessions", sessions()));
    out.print(line("asked", request.getRequestedSessionId()));
    out.print(line("existed", Boolean.valueOf(existed)));
    out.print(line("session", found == null ? null : found.getId()));
    out.print(line("new", Boolean.valueOf(found != null && found.isNew())));
    out.print(line("counter", found == null ? null : found.getAttribute("counter")));
    out.print(line("payload", found == null ? null : found.getAttribute("payload")));
  } catch (Exception error) {
    response.setStatus(500);
    out.print(line("error", error));
  }
%>
