"""The original document's own text, and each of its mistakes mended.

A mistake hides behind the one before it: a Tomcat that does not start shows nothing of its
sessions. So tests follow the document with all mistakes mended but the one that is to be seen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.unit.edits.test_six_lines import as_the_document_leaves_it

CONFIGURE = (
    "./configure --prefix=/usr/local/apache --enable-modules=so --enable-mods-shared=all"
    " --enable-proxy --enable-proxy-connect --enable-proxy-ftp --enable-proxy-http"
    " --enable-proxy-ajp --enable-proxy-balancer --enable-rewrite"
)
INIT_HEADER = """\
# Startup script for the Apache Web Server
# chkconfig: 2345 85 15
# description: Apache is a World Wide Web server .It is used to server
# HTML files and CGI.
# processname: httpd
# pidfile: /usr/local/apache/log/httpd.pid
# config: /usr/local/apache/conf/httpd.conf
"""
PROFILE = """\
JAVA_HOME=/usr/java/jdk1.7.0
CLASSPATH=.:$JAVA_HOME/lib/tools.jar:$JAVA_HOME/lib/dt.jar
PATH=$JAVA_HOME/bin:$PATH
CATALINA_HOME=/usr/local/tomcat
export JAVA_HOME CLASSPATH PATH CATALINA_HOME
"""
JAVA_VERSION = "java –version"
RC_LOCAL = "/usr/local/tomcat/bin/startup.sh"
UNCOMMENTED = (
    "proxy_module",
    "proxy_connect_module",
    "proxy_ftp_module",
    "proxy_http_module",
    "proxy_ajp_module",
    "proxy_balancer_module",
    "status_module",
)
INCLUDE = "# Proxypass Config\nInclude conf/extra/httpd-modproxy.conf\n"
MODPROXY = """\
<Location /server-status>
SetHandler server-status
Order Deny,Allow
Deny from all
Allow from all
</Location>
<Location /balancer-manager>
SetHandler balancer-manager
Order Deny,Allow
Deny from all
Allow from all
</Location>
ProxyRequests Off
ProxyPass / balancer://tomcatcluster stickysession=jsessionid nofailover=On

<Proxy balancer://tomcatcluster>
BalancerMember [url]http://192.168.232.5:8080[/url] loadfactor=1
BalancerMember [url]http://192.168.232.6:8080[/url] loadfactor=2
</Proxy>
"""
_BARE = '<Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster"/>'

Mends = Mapping[str, tuple[tuple[str, str], ...]]
"""By id of the erratum: what is replaced (a regular expression), and by what."""

IN_SERVER_XML: Mends = {
    "engine-standalone": (('(<Engine name=")Standalone', r"\1Catalina"),),
    "cluster-twice": ((re.escape(_BARE), ""),),
    "classes-gone": (
        ("MessageDispatch15Interceptor", "MessageDispatchInterceptor"),
        (r"<ClusterListener className=\S+JvmRouteSessionIDBinderListener\"/>\n", ""),
    ),
    "farm-in-engine": ((r"<Deployer [^>]*/>", ""),),
    "replication-not-waited-for": (('channelSendOptions="8"', 'channelSendOptions="6"'),),
    "host-name-loopback": (('address="auto"', 'address="{address}"'),),
    "auto-bind": (('autoBind="100"', 'autoBind="1"'),),
}
IN_MODPROXY: Mends = {
    "manager-open": (("Order .*\nDeny .*\nAllow from all", "Require local"),),
    "proxypass-slash": (("(ProxyPass / balancer://tomcatcluster) ", r"\1/ "),),
    "manager-swallowed": (
        ("(?=ProxyPass /)", "ProxyPass /balancer-manager !\nProxyPass /server-status !\n"),
    ),
    "no-route": (
        (r"(\.5:8080\S* )", r"\1route=tomcat1 "),
        (r"(\.6:8080\S* )", r"\1route=tomcat2 "),
    ),
    "stickysession-case": (("stickysession=jsessionid", "stickysession=JSESSIONID|jsessionid"),),
    "nofailover": (("nofailover=On", "nofailover=Off"),),
    "forum-markup": ((r"\[/?url\]", ""),),
    "no-proxypassreverse": ((r"\Z", "ProxyPassReverse / balancer://tomcatcluster/\n"),),
}


def init_script(apachectl: str) -> str:
    """A copy of apachectl with the document's header, below the first line."""
    first, rest = apachectl.split("\n", 1)
    assert first == "#!/bin/sh"
    return f"{first}\n{INIT_HEADER}{rest}"


def mended(text: str, mends: Mends, keeping: set[str]) -> str:
    """``text`` without the document's mistakes, but for those that are kept."""
    assert keeping <= set(mends), keeping - set(mends)
    for id, replacements in mends.items():
        if id not in keeping:
            for old, new in replacements:
                assert re.search(old, text), (id, old)
                text = re.sub(old, new, text)
    return text


def server_xml(shipped: bytes) -> str:
    """Tomcat's own server.xml after the document's two changes."""
    return as_the_document_leaves_it(shipped).decode()
