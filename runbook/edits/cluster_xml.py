"""The Cluster element that a node needs, in the shape that its Tomcat understands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runbook.edits.cluster_settings import ClusterSettings, Farm, Peer
from runbook.edits.xml_splice import escaped
from runbook.edits.xml_tree import Element
from runbook.errors import BadInput
from runbook.software.tomcat import TomcatLine
from runbook.text import T

HA = "org.apache.catalina.ha."
TRIBES = "org.apache.catalina.tribes."
INTERCEPTORS = f"{TRIBES}group.interceptors."
SIMPLE_TCP = f"{HA}tcp.SimpleTcpCluster"
STATIC_MEMBER = f"{TRIBES}membership.StaticMember"

NOTE = " Written by Catherd from cluster.toml: changes made here are overwritten. "
"""First comment inside the Cluster: by it Catherd knows its own again."""

SEND_OPTIONS = "6"
"""Wait until the other nodes have taken a change in (2 acknowledge + 4 after processing).

With the document's 8, changes are sent by several threads and not waited for: the first value of
a new session was seen to overtake the session itself, and was lost, in about one of seven.
"""

WIDTH = 100


@dataclass(frozen=True)
class Part:
    """An element to be written, or one that was read, stripped of its position."""

    tag: str
    attributes: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()

    def same_as(self, other: Part) -> bool:
        """Whether Tomcat would see no difference."""
        return (
            self.tag == other.tag
            and dict(self.attributes) == dict(other.attributes)
            and len(self.parts) == len(other.parts)
            and all(one.same_as(two) for one, two in zip(self.parts, other.parts, strict=True))
        )


def part_of(element: Element) -> Part:
    """What ``element`` says, without comments and layout."""
    children = tuple(part_of(child) for child in element.children)
    return Part(element.name, tuple(element.attributes.items()), children)


def cluster_part(settings: ClusterSettings, tomcat: TomcatLine) -> Part:
    """The full Cluster. Raises BadInput for what this Tomcat cannot do."""
    if settings.encryption_key and not tomcat.encrypts:
        raise BadInput(
            T("Tomcat {version} cannot encrypt replication", version=tomcat.version),
            remedy=T(
                "Choose a Tomcat that has EncryptInterceptor, or do without: let only the "
                "nodes reach port {port}.",
                port=settings.receiver_port,
            ),
        )
    return Part("Cluster", tuple(_options(settings, tomcat)), tuple(_parts(settings, tomcat)))


def _named(tag: str, class_name: str, *parts: Part, **attributes: str) -> Part:
    return Part(tag, (("className", class_name), *attributes.items()), parts)


def _options(settings: ClusterSettings, tomcat: TomcatLine) -> Iterator[tuple[str, str]]:
    yield "className", SIMPLE_TCP
    yield "channelSendOptions", SEND_OPTIONS
    if _by_interceptor(settings, tomcat):
        # Sender (2) and receiver (1) without the multicast of the default membership.
        yield "channelStartOptions", "3"


def _by_interceptor(settings: ClusterSettings, tomcat: TomcatLine) -> bool:
    return settings.membership == "static" and not tomcat.static_service


def _parts(settings: ClusterSettings, tomcat: TomcatLine) -> Iterator[Part]:
    yield _manager(settings)
    yield _named(
        "Channel",
        f"{TRIBES}group.GroupChannel",
        *_membership(settings, tomcat),
        _receiver(settings),
        _named(
            "Sender",
            f"{TRIBES}transport.ReplicationTransmitter",
            _named("Transport", f"{TRIBES}transport.nio.PooledParallelSender"),
        ),
        *_interceptors(settings, tomcat),
    )
    yield _named("Valve", f"{HA}tcp.ReplicationValve", filter="")
    yield _named("Valve", f"{HA}session.JvmRouteBinderValve")
    if settings.farm:
        yield _deployer(settings.farm)
    if tomcat.session_id_listener:
        yield _named("ClusterListener", f"{HA}session.JvmRouteSessionIDBinderListener")
    yield _named("ClusterListener", f"{HA}session.ClusterSessionListener")


def _manager(settings: ClusterSettings) -> Part:
    if settings.backup_manager:
        return _named(
            "Manager",
            f"{HA}session.BackupManager",
            notifyListenersOnReplication="true",
            mapSendOptions="6",
        )
    return _named(
        "Manager",
        f"{HA}session.DeltaManager",
        expireSessionsOnShutdown="false",
        notifyListenersOnReplication="true",
    )


def _deployer(farm: Farm) -> Part:
    watched = {} if farm.watch is None else {"watchDir": farm.watch}
    return _named(
        "Deployer",
        f"{HA}deploy.FarmWarDeployer",
        tempDir=farm.temp,
        deployDir=farm.deploy,
        **watched,
        watchEnabled=str(bool(watched)).lower(),
    )


def _membership(settings: ClusterSettings, tomcat: TomcatLine) -> Iterator[Part]:
    if settings.membership == "multicast":
        yield _named(
            "Membership",
            f"{TRIBES}membership.McastService",
            address=settings.multicast_address,
            port=str(settings.multicast_port),
            frequency=str(settings.frequency),
            dropTime=str(settings.drop_time),
            bind=settings.receiver_address,
            domain=settings.name,
        )
    elif tomcat.static_service:
        yield _named(
            "Membership",
            f"{TRIBES}membership.StaticMembershipService",
            _named("LocalMember", STATIC_MEMBER, uniqueId=settings.local.unique_id),
            *(_member(peer) for peer in settings.peers),
            useThread="true",
            pingInterval=str(settings.frequency),
            expirationTime=str(settings.drop_time),
        )


def _member(peer: Peer) -> Part:
    return _named(
        "Member", STATIC_MEMBER, host=peer.host, port=str(peer.port), uniqueId=peer.unique_id
    )


def _receiver(settings: ClusterSettings) -> Part:
    return _named(
        "Receiver",
        f"{TRIBES}transport.nio.NioReceiver",
        address=settings.receiver_address,
        port=str(settings.receiver_port),
        autoBind="1",
        selectorTimeout="5000",
        maxThreads="6",
    )


def _interceptors(settings: ClusterSettings, tomcat: TomcatLine) -> Iterator[Part]:
    by_interceptor = _by_interceptor(settings, tomcat)
    if by_interceptor and tomcat.ping_interceptor:
        yield _named("Interceptor", f"{INTERCEPTORS}TcpPingInterceptor")
    if settings.encryption_key:
        # Above the failure detector, or its probes arrive unencrypted and are thrown away.
        yield _named(
            "Interceptor",
            f"{INTERCEPTORS}EncryptInterceptor",
            encryptionKey=settings.encryption_key,
        )
    yield _named("Interceptor", f"{INTERCEPTORS}TcpFailureDetector")
    if by_interceptor:
        # The peers only: a node that lists itself hangs at start.
        yield _named(
            "Interceptor",
            f"{INTERCEPTORS}StaticMembershipInterceptor",
            *(_member(peer) for peer in settings.peers),
        )
    if settings.membership == "multicast":
        yield _named("Interceptor", f"{INTERCEPTORS}DomainFilterInterceptor", domain=settings.name)
    yield _named("Interceptor", tomcat.dispatch_interceptor)


def rendered(part: Part, indent: str, newline: str, *, note: str = "") -> str:
    """``part`` as text; the first line bears no indentation, it stands where the caller puts it."""
    unit = "\t" if indent.startswith("\t") else "  "
    return newline.join(_lines(part, indent, unit, note)).removeprefix(indent)


def _lines(part: Part, indent: str, unit: str, note: str = "") -> Iterator[str]:
    attributes = [f'{name}="{escaped(value)}"' for name, value in part.attributes]
    tail = ">" if part.parts else "/>"
    start = f"{indent}<{part.tag}"
    line = " ".join((start, *attributes)) + tail
    if len(line) <= WIDTH or len(attributes) < 2:
        yield line
    else:
        first, *others = attributes
        aligned = indent + " " * (len(part.tag) + 2)
        yield f"{start} {first}"
        for attribute in others[:-1]:
            yield aligned + attribute
        yield aligned + others[-1] + tail
    if note:
        yield f"{indent}{unit}<!--{note}-->"
    for child in part.parts:
        yield from _lines(child, indent + unit, unit)
    if part.parts:
        yield f"{indent}</{part.tag}>"
