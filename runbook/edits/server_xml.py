"""server.xml: the route, the cluster and the connectors of a node; the rest stays to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from runbook.edits.cluster_edit import cluster_splices
from runbook.edits.cluster_settings import ClusterSettings, Farm, Peer
from runbook.edits.cluster_xml import cluster_part
from runbook.edits.connectors import (
    SECRETS,
    Ajp,
    ajp_splices,
    connectors,
    http_splices,
    idle_ajp_splices,
    is_ajp,
    is_secure,
    port_splices,
)
from runbook.edits.draining import EARLY_CLOSE, WAIT, draining_splices
from runbook.edits.xml_guard import prove, take_out
from runbook.edits.xml_source import XmlSource, decoded
from runbook.edits.xml_splice import Splice, set_attribute, spliced
from runbook.edits.xml_tree import Element, Reference, scan
from runbook.errors import BadInput
from runbook.software.tomcat import TomcatLine
from runbook.text import T

__all__ = [
    "Ajp",
    "ClusterSettings",
    "Connector",
    "Farm",
    "Peer",
    "ServerSummary",
    "ServerXml",
    "edit_server_xml",
    "read_server_xml",
]

ENGINE = "Catalina"
DOCUMENTS_ENGINE = "Standalone"
"""What the document calls the Engine, after the example in a comment of Tomcat 6's file."""


@dataclass(frozen=True, kw_only=True)
class ServerXml:
    """What server.xml must say on one node; None leaves a thing as it is."""

    tomcat: TomcatLine
    route: str
    cluster: ClusterSettings
    http_port: int | None = None
    http_address: str | None = None
    ajp: Ajp | None = None
    idle_ajp_port: int | None = None
    """Where an AJP connector that came with the file, and that nobody uses, is out of the way."""
    shutdown_port: int | None = None
    drain_millis: int | None = None
    """How long Tomcat, when it stops, waits for what is under way."""


@dataclass(frozen=True)
class Connector:
    """An active connector, as it stands in the file."""

    kind: str
    """"http", "https" or "ajp"."""
    port: str
    address: str | None
    has_secret: bool
    line: int


@dataclass(frozen=True)
class ServerSummary:
    """What a server.xml says, as far as the cluster is concerned."""

    engine: str
    route: str | None
    clusters: tuple[int, ...]
    """Lines of the Cluster elements in the Engine; Tomcat takes the last one."""
    connectors: tuple[Connector, ...]
    shutdown_port: str | None


def edit_server_xml(source: bytes, wanted: ServerXml, *, replace_foreign: bool = False) -> bytes:
    """``source`` with the documented lines as ``wanted`` has them.

    jvmRoute on the Engine, which is called Catalina again where the document renamed it; one
    Cluster (in the Host where a farm is wanted), in place of the commented one or of one that the
    document or Catherd wrote; ports, AJP and how Tomcat stops. Raises BadInput for what cannot be
    edited safely, a Cluster of somebody else's among it unless ``replace_foreign``.
    """
    file = decoded(source)
    root, service, engine = _places(file.utf8)
    splices = [
        *_engine(file, engine, wanted.route),
        *cluster_splices(
            file,
            engine,
            cluster_part(wanted.cluster, wanted.tomcat),
            in_host=wanted.cluster.farm is not None,
            replace_foreign=replace_foreign,
        ),
        *_connectors(file, service, engine, wanted),
    ]
    if wanted.shutdown_port is not None:
        splices += port_splices(file, root, wanted.shutdown_port)
    edited = spliced(file.utf8, splices)
    if wanted.drain_millis is not None and wanted.tomcat.drains:
        # Last, because an AJP connector may be there only now.
        _, service, _ = _places(edited)
        edited = spliced(edited, [*draining_splices(edited, service, wanted.drain_millis)])
    prove(file.utf8, edited, _forget)
    return file.with_utf8(edited)


