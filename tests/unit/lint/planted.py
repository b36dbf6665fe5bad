"""Files with the document's mistakes in them, and files that are right."""

from __future__ import annotations

from tests import document
from tests.unit.edits.samples import DOCUMENT_SERVER_XML

MODPROXY = document.MODPROXY.encode()
HTTPD_CONF = b"""\
ServerRoot "/usr/local/apache"
Listen 80
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule proxy_http_module modules/mod_proxy_http.so
LoadModule proxy_module modules/mod_proxy.so
LoadModule proxy_balancer_module modules/mod_proxy_balancer.so
LoadModule status_module modules/mod_status.so
Include conf/extra/httpd-modproxy.conf
"""
INIT = f"""\
{document.INIT_HEADER}#!/bin/sh
HTTPD=/usr/local/apache/bin/httpd
case $1 in
start|stop|restart|graceful) $HTTPD -k $1 ;;
esac
""".encode()
RC_LOCAL = f"#!/bin/sh\ntouch /var/lock/subsys/local\n{document.RC_LOCAL}\n".encode()
PROFILE = f"JAVA_HOME=/usr/java/jdk1.7.0\nexport JAVA_HOME\n{document.JAVA_VERSION}\n".encode()
WEB_XML = b"""\
<?xml version="1.0" encoding="ISO-8859-1"?>
<web-app xmlns="[url]http://java.sun.com/xml/ns/javaee[/url]" version="2.5">
</web-app>
"""
DTD_WEB_XML = b"""\
<?xml version="1.0"?>
<!DOCTYPE web-app PUBLIC "-//Sun Microsystems, Inc.//DTD Web Application 2.3//EN"
  "http://java.sun.com/dtd/web-app_2_3.dtd">
<web-app>
  <distributable/>
  <display-name>shop</display-name>
</web-app>
"""
FRAGMENT = b'<web-fragment version="3.0"><name>a</name></web-fragment>'
LATE_SERVER_XML = b"""\
<Server>
  <Listener className="org.apache.catalina.startup.VersionLoggerListener"/>
  <Service>
    <Engine name="Catalina">
      <Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster">
        <Channel className="org.apache.catalina.tribes.group.GroupChannel">
          <Interceptor
            className="org.apache.catalina.tribes.group.interceptors.MessageDispatch15Interceptor"/>
        </Channel>
        <ClusterListener
          className="org.apache.catalina.ha.session.JvmRouteSessionIDBinderListener"/>
      </Cluster>
    </Engine>
  </Service>
</Server>
"""
BARE_SERVER_XML = b"""\
<Server>
  <Service>
    <Engine name="Catalina" jvmRoute="tomcat3">
      <Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster"/>
    </Engine>
  </Service>
</Server>
"""
DEFAULTS_SERVER_XML = b"""\
<Server><Service><Engine name="Catalina" jvmRoute="tomcat4">
<Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster" channelSendOptions="6">
<Channel className="org.apache.catalina.tribes.group.GroupChannel">
<Receiver className="org.apache.catalina.tribes.transport.nio.NioReceiver" port="4000"/>
</Channel></Cluster></Engine></Service></Server>
"""

