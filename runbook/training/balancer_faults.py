"""Faults of the balancer: its members, where sessions stick, who sees the manager, how it runs."""

from __future__ import annotations

from runbook.text import T
from runbook.training.fault import Drill, Fault, On, Shown

GET = r"""get() { perl -MIO::Socket::INET -e '
  my ($port, $path, $header, $to) = @ARGV;
  my $s = IO::Socket::INET->new(PeerAddr => $to || "127.0.0.1", PeerPort => $port, Timeout => 5)
    or die "$!\n";
  print $s "GET $path HTTP/1.0\r\nHost: localhost\r\n", $header ? "$header\r\n" : "", "\r\n";
  print while <$s>;' "$@"; }
"""
"""``get PORT PATH [HEADER [HOST]]`` prints an answer; hosts may have no client for HTTP."""

ONE_SESSION = (
    GET
    + r"""elected() {
  get $PORT '/balancer-manager?xml=1' 'Referer: http://localhost/balancer-manager' |
  grep -o 'elected>[0-9]*' | tr -dc '0-9\n'; }
set -- $(elected); first=$1 second=$2
for n in 1 2 3 4 5 6 7 8; do
  get $PORT / 'Cookie: JSESSIONID=ABC.$ROUTE1' >/dev/null
done
set -- $(elected)
echo "8 visits of one session of $ROUTE1: $(($1 - first)) at $ROUTE1, $(($2 - second)) at $ROUTE2"
"""
)
"""Where the visits of one session go, by what the balancer counts."""
BOUNCES = "[1-7] at .*, [1-7] at "

MISSING_SLASH = Fault(
    id="missing-slash",
    title=T("the slash at the end of ProxyPass is missing"),
    errata=("proxypass-slash",),
    plant=(On("balancer", 'sed -i \'s|^\\(ProxyPass "/" "balancer://$NAME\\)/"|\\1"|\' $CONF'
              " && $RELOAD"),),
    finds=(("modproxy", "balancer"),),
    mend=(On("balancer", 'sed -i \'s|^\\(ProxyPass "/" "balancer://$NAME\\)"|\\1/"|\' $CONF'
             " && $RELOAD"),),
    shown=Shown(
        on=On("balancer", GET + "get $PORT /some/page | head -n 1; grep AH01144 "
              "$APACHE/logs/error_log | tail -n 1"),
        prints="500 (?s:.)*AH01144: No protocol handler was valid for the URL",
    ),
    drill=Drill(
        symptom=T("“The start page comes up, but each link on it ends in an Internal Server "
                  "Error.”"),
        hints=(
            T("One page works and the others do not: the Tomcats are well. Ask one directly, then "
              "read logs/error_log on the balancer."),
            T("AH01144 speaks of a URL that no protocol handles. Look at how the path is put "
              "behind the name of the balancer: compare both sides of ProxyPass."),
            T("In extra/httpd-modproxy.conf, ProxyPass \"/\" must lead to an address that ends "
              "with a slash too. Reload Apache afterwards."),
        ),
        explanation=T("Apache replaces the first part by the second: from / to balancer://name, "
                      "so /page becomes balancer://namepage, a balancer that does not exist."),
    ),
)  # fmt: skip

WRONG_ROUTE = Fault(
    id="wrong-route",
    title=T("the route of a member is not the jvmRoute of its Tomcat"),
    errata=("no-route",),
    plant=(On("balancer", "sed -i 's/route=$ROUTE1 /route=node1 /' $CONF && $RELOAD"),),
    finds=(("modproxy", "balancer"), ("members", "balancer")),
    mend=(On("balancer", "sed -i 's/route=node1 /route=$ROUTE1 /' $CONF && $RELOAD"),),
    shown=Shown(on=On("balancer", ONE_SESSION), prints=BOUNCES),
    drill=Drill(
        symptom=T("“What I put into my basket is gone with the next click, and comes back with "
                  "the one after. My colleague beside me has no trouble at all.”"),
        hints=(
            T("Some visitors, not all: their requests go to a node that does not have the newest "
              "state. What decides to which node a session goes?"),
            T("Compare the end of the cookie JSESSIONID with the column Route in "
              "/balancer-manager, for both nodes."),
            T("route= of a BalancerMember in extra/httpd-modproxy.conf must be the jvmRoute in "
              "that Tomcat's server.xml."),
        ),
        explanation=T("Sessions of that node end with a name that no member has, so Apache sends "
                      "their requests to any node, and each of them knows another state."),
    ),
)  # fmt: skip

