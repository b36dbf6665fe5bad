"""What the lines mean that make an Apache the balancer of the cluster."""

from __future__ import annotations

from runbook.text import T
from runbook.training.lesson import Meaning

HTTPD_CONF = (
    Meaning("Listen 80", T("The port of the whole cluster: the only one that users need.")),
    Meaning(
        "LoadModule watchdog_module modules/mod_watchdog.so",
        T("Does things at intervals in the background; proxy_hcheck stands on it."),
    ),
    Meaning(
        "LoadModule authz_core_module modules/mod_authz_core.so",
        T("Brings Require; without it httpd does not know that directive, and does not start."),
    ),
    Meaning(
        "LoadModule authz_host_module modules/mod_authz_host.so",
        T("Brings “ip” and “local” for Require."),
    ),
    Meaning(
        "LoadModule slotmem_shm_module modules/mod_slotmem_shm.so",
        T("The balancer keeps the state of its members there. Without it “httpd -t” says “Syntax "
          "OK”, and httpd ends right after its start: AH01177."),
    ),
    Meaning(
        "LoadModule proxy_module modules/mod_proxy.so",
        T("Passes requests on. It must stand before proxy_http and proxy_balancer, which do not "
          "load without it."),
    ),
    Meaning(
        "LoadModule proxy_http_module modules/mod_proxy_http.so",
        T("Speaks HTTP with the Tomcats: what is behind http:// of a member."),
    ),
    Meaning(
        "LoadModule proxy_balancer_module modules/mod_proxy_balancer.so",
        T("Knows what balancer:// is, chooses the member for each request, and brings the "
          "manager."),
    ),
    Meaning(
        "LoadModule lbmethod_byrequests_module modules/mod_lbmethod_byrequests.so",
        T("The method that the balancer uses: by the number of requests. Without it httpd ends "
          "right after its start: AH01183."),
    ),
    Meaning(
        "LoadModule lbmethod_bytraffic_module modules/mod_lbmethod_bytraffic.so",
        T("Another method, by the bytes sent: it can be chosen in the manager because it is "
          "loaded."),
    ),
    Meaning(
        "LoadModule lbmethod_bybusyness_module modules/mod_lbmethod_bybusyness.so",
        T("A third one, by the requests that are under way."),
    ),
    Meaning(
        "LoadModule proxy_hcheck_module modules/mod_proxy_hcheck.so",
        T("Asks each member every second: a dead one is out before a visitor is sent there."),
    ),
    Meaning(
        "LoadModule status_module modules/mod_status.so",
        T("Shows on /server-status what httpd is doing."),
    ),
    Meaning(
        "ServerName …:80",
        T("The name of this server as it calls itself, in redirects for example; without it httpd "
          "guesses from the host's name."),
    ),
    Meaning(
        "Include conf/extra/httpd-modproxy.conf",
        T("Reads the balancer's own file, after all modules that it needs; without this line that "
          "file is never looked at."),
    ),
)  # fmt: skip

_MEMBER = (
    Meaning(
        'BalancerMember "http://…:8080"',
        T("A node: the address and port of its HTTP connector."),
    ),
    Meaning(
        "route=…",
        T("The jvmRoute of that Tomcat. Without it no session sticks: requests go to and fro, and "
          "updates get lost."),
    ),
    Meaning(
        "loadfactor=…",
        T("Its share of new sessions: a member with 2 gets twice as many as one with 1."),
    ),
    Meaning(
        "retry=5",
        T("Seconds after which a member that failed is tried again; by itself Apache waits a "
          "minute."),
    ),
    Meaning(
        "connectiontimeout=2",
        T("Seconds for making a connection: a host that has vanished does not keep a visitor "
          "waiting any longer."),
    ),
    Meaning(
        "timeout=60",
        T("Seconds that a member may be silent over an answer; then the visitor gets an error."),
    ),
    Meaning(
        "disablereuse=On",
        T("A connection for each request: while none is made Apache may ask another node, but not "
          "when a request is lost in one that the node has just closed."),
    ),
    Meaning("hcmethod=GET", T("The health check asks for a page; without it nobody asks.")),
    Meaning(
        "hcuri=/catherd-drain/state",
        T("Which page: the note of the node. A page of an application would make a session each "
          "time."),
    ),
    Meaning("hcexpr=alive", T("What must hold of the answer: the expression above.")),
    Meaning("hcinterval=1", T("Seconds between two looks.")),
    Meaning("hcfails=2", T("So many looks must fail until a member is out; one may be chance.")),
    Meaning(
        "hcpasses=1",
        T("One good look is enough to be back: the port of a Tomcat opens only when its "
          "applications are up."),
    ),
)  # fmt: skip

