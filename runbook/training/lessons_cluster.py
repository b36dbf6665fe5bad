"""Lessons of the steps that make a cluster of servers: routes, replication, balancing, proof."""

from __future__ import annotations

from runbook.text import T
from runbook.training.lesson import Lesson, Question
from runbook.training.meanings_balancer import HTTPD_CONF, MODPROXY
from runbook.training.meanings_cluster import SERVER_XML, WEB_XML

CLUSTER_LESSONS = (
    Lesson(
        step="server-xml",
        lines=SERVER_XML,
        questions=(
            Question(
                asked=T("A session's id is 4F2A….tomcat1. What is the end of it for?"),
                answers=(
                    T("It tells Tomcat how old the session is"),
                    T("Apache reads there to which member the session belongs"),
                    T("It makes the id harder to guess"),
                ),
                right=1,
                why=T("It is the jvmRoute of the Engine. Apache looks for a member with just that "
                      "route=."),
            ),
            Question(
                asked=T("There are two <Cluster> elements in one Engine. What happens?"),
                answers=(
                    T("Tomcat does not start"),
                    T("Both work together"),
                    T("The last one wins, and nothing is said"),
                ),
                right=2,
                why=T("The document has one uncomment the bare element and then add the full one: "
                      "their order decides."),
            ),
        ),
        hints=(
            T("Two things in conf/server.xml of each node: jvmRoute on the Engine, and a Cluster "
              "inside it. The two files must differ."),
            T("The Receiver has this node's own address and port 4000; the other node stands "
              "below Membership as a member."),
            T("Show the difference: copy the lines with a plus, on each node its own. Mode 0640, "
              "group tomcat."),
        ),
    ),
    Lesson(
        step="web-xml",
        lines=WEB_XML,
        questions=(
            Question(
                asked=T("The servers are set up for replication, and an application has no "
                        "<distributable/>. Who is told?"),
                answers=(
                    T("Nobody; its sessions stay on their node"),
                    T("The application does not start"),
                    T("Every visitor"),
                ),
                right=0,
                why=T("The element is the application's promise that its session data can be "
                      "sent. Without the promise Tomcat does not try, and does not complain."),
            ),
        ),
        hints=(
            T("The application is webapps/ROOT on each node, its description WEB-INF/web.xml."),
            T("<distributable/> is an element of its own directly below <web-app>."),
            T("sudo sed -i 's|^</web-app>|  <distributable/>\\n&|' "
              "/usr/local/tomcat/webapps/ROOT/WEB-INF/web.xml, on both nodes."),
        ),
    ),
    Lesson(
        step="httpd-conf",
        lines=HTTPD_CONF,
        questions=(
            Question(
                asked=T("httpd -t says “Syntax OK”. What do you know then?"),
                answers=(
                    T("That httpd will run"),
                    T("That the file can be read, and no more"),
                    T("That all members can be reached"),
                ),
                right=1,
                why=T("A balancer without slotmem_shm passes that test, “-k start” exits 0, and "
                      "httpd is not running."),
            ),
        ),
        hints=(
            T("In conf/httpd.conf most modules are there, behind a #. Which does a balancer "
              "need? And its own file has to be included."),
            T("proxy, proxy_http, proxy_balancer, slotmem_shm, lbmethod_byrequests, status, "
              "watchdog, proxy_hcheck; then Include conf/extra/httpd-modproxy.conf."),
            T("Besides ServerName with the address of the balancer and port 80. The difference "
              "shows each line."),
        ),
    ),
    Lesson(
        step="modproxy",
        lines=MODPROXY,
        questions=(
            Question(
                asked=T("ProxyPass \"/\" \"balancer://tomcatcluster\", without a slash at the end. "
                        "Where does /shop go?"),
                answers=(
                    T("To /shop on a member"),
                    T("To the start page"),
                    T("To balancer://tomcatclustershop, which does not exist: 500"),
                ),
                right=2,
                why=T("The first part is replaced by the second, to the letter."),
            ),
            Question(
                asked=T("A node dies, its sessions are replicated, and nofailover=On. What do its "
                        "visitors get?"),
                answers=(
                    T("Their page, from another node"),
                    T("503, until their node is back"),
                    T("A new, empty session"),
                ),
                right=1,
                why=T("nofailover tells Apache that the application does not replicate; so it "
                      "had better not send a session elsewhere."),
            ),
        ),
        hints=(
            T("A file of its own: conf/extra/httpd-modproxy.conf. Who are the members, where "
              "does a session go, what is answered here, who may see the manager?"),
            T("<Proxy \"balancer://tomcatcluster\"> with a BalancerMember for each node and its "
              "route=; ProxySet with stickysession and nofailover; then ProxyPass, exclusions "
              "first."),
            T("Show the difference: it is the whole file, since there is none yet. Comments and "
              "the order of parameters are yours. Try it with httpd -t."),
        ),
    ),
    Lesson(
        step="start-tomcat",
        questions=(
            Question(
                asked=T("startup.sh exits with 0. Does Tomcat run?"),
                answers=(
                    T("Yes"),
                    T("That is not known: ask for its port and a page"),
                    T("Only if it was root who started it"),
                ),
                right=1,
                why=T("The script starts a process in the background and is content. What "
                      "becomes of it, it does not see."),
            ),
        ),
        hints=(
            T("The service is there already; it only has to be started."),
            T("One node after the other: the second one asks the first for its sessions."),
            T("sudo systemctl start tomcat on tomcat1; when it answers, on tomcat2."),
        ),
    ),
    Lesson(
        step="start-httpd",
        questions=(
            Question(
                asked=T("A configuration has changed and people are being served. What do you do?"),
                answers=(
                    T("Restart Apache"),
                    T("Reload it: requests under way are answered first"),
                    T("Wait for the night"),
                ),
                right=1,
                why=T("A graceful reload starts new processes with the new configuration and lets "
                      "the old ones finish."),
            ),
        ),
        hints=(
            T("As with Tomcat: the service is there."),
            T("systemctl start, then ask for a page; a start that was accepted proves nothing."),
            T("sudo systemctl start httpd on the balancer. If it does not run: logs/error_log."),
        ),
    ),
    Lesson(
        step="check",
        questions=(
            Question(
                asked=T("Both Tomcats answer, and Apache answers. Is that a cluster?"),
                answers=(
                    T("Yes"),
                    T("Not yet: each node must have met the other, and Apache must use both"),
                    T("Only with a third node"),
                ),
                right=1,
                why=T("Two nodes that never met serve pages just as well, until one of them "
                      "dies."),
            ),
        ),
        hints=(
            T("Nothing is to be done here but to look: at the manager, and at the nodes' logs."),
            T("Open /balancer-manager in a browser on this machine: both members must be Ok, "
              "with their routes."),
            T("grep memberAdded in logs/catalina.*.log on each node: it must have met the "
              "other."),
        ),
    ),
    Lesson(
        step="proof",
        questions=(
            Question(
                asked=T("How do you know that a session survives the death of its node?"),
                answers=(
                    T("From the configuration"),
                    T("By killing the node in the middle of a session"),
                    T("From the logs"),
                ),
                right=1,
                why=T("Each single part can be right and the whole can fail. What was never "
                      "tried is a hope."),
            ),
        ),
        hints=(
            T("Catherd does it: “Let Catherd do it” shows each trial as it happens."),
            T("By hand: open a page that keeps something in its session, see in the cookie which "
              "node it is on, and kill that one."),
            T("It takes a minute or two: kill, failover, return, drain, outage."),
        ),
    ),
)  # fmt: skip