DUPLICATE_ROUTE = Fault(
    id="duplicate-route",
    title=T("two members have the same route"),
    errata=("no-route",),
    plant=(On("balancer", "sed -i 's/route=$ROUTE2 /route=$ROUTE1 /' $CONF && $RELOAD"),),
    finds=(("modproxy", "balancer"), ("members", "balancer")),
    mend=(On("balancer", "sed -i '/$ADDRESS2:/s/route=$ROUTE1 /route=$ROUTE2 /' $CONF"
             " && $RELOAD"),),
    drill=Drill(
        symptom=T("“Since the balancer was set up anew, one of the Tomcats works twice as hard as "
                  "the other, and some people say that their last entry is missing.”"),
        hints=(
            T("The load is not shared as it was: look at /balancer-manager, at the members and "
              "what they are called."),
            T("Each member needs a name of its own, by which Apache finds it again. Compare the "
              "lines BalancerMember with each other."),
            T("One line was copied and its route= left as it was: give it the jvmRoute of the "
              "Tomcat at that address."),
        ),
        explanation=T("All sessions with that name at their end go to the first member that has "
                      "it; sessions of the other node find no member of theirs at all."),
    ),
)  # fmt: skip

NOFAILOVER = Fault(
    id="nofailover-on",
    title=T("nofailover=On: sessions of a dead node get no other one"),
    errata=("nofailover",),
    plant=(On("balancer", "sed -i 's/nofailover=Off/nofailover=On/' $CONF && $RELOAD"),),
    finds=(("modproxy", "balancer"),),
    mend=(On("balancer", "sed -i 's/nofailover=On/nofailover=Off/' $CONF && $RELOAD"),),
    shown=Shown(
        on=On("first", GET + "systemctl stop tomcat; sleep 4; echo Tomcat of $ROUTE1 is stopped:; "
              "get $PORT / 'Cookie: JSESSIONID=ABC.$ROUTE1' $BALANCER | head -n 1; "
              "systemctl start tomcat"),
        prints="503 Service Unavailable",
    ),
    drill=Drill(
        symptom=T("“Last night one Tomcat was down for maintenance. Whoever had been on it saw "
                  "Service Unavailable for an hour; a new browser window worked at once. Did we "
                  "not pay for a cluster?”"),
        hints=(
            T("The sessions are there on the other node: it is Apache that does not go there. "
              "Which settings of a balancer speak of failing over?"),
            T("See ProxySet in extra/httpd-modproxy.conf, word by word, with Apache's manual of "
              "mod_proxy beside it."),
            T("nofailover=On says: this application does not replicate. Here it must be Off."),
        ),
        explanation=T("With nofailover=On, Apache answers 503 itself rather than send a session "
                      "to a node that is not its own: replication is then of no use."),
    ),
)  # fmt: skip

STICKY = Fault(
    id="sticky-misspelt",
    title=T("stickysession has the cookie's name in lower case"),
    errata=("stickysession-case",),
    plant=(On("balancer", "sed -i 's/stickysession=JSESSIONID|jsessionid/stickysession=jsessionid/'"
              " $CONF && $RELOAD"),),
    finds=(("modproxy", "balancer"),),
    mend=(On("balancer", "sed -i 's/stickysession=jsessionid/stickysession=JSESSIONID|jsessionid/'"
             " $CONF && $RELOAD"),),
    shown=Shown(on=On("balancer", ONE_SESSION), prints=BOUNCES),
    drill=Drill(
        symptom=T("“Everybody is logged out, or sees old content, at every other click. It is "
                  "worse the busier we are. The routes are right, I have looked.”"),
        hints=(
            T("All sessions bounce between the nodes. Apache knows the routes; does it find the "
              "session in the request?"),
            T("Look into the browser how the cookie is called, letter by letter, and then at "
              "stickysession= in the balancer's configuration."),
            T("stickysession=JSESSIONID|jsessionid: the cookie, a bar, the part of an address."),
        ),
        explanation=T("The names are compared to the letter. In lower case stands the part that "
                      "Tomcat writes into addresses where there are no cookies."),
    ),
)  # fmt: skip

