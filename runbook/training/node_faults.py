"""Faults of the nodes: their place in the cluster, the Java they run with, what they may write."""

from __future__ import annotations

from runbook.text import T
from runbook.training.balancer_faults import GET
from runbook.training.fault import Drill, Fault, On, Shown

THE_DOCUMENTS = {"members": "ajp", "membership": "multicast"}
"""Answers of a cluster as the document has it; the usual one has neither."""

SAME_JVMROUTE = Fault(
    id="same-jvmroute",
    title=T("both Tomcats have the same jvmRoute"),
    errata=("no-route",),
    plant=(On("second", "sed -i 's/jvmRoute=\"$ROUTE2\"/jvmRoute=\"$ROUTE1\"/' $SERVER_XML"
              " && $RESTART"),),
    finds=(("server-xml", "second"),),
    mend=(On("second", "sed -i 's/jvmRoute=\"$ROUTE1\"/jvmRoute=\"$ROUTE2\"/' $SERVER_XML"
             " && $RESTART"),),
    drill=Drill(
        symptom=T("“We gave the second host the server.xml of the first, as a restore after a "
                  "disk failure. Since then half of our visitors see old content.”"),
        hints=(
            T("The file was copied from another node: what in it must differ from node to node?"),
            T("Open a new session several times and look at the end of JSESSIONID. How many "
              "different ends do you see?"),
            T("jvmRoute of the Engine in server.xml on the second Tomcat; then restart it."),
        ),
        explanation=T("Sessions that begin on the second node carry the first one's name, so "
                      "Apache sends what follows to the first."),
    ),
)  # fmt: skip

RECEIVER_LOOPBACK = Fault(
    id="receiver-loopback",
    title=T("the receiver of a node listens on loopback only"),
    errata=("host-name-loopback",),
    plant=(On("first", "sed -i '/<Receiver/,/>/s/address=\"$ADDRESS1\"/address=\"127.0.0.1\"/' "
              "$SERVER_XML && $RESTART"),),
    finds=(("server-xml", "first"), ("membership", "first"), ("membership", "second")),
    mend=(On("first", "sed -i '/<Receiver/,/>/s/address=\"127.0.0.1\"/address=\"$ADDRESS1\"/' "
             "$SERVER_XML && $RESTART"),
          On("second", "$RESTART")),
    shown=Shown(
        on=On("first", "grep -h 'Receiver Server Socket bound' $TOMCAT/logs/catalina.*.log | "
              "tail -n 1"),
        prints=r"bound to:\[/127\.0\.0\.1:",
    ),
    drill=Drill(
        symptom=T("“We restarted the first Tomcat, and everybody who had been on it had to log in "
                  "again. The other node has none of its sessions.”"),
        hints=(
            T("Replication is broken. Which members has each node met since its start? Its "
              "logs/catalina log tells."),
            T("See with ss -ltn at which address port 4000 listens on each node, and try to "
              "reach it from the other."),
            T("The Receiver in server.xml of the first node has address=\"127.0.0.1\"; it must "
              "be the address by which the others reach it. Both nodes are restarted then."),
        ),
        explanation=T("A receiver on loopback hears nobody but itself. Nothing complains: a "
                      "cluster of one is a cluster."),
    ),
)  # fmt: skip

STATIC_MEMBER = Fault(
    id="static-member",
    title=T("the nodes have a port for each other on which no receiver listens"),
    plant=(On("first", "sed -i '/host=\"$ADDRESS2\"/{n;s/\"$RECEIVER2\"/\"4001\"/}' $SERVER_XML"
              " && $RESTART"),
           On("second", "sed -i '/host=\"$ADDRESS1\"/{n;s/\"$RECEIVER1\"/\"4001\"/}' $SERVER_XML"
              " && $RESTART")),
    finds=(("server-xml", "first"), ("server-xml", "second"),
           ("membership", "first"), ("membership", "second")),
    mend=(On("first", "sed -i '/host=\"$ADDRESS2\"/{n;s/\"4001\"/\"$RECEIVER2\"/}' $SERVER_XML"
             " && $RESTART"),
          On("second", "sed -i '/host=\"$ADDRESS1\"/{n;s/\"4001\"/\"$RECEIVER1\"/}' $SERVER_XML"
             " && $RESTART")),
    drill=Drill(
        symptom=T("“The firewall people asked for another replication port, and somebody began "
                  "to change it. Now sessions do not survive a restart any more.”"),
        hints=(
            T("Somebody changed half of it. What does each node say of its members?"),
            T("A static member is an address and a port: compare them with the Receiver of the "
              "node that is meant."),
            T("In server.xml of both nodes, the port 4001 of the other one must be the port of "
              "its Receiver."),
        ),
        explanation=T("With static membership nobody announces a port: each node must be told "
                      "the right one. One that is right suffices for both to meet."),
    ),
)  # fmt: skip