PLANTED = {
    "conf/httpd.conf": (HTTPD_CONF, {(4, "modules-missing")}),
    "conf/extra/httpd-modproxy.conf": (
        MODPROXY,
        {
            (3, "manager-open"),
            (5, "manager-open"),
            (9, "manager-open"),
            (11, "manager-open"),
            (14, "proxypass-slash"),
            (14, "manager-swallowed"),
            (14, "nofailover"),
            (14, "stickysession-case"),
            (14, "no-proxypassreverse"),
            (14, "modules-missing"),
            (17, "no-route"),
            (18, "no-route"),
            (17, "forum-markup"),
            (18, "forum-markup"),
        },
    ),
    "init.d/httpd": (
        INIT,
        {
            (8, "shebang-not-first"),
            (3, "chkconfig-description"),
            (6, "pidfile"),
            (1, "apachectl-return-codes"),
            (1, "no-subsys-lock"),
        },
    ),
    "rc.local": (RC_LOCAL, {(3, "rc-local"), (3, "tomcat-as-root")}),
    "profile": (PROFILE, {(3, "java-en-dash")}),
    "document/server.xml": (
        DOCUMENT_SERVER_XML,
        {
            (42, "engine-standalone"),
            (42, "no-route"),
            (51, "cluster-twice"),
            (51, "replication-not-waited-for"),
            (64, "host-name-loopback"),
            (64, "auto-bind"),
            (82, "farm-in-engine"),
        },
    ),
    "late/server.xml": (
        LATE_SERVER_XML,
        {
            (4, "no-route"),
            (5, "replication-not-waited-for"),
            (5, "host-name-loopback"),
            (5, "auto-bind"),
            (7, "classes-gone"),
            (10, "classes-gone"),
        },
    ),
    "bare/server.xml": (
        BARE_SERVER_XML,
        {(4, "replication-not-waited-for"), (4, "host-name-loopback"), (4, "auto-bind")},
    ),
    "defaults/server.xml": (
        DEFAULTS_SERVER_XML,
        {(4, "host-name-loopback"), (4, "auto-bind")},
    ),
    "shop/WEB-INF/web.xml": (WEB_XML, {(2, "forum-markup"), (2, "distributable-missing")}),
    "old/WEB-INF/web.xml": (DTD_WEB_XML, {(5, "distributable-place")}),
    "a.jar!/META-INF/web-fragment.xml": (FRAGMENT, {(1, "web-fragment")}),
}
"""By path: the file, and where which mistake is in it."""

FINE_INIT = b"""\
#!/bin/sh
# chkconfig: 2345 85 15
# description: Apache is a web server. \\
#              It serves pages.
# pidfile: /usr/local/apache/logs/httpd.pid
case $1 in
start) /usr/local/apache/bin/httpd && touch /var/lock/subsys/httpd ;;
esac
"""
FINE_22 = b"""\
<Location /balancer-manager>
  SetHandler balancer-manager
  Order Deny,Allow
  Deny from all
  Allow from 127.0.0.1
</Location>
ProxyPass /balancer-manager !
ProxyPass / balancer://c/ stickysession=JSESSIONID|jsessionid
ProxyPassReverse / balancer://c/
<Proxy balancer://c>
  BalancerMember http://10.0.0.1:8080 route=a
  BalancerMember http://10.0.0.2:8080 route=b
</Proxy>
"""
FINE_SERVER_XML = DEFAULTS_SERVER_XML.replace(b"port=", b'host="10.0.0.1" autoBind="1" port=')
FINE = {
    "server.xml": FINE_SERVER_XML,
    "init.d/httpd": FINE_INIT,
    "conf/proxy.conf": FINE_22,
    "inside.conf": b"<Location /balancer-manager>\nSetHandler balancer-manager\nProxyPass !\n"
    b"Require local\n</Location>\nProxyPass / balancer://c/\nProxyPassReverse / balancer://c/\n",
    "rc.local": b"#!/bin/sh\nexport JAVA_HOME=/usr/java/jdk\n"
    b"su -s /bin/sh tomcat -c /usr/local/tomcat/bin/startup.sh\n"
    b"# /usr/local/tomcat/bin/startup.sh\n",
    "web.xml": b"<web-app><distributable/><display-name>x</display-name></web-app>",
    "conf/web.xml": b"<web-app><servlet><servlet-class>"
    b"org.apache.catalina.servlets.DefaultServlet</servlet-class></servlet></web-app>",
    "webapps/manager/WEB-INF/web.xml": b"<web-app/>",
    "other.xml": b"<project/>",
    "other.sh": b"#!/bin/sh\necho java - version\n",
}