WRONG_PORT = Fault(
    id="wrong-port",
    title=T("a member has a port on which nobody listens"),
    plant=(On("balancer", "sed -i 's/$ADDRESS2:$PORT2\"/$ADDRESS2:8081\"/' $CONF && $RELOAD && "
              "sleep 4"),),
    finds=(("modproxy", "balancer"), ("members", "balancer")),
    mend=(On("balancer", "sed -i 's/$ADDRESS2:8081\"/$ADDRESS2:$PORT2\"/' $CONF && $RELOAD && "
             "sleep 3"),),
    drill=Drill(
        symptom=T("“Monitoring says that all of our traffic goes to one Tomcat. The other one is "
                  "running, and its own page comes up when I ask it directly.”"),
        hints=(
            T("The node is well, but Apache does not use it: ask Apache what it thinks of it, in "
              "/balancer-manager."),
            T("Ask the node from the balancer, at just the address that stands in the list of "
              "members."),
            T("The port of one BalancerMember is not that of the Connector in server.xml."),
        ),
        explanation=T("Nobody listens there, so the health check fails and the member is left "
                      "out. Visitors notice nothing, until the other node dies as well."),
    ),
)  # fmt: skip

MANAGER_SWALLOWED = Fault(
    id="manager-swallowed",
    title=T("/balancer-manager is passed on to Tomcat"),
    errata=("manager-swallowed",),
    plant=(On("balancer", "sed -i '/^ProxyPass \"\\/\\(balancer\\|server\\)-/s/^/#/' $CONF && "
              "$RELOAD"),),
    finds=(("modproxy", "balancer"), ("members", "balancer")),
    mend=(On("balancer", "sed -i 's/^#\\(ProxyPass \"\\/\\(balancer\\|server\\)\\)/\\1/' $CONF"
             " && $RELOAD"),),
    shown=Shown(
        on=On("balancer", GET + "get $PORT /balancer-manager | head -n 20"),
        prints="404",
    ),
    drill=Drill(
        symptom=T("“I want to take a node out for maintenance, but the balancer manager is gone: "
                  "404, and the error page is Tomcat's.”"),
        hints=(
            T("Tomcat answers, so the request was passed on. Who decides which paths are?"),
            T("A handler in a <Location> does not help when the proxy takes the path first. Look "
              "at all lines ProxyPass, in their order."),
            T("Two lines ProxyPass … \"!\" were commented out; they must stand above the "
              "catch-all."),
        ),
        explanation=T("ProxyPass / takes every path that nothing before it has excluded; "
                      "SetHandler comes too late."),
    ),
)  # fmt: skip

MANAGER_OPEN = Fault(
    id="manager-open",
    title=T("everybody may use the balancer manager"),
    errata=("manager-open",),
    plant=(On("balancer", "sed -i 's/Require local/Require all granted/' $CONF && $RELOAD"),),
    finds=(("modproxy", "balancer"), ("manager-closed", "first"), ("manager-closed", "second")),
    mend=(On("balancer", "sed -i 's/Require all granted/Require local/' $CONF && $RELOAD"),),
    shown=Shown(
        on=On("first", GET + "echo from $(hostname):; "
              "get $PORT /balancer-manager '' $BALANCER | head -n 1"),
        prints="200 OK",
    ),
    drill=Drill(
        symptom=T("“Somebody took a node out of the cluster during the day. None of us did, and "
                  "the log shows a request from the network of the Tomcats.”"),
        hints=(
            T("Who may use /balancer-manager? Ask for it from one of the Tomcat hosts."),
            T("Read both <Location> sections at the end of extra/httpd-modproxy.conf: one line "
              "is enough to let somebody in."),
            T("Require all granted stands where Require local was."),
        ),
        explanation=T("Several Require lines mean: any of them suffices. So one that grants all "
                      "makes the addresses below it meaningless."),
    ),
)  # fmt: skip