TWO_CLUSTERS = Fault(
    id="two-clusters",
    title=T("a second, bare <Cluster/> stands behind the first and wins"),
    errata=("cluster-twice",),
    plant=(On("first", "sed -i 's|</Engine>|<Cluster className=\"org.apache.catalina.ha.tcp."
              "SimpleTcpCluster\"/>\\n    </Engine>|' $SERVER_XML && $RESTART"),),
    finds=(("server-xml", "first"), ("membership", "first"), ("membership", "second")),
    mend=(On("first", "sed -i '/<Cluster className=\"org.apache.catalina.ha.tcp."
             "SimpleTcpCluster\"\\/>/d' $SERVER_XML && $RESTART"),),
    drill=Drill(
        symptom=T("“I followed a page from the net to switch the cluster on. It said to uncomment "
                  "one line in server.xml. There is no error, and no session is replicated.”"),
        hints=(
            T("Was the cluster switched on before? Look at what the Engine of the first node "
              "holds now."),
            T("Two elements of the same kind stand in one Engine. Which one does Tomcat take?"),
            T("Remove the bare <Cluster …/> before </Engine> on the first node and restart it."),
        ),
        explanation=T("The last Cluster of an Engine wins, silently: the bare one uses multicast "
                      "and its defaults, and meets nobody."),
    ),
)  # fmt: skip

BOOT_JAVA = Fault(
    id="boot-java",
    title=T("the service names a JDK that is not there"),
    errata=("java-home", "rc-local"),
    plant=(On("second", "sed -i 's|^Environment=JAVA_HOME=.*|Environment=JAVA_HOME="
              "/usr/java/jdk1.7.0|' $UNIT && systemctl daemon-reload && $RESTART_AT_ONCE; "
              "sleep 6"),),
    finds=(("boot-java", "second"), ("tomcat-runs", "second"), ("tomcat-answers", "second"),
           ("members", "balancer"), ("membership", "first")),
    mend=(On("second", "sed -i 's|^Environment=JAVA_HOME=.*|Environment=JAVA_HOME=$JDK|' $UNIT "
             "&& systemctl daemon-reload && $RESTART"),),
    shown=Shown(
        on=On("second", "journalctl -u tomcat -o cat -n 20 --no-pager"),
        prints="JAVA_HOME environment variable is not defined correctly|jdk1.7.0",
    ),
    drill=Drill(
        symptom=T("“After last night's reboot the second Tomcat is missing. When I log in and "
                  "type java -version, all is well.”"),
        hints=(
            T("A login shell and a service do not have the same environment. What did the "
              "service print when it ended?"),
            T("Compare JAVA_HOME of a login shell with the one that systemctl cat tomcat shows."),
            T("The unit of tomcat names /usr/java/jdk1.7.0. Write the JDK that is there, "
              "systemctl daemon-reload, and start it."),
        ),
        explanation=T("At boot nothing reads /etc/profile. What a service needs must stand in "
                      "its own description."),
    ),
)  # fmt: skip

LOGIN_JAVA = Fault(
    id="login-java",
    title=T("a later line in /etc/profile sets another JAVA_HOME"),
    errata=("java-home",),
    plant=(On("first", "echo 'export JAVA_HOME=/usr/java/jdk1.7.0 PATH=/usr/java/jdk1.7.0/bin:"
              "/usr/bin:/bin' >>/etc/profile"),),
    finds=(("login-java", "first"),),
    mend=(On("first", "sed -i '/^export JAVA_HOME=.usr.java.jdk1.7.0/d' /etc/profile"),),
    shown=Shown(
        on=On("first", "env -i HOME=/root TERM=dumb bash -lc 'java -version' 2>&1 | tail -n 1"),
        prints="java: command not found",
    ),
    drill=Drill(
        symptom=T("“On the first Tomcat, java is not found any more when I log in, and version.sh "
                  "fails. The Tomcat itself is up.”"),
        hints=(
            T("Which files does a login shell read, and in which order?"),
            T("Run bash -lx -c true 2>&1 and look for JAVA_HOME: which setting is the last?"),
            T("Remove the last line of /etc/profile on the first Tomcat's host."),
        ),
        explanation=T("In a profile the last setting wins. This line names the directory that "
                      "the document names."),
    ),
)  # fmt: skip

