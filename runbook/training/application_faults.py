"""Faults of applications: what keeps their sessions on one node."""

from __future__ import annotations

from runbook.text import T
from runbook.training.balancer_faults import GET
from runbook.training.fault import Drill, Fault, On, Shown

NOT_DISTRIBUTABLE = Fault(
    id="not-distributable",
    title=T("web.xml has no <distributable/>"),
    errata=("distributable-missing",),
    plant=(On("first", "sed -i '/<distributable/d' $WEBAPP/WEB-INF/web.xml && $RESTART"),),
    finds=(("distributable-ROOT", "first"), ("replicates-ROOT", "first")),
    mend=(On("first", "sed -i 's|^</web-app>|  <distributable/>\\n&|' $WEBAPP/WEB-INF/web.xml"
             " && $RESTART"),),
    drill=Drill(
        symptom=T("“We deployed a new version of the application on the first node. When that "
                  "node is restarted, its users lose what they had entered.”"),
        hints=(
            T("Servers and network are as before; the application is new. What must it say so "
              "that its sessions are replicated?"),
            T("Compare WEB-INF/web.xml of the application on both nodes."),
            T("Add <distributable/> below <web-app> on the first node, and restart Tomcat."),
        ),
        explanation=T("A new version brings its own web.xml. The element belongs into the "
                      "application's source, not only onto the hosts."),
    ),
)  # fmt: skip

WEB_FRAGMENT = Fault(
    id="web-fragment",
    title=T("a library's web-fragment.xml has no <distributable/>"),
    errata=("web-fragment",),
    plant=(On("second", """sed -i 's/metadata-complete="true"/metadata-complete="false"/' \
$WEBAPP/WEB-INF/web.xml
d=$(mktemp -d) && cd $d && mkdir META-INF && cat >META-INF/web-fragment.xml <<'END'
<web-fragment xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0"><name>menu</name>
</web-fragment>
END
mkdir -p $WEBAPP/WEB-INF/lib && $JDK/bin/jar cf $WEBAPP/WEB-INF/lib/menu.jar META-INF &&
chown -R $USER:$USER $WEBAPP/WEB-INF/lib && rm -r $d && $RESTART"""),),
    finds=(("replicates-ROOT", "second"),),
    mend=(On("second", """d=$(mktemp -d) && cd $d && $JDK/bin/jar xf $WEBAPP/WEB-INF/lib/menu.jar &&
sed -i 's|<name>|<distributable/><name>|' META-INF/web-fragment.xml &&
sed -i 's|\\(<distributable/>\\)\\(<name>menu</name>\\)|\\2\\1|' META-INF/web-fragment.xml &&
$JDK/bin/jar cf $WEBAPP/WEB-INF/lib/menu.jar META-INF && rm -r $d && $RESTART"""),),
    shown=Shown(
        on=On("second", "grep -c '<distributable' $WEBAPP/WEB-INF/web.xml; "
              "grep -h 'Register manager \\[\\] to cluster' $TOMCAT/logs/catalina.*.log | "
              "tail -n 1; cd /tmp && $JDK/bin/jar xf $WEBAPP/WEB-INF/lib/menu.jar && "
              "cat META-INF/web-fragment.xml"),
        prints="^1(?s:.)*<web-fragment",
    ),
    drill=Drill(
        symptom=T("“Since the second node has the library with the new menu, its sessions are not "
                  "on the first node any more. web.xml is the same on both, with "
                  "<distributable/>.”"),
        hints=(
            T("A library can take part in the deployment of an application. How?"),
            T("Look into the jar in WEB-INF/lib: which description does it bring along?"),
            T("META-INF/web-fragment.xml in menu.jar lacks <distributable/>. Put it in (jar xf, "
              "jar cf), and restart Tomcat."),
        ),
        explanation=T("An application is distributable only when web.xml and every fragment say "
                      "so. One library that does not turns replication off, silently."),
    ),
)  # fmt: skip

BASKET = """cat >$WEBAPP/basket.jsp <<'END'
<%@ page contentType="text/plain" %><%!
  static class Basket { int things; }
%><%
  Basket basket = new Basket();
  session.setAttribute("basket", basket);
%>In the basket: <%= ++basket.things %>
END
chown $USER:$USER $WEBAPP/basket.jsp
"""

NOT_SERIALIZABLE = Fault(
    id="not-serializable",
    title=T("the application puts something into the session that cannot be sent"),
    errata=("not-serializable",),
    plant=(On("first", BASKET + GET + "get $PORT1 /basket.jsp >/dev/null; sleep 1"),),
    finds=(("attributes-ROOT", "first"),),
    mend=(On("first", "sed -i 's/static class Basket /&implements java.io.Serializable /' "
             "$WEBAPP/basket.jsp && $RESTART"),),
    shown=Shown(
        on=On("first", GET + "get $PORT1 /basket.jsp | grep -o 'IllegalArgumentException[^<]*' | "
              "head -n 1"),
        prints="setAttribute: Non-serializable attribute",
    ),
    drill=Drill(
        symptom=T("“On my own machine the new basket works. On the cluster it shows an error page "
                  "with status 500, at least on the first node: see /basket.jsp.”"),
        hints=(
            T("What is different here from a single Tomcat? What happens to all that is put "
              "into a session?"),
            T("Read the first line of the exception, on the page or in logs/localhost log."),
            T("The class Basket in basket.jsp must implement java.io.Serializable. Restart "
              "Tomcat, so that its log begins anew."),
        ),
        explanation=T("What is in a session travels to the other nodes. Tomcat looks at once, when "
                      "it is put in, whether it can."),
    ),
)  # fmt: skip

APPLICATION_FAULTS = (NOT_DISTRIBUTABLE, WEB_FRAGMENT, NOT_SERIALIZABLE)