MODULE_OFF = Fault(
    id="module-off",
    title=T("a module that the balancer needs is not loaded"),
    errata=("modules-missing",),
    plant=(On("balancer", "sed -i 's/^LoadModule slotmem_shm/#&/' $MODULES; "
              "systemctl restart httpd; sleep 1"),),
    finds=(("httpd-conf", "balancer"), ("httpd-runs", "balancer"), ("httpd-answers", "balancer"),
           ("members", "balancer"), ("manager-closed", "first"), ("manager-closed", "second")),
    mend=(On("balancer", "sed -i 's/^#LoadModule slotmem_shm/LoadModule slotmem_shm/' $MODULES; "
             "systemctl restart httpd; sleep 3"),),
    shown=Shown(
        on=On("balancer", "$APACHE/bin/httpd -t 2>&1 | tail -n 1; $APACHE/bin/httpd -k start; "
              "echo \"exit code $?\"; sleep 1; pgrep -x httpd || echo httpd is not running; "
              "grep AH01177 $APACHE/logs/error_log | tail -n 1"),
        prints="Syntax OK(?s:.)*exit code 0(?s:.)*httpd is not running(?s:.)*AH01177",
    ),
    drill=Drill(
        symptom=T("“Nothing answers any more. I had tidied up httpd.conf, but httpd -t says "
                  "Syntax OK, so it cannot be that.”"),
        hints=(
            T("httpd -t reads the file; it does not start anything. Does httpd run? What does its "
              "own log say at the end?"),
            T("AH01177 names a provider that was looked up in vain: some module would bring it."),
            T("The LoadModule line of slotmem_shm was commented out: the balancer keeps its "
              "state there."),
        ),
        explanation=T("The balancer keeps what it knows of its members in shared memory. Without "
                      "that module Apache ends right after its start, with exit code 0."),
    ),
)  # fmt: skip

STALE_PID = Fault(
    id="stale-pid",
    title=T("a pid file of a process that is no httpd keeps Apache from starting"),
    plant=(On("balancer", "systemctl kill --signal=KILL httpd; sleep 1; "
              "echo 1 >$APACHE/logs/httpd.pid; systemctl reset-failed httpd; "
              "systemctl start httpd; sleep 1"),),
    finds=(("httpd-runs", "balancer"), ("httpd-answers", "balancer"), ("members", "balancer"),
           ("manager-closed", "first"), ("manager-closed", "second")),
    mend=(On("balancer", "rm -f $APACHE/logs/httpd.pid; systemctl restart httpd; sleep 3"),),
    drill=Drill(
        symptom=T("“There was a power cut. The Tomcats are back, Apache is not; when I start it, "
                  "there is no error, and it still does not run.”"),
        hints=(
            T("Ask the service manager how Apache ended, and what it printed: journalctl -u "
              "httpd."),
            T("httpd says that it is running already, and names a process. Which program is "
              "that?"),
            T("logs/httpd.pid survived the power cut, and its number belongs to another process "
              "now. Remove the file, then start Apache."),
        ),
        explanation=T("httpd believes its pid file whenever some process has that number. After a "
                      "crash the file stays, and numbers are given out again."),
    ),
)  # fmt: skip

BALANCER_FAULTS = (
    MISSING_SLASH, WRONG_ROUTE, DUPLICATE_ROUTE, NOFAILOVER, STICKY, WRONG_PORT,
    MANAGER_SWALLOWED, MANAGER_OPEN, MODULE_OFF, STALE_PID,
)  # fmt: skip
