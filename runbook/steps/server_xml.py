"""server.xml makes a node of each Tomcat."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from runbook.actions import Action, Edit, Put
from runbook.check import Check
from runbook.edits.server_xml import (
    Ajp,
    ClusterSettings,
    Peer,
    ServerXml,
    edit_server_xml,
)
from runbook.host import SECRETS, Host, secret_names
from runbook.judges import unchanged_by
from runbook.node import Node
from runbook.probes import FileAt
from runbook.step import Erratum, step
from runbook.steps import farm
from runbook.text import T

DRAIN_MILLIS = 10_000
"""How long a Tomcat that is stopped goes on with what is under way; idle, it stops at once."""
LARGE = 4
"""From more nodes than this on, each session is kept on one backup instead of on all."""

STANDALONE = Erratum(
    id="engine-standalone",
    says=T('<Engine name="Standalone" defaultHost="localhost" jvmRoute="tomcatX">'),
    happens=T("conf/Catalina/localhost is no longer read, and localhost.log disappears."),
    instead=T("The Engine stays Catalina; only jvmRoute is added."),
)
TWO_CLUSTERS = Erratum(
    id="cluster-twice",
    says=T("Uncomment the bare <Cluster/>, then the detailed one"),
    happens=T("With both in the file the last one wins, silently."),
    instead=T("One Cluster, the full one."),
)
OLD_CLASSES = Erratum(
    id="classes-gone",
    versions=T("Tomcat 8.5 and later"),
    says=T("MessageDispatch15Interceptor, JvmRouteSessionIDBinderListener"),
    happens=T("They are gone from 8.5 and 8.0 on: Tomcat does not start."),
    instead=T("The classes of the Tomcat version in use."),
    message="java.lang.ClassNotFoundException: …MessageDispatch15Interceptor",
)
FARM = Erratum(
    id="farm-in-engine",
    says=T("FarmWarDeployer inside the Engine's Cluster"),
    happens=T("It does nothing but complain."),
    instead=T("Left out; with the option “farm” the Cluster stands in the Host, and it works."),
    message="FarmWarDeployer can only work as host cluster subelement!",
)
ASYNC = Erratum(
    id="replication-not-waited-for",
    says=T('channelSendOptions="8"'),
    happens=T(
        "Changes are sent by several threads and nobody waits for them: the first value of a new "
        "session can overtake the session, and is lost. About one session in seven was seen to."
    ),
    instead=T('channelSendOptions="6": the answer goes out when the other nodes have the change.'),
)
AUTO_BIND = Erratum(
    id="auto-bind",
    says=T('autoBind="100"'),
    happens=T("The receiver may move to 4001 and further, where no firewall rule expects it."),
    instead=T('autoBind="1" and a fixed port.'),
)
NO_ROUTE_FOR_MULTICAST = Erratum(
    id="multicast-no-route",
    says=T('<Membership … address="228.0.0.4" …>'),
    happens=T(
        "Without a default route there is no way for multicast, and Tomcat does not start; clouds "
        "carry none at all."
    ),
    instead=T("Static membership, or multicast bound to the node's address with IPv4 preferred."),
    message="java.net.SocketException: No such device",
)
DUAL_STACK = Erratum(
    id="multicast-dual-stack",
    says=T('<Membership … address="228.0.0.4" …>'),
    happens=T(
        "Bound to an address, as a host with several networks needs it, it does not start where "
        "Java prefers IPv6."
    ),
    instead=T("-Djava.net.preferIPv4Stack=true wherever multicast is used."),
    message="java.net.SocketException: Invalid argument",
)
OWN_MEMBER = Erratum(
    id="static-lists-itself",
    says=T("(nothing about networks without multicast)"),
    happens=T(
        "With StaticMembershipInterceptor, a node that is among its own static members asks "
        "itself for its sessions: each application waits 60 s at start."
    ),
    instead=T("Each node lists the others only; from Tomcat 9.0 on StaticMembershipService."),
)


def wanted(host: Host, node: Node) -> ServerXml:
    """What server.xml must say for this Tomcat of the host."""
    options, nodes = host.cluster.options, host.cluster.nodes
    ajp = options.members == "ajp"
    return ServerXml(
        tomcat=host.cluster.tomcat_line,
        route=node.route,
        cluster=ClusterSettings(
            name=host.cluster.name,
            membership=options.membership,
            multicast_address=options.multicast_address,
            multicast_port=options.multicast_port,
            frequency=options.frequency,
            drop_time=options.drop_time,
            receiver_address=host.address,
            receiver_port=node.receiver_port,
            local=Peer(host.address, node.receiver_port, nodes.index(node) + 1),
            peers=tuple(
                Peer(other.address, other.receiver_port, number)
                for number, other in enumerate(nodes, 1)
                if other.name != node.name
            ),
            backup_manager=one_backup(host),
            encryption_key=host.secrets.get("replication"),
            farm=farm.settings(host, node),
        ),
        http_port=node.http_port,
        ajp=Ajp(node.ajp_port, host.address, host.secrets["ajp"]) if ajp else None,
        idle_ajp_port=node.ajp_port if node.instance and not ajp else None,
        shutdown_port=node.shutdown_port,
        drain_millis=DRAIN_MILLIS,
    )


def one_backup(host: Host) -> bool:
    """Not by itself where a host has several nodes: the only copy might lie on the same host."""
    chosen, nodes = host.cluster.options.session_manager, host.cluster.nodes
    large = len(nodes) > LARGE and len(nodes) == len(host.cluster.tomcats)
    return chosen == "backup" or (chosen == "auto" and large)


def path(node: Node) -> str:
    """Where the file lies."""
    return f"{node.base}/conf/server.xml"


def checks(host: Host) -> Iterator[Check]:
    """The file makes each Tomcat the node that the balancer expects."""
    for node in host.nodes:
        yield node.told_apart(_check(host, node))
        yield from map(node.told_apart, farm.checks(host, node))


def _check(host: Host, node: Node) -> Check:
    file = FileAt(path(node))
    settings = wanted(host, node)
    return Check(
        id="server-xml",
        title=T("server.xml has the route and the cluster of this node"),
        probes=(file,),
        judge=unchanged_by(
            file,
            lambda text: edit_server_xml(text, settings),
            T("as installed"),
            T("another route or cluster"),
        ),
        expected=T(
            "jvmRoute {route}, receiver {address}:{port}",
            route=node.route,
            address=node.address,
            port=node.receiver_port,
        ),
        why=T(
            "the balancer finds a session by its route, and the nodes find each other by this file"
        ),
        usual_cause=T("the file was copied from another node, or edited by hand"),
        remedy=T("Run this step: two nodes with one route lose each other's sessions."),
    )


@step(
    "server-xml",
    T("Make each Tomcat a node of the cluster"),
    roles=("tomcat",),
    needs=("tomcat",),
    checks=checks,
    errata=(
        STANDALONE,
        TWO_CLUSTERS,
        OLD_CLASSES,
        FARM,
        ASYNC,
        AUTO_BIND,
        NO_ROUTE_FOR_MULTICAST,
        DUAL_STACK,
        OWN_MEMBER,
    ),
)
def server_xml(host: Host) -> Iterator[Action]:
    """Give the node its route, and let it replicate sessions to the other nodes.

    jvmRoute is the end of every session id of this node; Apache reads it there. The Cluster
    sends each change of a session to the others before the answer goes out, so that one of them
    can take over in the middle. Only these lines of the file change.
    """
    for name in secret_names(host.cluster):
        yield Put(
            path=f"{SECRETS}/{name}",
            content=host.secrets[name].encode() + b"\n",
            mode=0o600,
            why=T("a secret that the nodes share; it lives on the hosts only"),
        )
    for node in host.nodes:
        yield from farm.directory(host, node)
        settings = wanted(host, node)
        yield Edit(
            path=path(node),
            change=partial(edit_server_xml, wanted=settings),
            why=T("its place in the cluster"),
            intent=(f'jvmRoute="{settings.route}"', "<Cluster …>"),
            mode=0o640,
            group=host.cluster.software.tomcat.user,
        )