NOT_AT_BOOT = Fault(
    id="not-at-boot",
    title=T("Tomcat is not started at boot"),
    plant=(On("second", "systemctl -q disable tomcat"),),
    finds=(("tomcat-boot", "second"),),
    mend=(On("second", "systemctl -q enable tomcat"),),
    drill=Drill(
        symptom=T("“Each time we reboot the second host for updates, somebody must remember to "
                  "start Tomcat by hand.”"),
        hints=(
            T("Nothing is wrong now; something is missing at boot. Who starts services then?"),
            T("Ask systemctl is-enabled for the service on both nodes."),
            T("systemctl enable tomcat, on the second Tomcat's host."),
        ),
        explanation=T("Started and enabled are two things: one is now, the other is at boot."),
    ),
)  # fmt: skip

WRONG_OWNER = Fault(
    id="wrong-owner",
    title=T("directories that Tomcat writes to belong to root"),
    errata=("tomcat-as-root",),
    plant=(On("first", "chown -R root:root $TOMCAT/logs $TOMCAT/work"),),
    finds=(("tomcat-owner", "first"),),
    mend=(On("first", "chown -R $USER:$USER $TOMCAT/logs $TOMCAT/work"),),
    drill=Drill(
        symptom=T("“A colleague started the first Tomcat once with startup.sh, as root, to try "
                  "something. Since then it has written no log of its own, and changed pages "
                  "show an error.”"),
        hints=(
            T("What does Tomcat write to, and as which user does it run?"),
            T("Run ls -l in Tomcat's directory on both nodes and compare the owners."),
            T("chown -R tomcat:tomcat logs work, in Tomcat's directory on the first node."),
        ),
        explanation=T("What root has written once, the user tomcat cannot write again: neither "
                      "logs nor compiled pages."),
    ),
)  # fmt: skip

PORT_TAKEN = Fault(
    id="port-taken",
    title=T("another program has Tomcat's port"),
    plant=(On("second", "systemctl stop tomcat; systemd-run -q --unit=report "
              "perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Listen => 5, "
              "LocalPort => $PORT2, ReuseAddr => 1) or die; sleep 86400'; sleep 1; "
              "$RESTART_AT_ONCE; sleep 6"),),
    finds=(("ports", "second"), ("tomcat-answers", "second"), ("members", "balancer")),
    mend=(On("second", "systemctl stop report; $RESTART"),),
    drill=Drill(
        symptom=T("“The second Tomcat does not come back after its restart. The process is there, "
                  "systemd is content, but no page comes.”"),
        hints=(
            T("A process that runs is not a page that comes. Read the end of its "
              "logs/catalina log, for SEVERE."),
            T("Address already in use: ask ss -ltnp which program listens on port 8080."),
            T("A service called report listens there. Stop it, then restart Tomcat."),
        ),
        explanation=T("Tomcat goes on without the connector that it could not open: its process "
                      "lives, and serves nobody."),
    ),
)  # fmt: skip

NAME_LOOPBACK = Fault(
    id="name-loopback",
    title=T("the host's own name stands for loopback"),
    errata=("host-name-loopback",),
    plant=(On("first", "sed \"1i 127.0.1.1 $(hostname)\" /etc/hosts >/etc/hosts.new && "
              "cat /etc/hosts.new >/etc/hosts && rm /etc/hosts.new"),),
    finds=(("name", "first"),),
    mend=(On("first", "sed /^127.0.1.1/d /etc/hosts >/etc/hosts.new && "
             "cat /etc/hosts.new >/etc/hosts && rm /etc/hosts.new"),),
    shown=Shown(
        on=On("first", "getent hosts $(hostname)"),
        prints="127.0.1.1",
    ),
    drill=Drill(
        symptom=T("“Our auditors complain about the first Tomcat's host: it calls itself "
                  "127.0.1.1, they say. It was installed from the new template.”"),
        hints=(
            T("Who tells a host which address its own name has?"),
            T("Compare getent hosts with the name of each host, on both nodes."),
            T("Remove the line 127.0.1.1 from /etc/hosts on the first Tomcat's host."),
        ),
        explanation=T("It does no harm yet, because the receiver has an address of its own. With "
                      "address=\"auto\" this node would announce loopback to the others."),
    ),
)  # fmt: skip

