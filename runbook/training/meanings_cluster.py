"""What the lines mean that make a Tomcat a node, and an application one that is replicated."""

from __future__ import annotations

from runbook.text import T
from runbook.training.lesson import Meaning

_TOMCAT = (
    Meaning(
        '<Service name="Catalina" gracefulStopAwaitMillis="10000">',
        T("When Tomcat stops, requests that are under way have ten seconds to finish; without it "
          "they are cut off."),
    ),
    Meaning(
        'bindOnInit="false"',
        T("The connector's port opens when the applications are up and closes first at a stop. "
          "Otherwise Tomcat takes connections until its very end, and cuts them off."),
    ),
    Meaning(
        '<Engine name="Catalina" defaultHost="localhost" jvmRoute="…">',
        T("jvmRoute is put behind each session id; it must be the route= that Apache has for this "
          "node, or no session sticks. No two nodes may have the same."),
    ),
)  # fmt: skip

_MEMBERS = (
    Meaning(
        '<Membership className="….StaticMembershipService"',
        T("Who belongs to the cluster is listed here. The document's multicast needs a network "
          "that carries it; clouds have none."),
    ),
    Meaning(
        'useThread="true"',
        T("A thread of its own asks the members whether they are there; otherwise that waits for "
          "the channel's own heartbeat."),
    ),
    Meaning('pingInterval="500"', T("Milliseconds between two of these questions.")),
    Meaning(
        'expirationTime="3000"',
        T("A member that has not been heard of for so many milliseconds is taken for gone: too "
          "few, and a slow node is dropped; too many, and messages go to a dead one."),
    ),
    Meaning(
        '<LocalMember className="….StaticMember"',
        T("This node itself: the number by which it tells the others who it is."),
    ),
    Meaning(
        'uniqueId="{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,…}"',
        T("The number of a node, 16 bytes. All nodes must give one node the same, or they do not "
          "know it again."),
    ),
    Meaning(
        '<Member className="….StaticMember"',
        T("Each other node of the cluster. One that is missing here gets no session from this "
          "one."),
    ),
    Meaning('host="…"', T("The address of the other node's Receiver.")),
    Meaning(
        'port="4000"',
        T("The port of a Receiver: below Member the other node's, at Receiver this one's. If they "
          "do not agree, pages are served all the same and nothing is replicated."),
    ),
)  # fmt: skip

_TRANSPORT = (
    Meaning(
        '<Receiver className="….NioReceiver"',
        T("Takes in what the other nodes send."),
    ),
    Meaning(
        'address="…"',
        T("This node's own address, as the others reach it. With “auto” it is that of the host's "
          "name: where that is 127.0.1.1, nobody else gets through."),
    ),
    Meaning(
        'autoBind="1"',
        T("Only the port that is given is tried. With the document's 100 the receiver may move to "
          "4001 and further, where no firewall rule expects it."),
    ),
    Meaning(
        'selectorTimeout="5000"',
        T("After so many milliseconds at most, the waiting receiver looks by itself whether "
          "there is something to do."),
    ),
    Meaning(
        'maxThreads="6"',
        T("So many messages of other nodes are worked on at a time; more of them wait."),
    ),
    Meaning(
        '<Sender className="….ReplicationTransmitter">',
        T("Sends what this node has to tell the others."),
    ),
    Meaning(
        '<Transport className="….PooledParallelSender"/>',
        T("To all of them at once, over connections that are kept, instead of to one after the "
          "other."),
    ),
    Meaning(
        '<Interceptor className="….TcpFailureDetector"/>',
        T("A member that keeps silent is tried over TCP before it counts as gone; without this, "
          "one that was only slow would be dropped."),
    ),
    Meaning(
        '<Interceptor className="….MessageDispatchInterceptor"/>',
        T("Sends the messages for which nobody waits. Up to 8.0 its name had a 15 in it: with the "
          "document's name this Tomcat does not start."),
    ),
)  # fmt: skip

SERVER_XML = (
    *_TOMCAT,
    Meaning(
        '<Cluster className="….SimpleTcpCluster" …',
        T("Makes the node one of a cluster. There must be one only: of two the last wins, and "
          "nothing is said."),
    ),
    Meaning(
        'channelSendOptions="6"',
        T("The answer goes out when the other nodes have the change (2, acknowledged, and 4, after "
          "it was worked in). With the document's 8 nobody waits, and a change can be lost."),
    ),
    Meaning(
        '<Manager className="….DeltaManager"',
        T("Keeps the sessions and sends what has changed in them to all other nodes."),
    ),
    Meaning(
        'expireSessionsOnShutdown="false"',
        T("A node that is stopped leaves its sessions to the others; with true it would end them "
          "everywhere."),
    ),
    Meaning(
        'notifyListenersOnReplication="true"',
        T("An application that listens for changes of sessions is told of those that come from "
          "other nodes, too."),
    ),
    Meaning(
        '<Channel className="….GroupChannel">',
        T("The way between the nodes: who is there, how is received, how is sent."),
    ),
    *_MEMBERS,
    *_TRANSPORT,
    Meaning(
        '<Valve className="….ReplicationValve"',
        T("At the end of each request it has the changes of the session sent; without it they "
          "stay here."),
    ),
    Meaning(
        'filter=""',
        T("Requests after which nothing needs to be sent, such as those for images: none are "
          "left out here."),
    ),
    Meaning(
        '<Valve className="….JvmRouteBinderValve"/>',
        T("After a failover it gives the session the name of its new node. Without it the cookie "
          "goes on naming the dead one, and requests have no fixed place."),
    ),
    Meaning(
        '<ClusterListener className="….ClusterSessionListener"/>',
        T("Hands what was received to the Manager; without it changes arrive and nobody takes "
          "them."),
    ),
)  # fmt: skip

WEB_XML = (
    Meaning(
        "<distributable/>",
        T("The application's promise that its sessions can be sent to other nodes. Without it they "
          "stay on their node and die with it, and nothing tells so."),
    ),
)  # fmt: skip