_BALANCER = (
    Meaning(
        "ProxySet lbmethod=byrequests",
        T("How requests without a session are shared: by number, as the load factors say."),
    ),
    Meaning(
        "stickysession=JSESSIONID|jsessionid",
        T("Where the session id stands: in the cookie, or in the address. Names are matched to the "
          "letter: written otherwise, no session sticks."),
    ),
    Meaning(
        "scolonpathdelim=On",
        T("Also a semicolon ends a path: so ;jsessionid=… is found for browsers without cookies."),
    ),
    Meaning(
        "nofailover=Off",
        T("When its node is dead, a session goes to another one. With On its visitors get 503, "
          "although the session was replicated."),
    ),
)  # fmt: skip

_PATHS = (
    Meaning(
        'ProxyPass "/balancer-manager" "!"',
        T("This one is not passed on: the manager answers here. Below the line for “/”, it would "
          "go to Tomcat: 404."),
    ),
    Meaning('ProxyPass "/server-status" "!"', T("The same for the page of mod_status.")),
    Meaning(
        'ProxyPass "/catherd-drain" "!"',
        T("The notes of the nodes are for the health check, not for visitors."),
    ),
    Meaning(
        'ProxyPass "/" "balancer://tomcatcluster/"',
        T("All else goes to the balancer. The slash at the end is needed: without it every path "
          "but / answers 500."),
    ),
    Meaning(
        'ProxyPassReverse "/" "balancer://tomcatcluster/"',
        T("Redirects that come from the cluster are rewritten: they name this server, not a "
          "node."),
    ),
    Meaning(
        'ProxyPassReverse "/" "http://…:8080/"',
        T("The same, written for each node: otherwise a redirect may lead the browser to the "
          "node's own address."),
    ),
    Meaning(
        "ProxyPreserveHost On",
        T("The applications see the name that the browser asked for, not that of their node."),
    ),
)  # fmt: skip

_PAGES = (
    Meaning('<Location "/balancer-manager">', T("What holds for this path only.")),
    Meaning("SetHandler balancer-manager", T("The balancer answers here with its manager.")),
    Meaning(
        "Require local",
        T("Who may see it: this host itself. Of several lines one is enough."),
    ),
    Meaning(
        "Require ip …",
        T("And these addresses. Whoever sees the manager can take nodes out of the cluster; the "
          "document lets all in."),
    ),
    Meaning('<Location "/server-status">', T("The same for the page of mod_status.")),
    Meaning("SetHandler server-status", T("mod_status answers here.")),
)  # fmt: skip

MODPROXY = (
    Meaning(
        "ProxyRequests Off",
        T("No forward proxy: with On, anybody could reach other servers through this one. "
          "Balancing does not need it."),
    ),
    Meaning(
        "ProxyHCExpr alive …",
        T("When the health check takes a node for alive: it answers, and does not say that it is "
          "draining."),
    ),
    Meaning(
        '<Proxy "balancer://tomcatcluster">',
        T("The balancer, and its name: ProxyPass below refers to it."),
    ),
    *_MEMBER,
    *_BALANCER,
    *_PATHS,
    *_PAGES,
)  # fmt: skip