AJP_SECRET = Fault(
    id="ajp-secret",
    title=T("Apache and a Tomcat do not have the same AJP secret"),
    errata=("ajp-or-http",),
    options=THE_DOCUMENTS,
    plant=(On("balancer", "sed -i '/$ADDRESS1/s/secret=/secret=0/' $CONF && $RELOAD"),),
    finds=(("modproxy", "balancer"),),
    mend=(On("balancer", "sed -i '/$ADDRESS1/s/secret=0/secret=/' $CONF && $RELOAD"),),
    shown=Shown(
        on=On("balancer", GET + "for n in 1 2 3 4 5 6; do get $PORT / | head -n 1; done"),
        prints="403",
    ),
    drill=Drill(
        symptom=T("“Every other visitor sees Forbidden on the start page, since the secrets were "
                  "changed. The other half sees the page.”"),
        hints=(
            T("403 from which server? One of the two nodes refuses all that Apache brings."),
            T("An AJP connector asks for a secret. Where is it written, on both sides?"),
            T("Compare secret= of the members in extra/httpd-modproxy.conf with each other, and "
              "with secret= of the Connector in server.xml."),
        ),
        explanation=T("AJP carries no password of a user but one between the servers. With a "
                      "wrong one Tomcat answers 403, which the balancer takes for a good answer."),
    ),
)  # fmt: skip

MULTICAST_GROUP = Fault(
    id="multicast-group",
    title=T("a node calls on another multicast group than the others"),
    options=THE_DOCUMENTS,
    plant=(On("second", "sed -i 's/address=\"228.0.0.4\"/address=\"228.0.0.5\"/' $SERVER_XML"
              " && $RESTART"),),
    finds=(("server-xml", "second"), ("membership", "first"), ("membership", "second")),
    mend=(On("second", "sed -i 's/address=\"228.0.0.5\"/address=\"228.0.0.4\"/' $SERVER_XML"
             " && $RESTART"),),
    drill=Drill(
        symptom=T("“Both Tomcats run, the network people say that multicast gets through, and yet "
                  "each node is alone.”"),
        hints=(
            T("Members find each other where they call and listen: at a group and a port."),
            T("Compare the element Membership in server.xml of both nodes."),
            T("The second node has 228.0.0.5. Write 228.0.0.4, and restart it."),
        ),
        explanation=T("Two groups are two clusters of one node each, and neither knows that "
                      "somebody is missing."),
    ),
)  # fmt: skip

MULTICAST_BLOCKED = Fault(
    id="multicast-blocked",
    title=T("what a node calls by multicast does not leave its host"),
    options=THE_DOCUMENTS,
    plant=(On("second", "sed -i 's/address=\"228.0.0.4\"/& ttl=\"0\"/' $SERVER_XML && $RESTART"),),
    finds=(("server-xml", "second"), ("membership", "first")),
    mend=(On("second", "sed -i 's/ ttl=\"0\"//' $SERVER_XML && $RESTART"),),
    drill=Drill(
        symptom=T("“When the second Tomcat is restarted, nobody notices. When the first one is, "
                  "everybody who was on it must log in again. Same group, same port, I have "
                  "compared them.”"),
        hints=(
            T("One direction works and the other does not. Which members does each node say in "
              "its logs/catalina log that it has met?"),
            T("The first node never hears the second, which hears it. Packets can be stopped on "
              "their way, or sent so that they do not go far: compare all of the element "
              "Membership on both nodes."),
            T("ttl=\"0\" in the Membership of the second node keeps its calls on its own host. "
              "Take it out, and restart that Tomcat."),
        ),
        explanation=T("A multicast packet goes over as many routers as its time to live says; "
                      "with 0 it does not leave the host. A firewall that drops multicast looks "
                      "just like that: each node alone, and no error anywhere."),
    ),
)  # fmt: skip

NODE_FAULTS = (
    SAME_JVMROUTE, RECEIVER_LOOPBACK, STATIC_MEMBER, TWO_CLUSTERS, BOOT_JAVA, LOGIN_JAVA,
    NOT_AT_BOOT, WRONG_OWNER, PORT_TAKEN, NAME_LOOPBACK, AJP_SECRET, MULTICAST_GROUP,
    MULTICAST_BLOCKED,
)  # fmt: skip