def read_server_xml(source: bytes) -> ServerSummary:
    """Summarise a server.xml. Raises BadInput where it is none."""
    root, service, engine = _places(decoded(source).utf8)
    return ServerSummary(
        engine=engine.attributes.get("name", ""),
        route=engine.attributes.get("jvmRoute"),
        clusters=tuple(each.line for each in engine.children if each.name == "Cluster"),
        connectors=tuple(_summary(connector) for connector in connectors(service)),
        shutdown_port=root.attributes.get("port"),
    )


def _summary(connector: Element) -> Connector:
    given = connector.attributes
    return Connector(
        kind="ajp" if is_ajp(connector) else "https" if is_secure(connector) else "http",
        port=given.get("port", ""),
        address=given.get("address"),
        has_secret=any(given.get(name) for name in SECRETS),
        line=connector.line,
    )


def _places(utf8: bytes) -> tuple[Element, Element, Element]:
    """Server, the Service of the cluster and its Engine."""
    root = scan(utf8).root
    if root.name != "Server":
        raise BadInput(
            T("This is not a server.xml: its root is <{name}>, not <Server>", name=root.name),
            T("line {line}", line=root.line),
            T("Put back the file that Tomcat came with."),
        )
    for element in root.walk():
        for node in element.nodes:
            if isinstance(node, Reference):
                raise BadInput(
                    T("A part of the file is elsewhere: {entity}", entity=node.text),
                    T("line {line}", line=node.line),
                    T("Write that part into server.xml itself."),
                )
    found = [
        (service, engine)
        for service in root.children
        if service.name == "Service"
        for engine in service.children
        if engine.name == "Engine"
    ]
    named = [pair for pair in found if pair[1].attributes.get("name") == ENGINE] or found
    if not named:
        raise BadInput(
            T("There is no Engine in the file"),
            T("line {line}", line=root.line),
            T("Put back the file that Tomcat came with."),
        )
    if len(named) > 1:
        raise BadInput(
            T("There are {count} Engines, and which is the cluster's is unknown", count=len(named)),
            T("lines {lines}", lines=", ".join(str(engine.line) for _, engine in named)),
            T("Call the one for this cluster {name}.", name=ENGINE),
        )
    return (root, *named[0])


def _engine(file: XmlSource, engine: Element, route: str) -> Iterator[Splice]:
    if engine.attributes.get("name") == DOCUMENTS_ENGINE:
        yield from set_attribute(file.utf8, engine, "name", ENGINE)
    yield from set_attribute(file.utf8, engine, "jvmRoute", route)


def _connectors(
    file: XmlSource, service: Element, engine: Element, wanted: ServerXml
) -> Iterator[Splice]:
    if wanted.http_port is not None:
        yield from http_splices(file, service, wanted.http_port, wanted.http_address)
    if wanted.ajp is not None:
        secret_name = wanted.tomcat.ajp_secret_attribute
        yield from ajp_splices(file, service, engine, wanted.ajp, secret_name)
    elif wanted.idle_ajp_port is not None:
        yield from idle_ajp_splices(file, service, wanted.idle_ajp_port)


def _forget(root: etree._Element) -> None:
    """Take out what an edit may change: see ``edit_server_xml``."""
    root.attrib.pop("port", "")
    for connector in root.findall("Service/Connector"):
        protocol = str(connector.get("protocol", ""))
        if protocol == "AJP/1.3" or protocol.startswith("org.apache.coyote.ajp."):
            take_out(connector)
        for name in ("port", "address", EARLY_CLOSE):
            connector.attrib.pop(name, "")
    for service in root.findall("Service"):
        service.attrib.pop(WAIT, "")
    for engine in root.findall("Service/Engine"):
        for name in ("name", "jvmRoute"):
            engine.attrib.pop(name, "")
        for cluster in (*engine.findall("Cluster"), *engine.findall("Host/Cluster")):
            take_out(cluster)
