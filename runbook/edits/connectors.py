"""The connectors of server.xml: which ports Tomcat listens on, and the secret of AJP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from runbook.edits.xml_source import XmlSource
from runbook.edits.xml_splice import (
    Splice,
    drop_attribute,
    escaped,
    indent_of,
    line_end,
    set_attribute,
    spliced,
)
from runbook.edits.xml_tree import Comment, Element, scan
from runbook.errors import BadInput
from runbook.text import T

SECRETS = ("secret", "requiredSecret")
"""The two names that the AJP secret has had."""


@dataclass(frozen=True)
class Ajp:
    """An AJP connector."""

    port: int
    address: str
    secret: str | None


def is_ajp(connector: Element) -> bool:
    """Whether it speaks AJP."""
    protocol = connector.attributes.get("protocol", "")
    return protocol == "AJP/1.3" or protocol.startswith("org.apache.coyote.ajp.")


def is_plain_http(connector: Element) -> bool:
    """Whether it speaks HTTP without TLS."""
    protocol = connector.attributes.get("protocol", "HTTP/1.1")
    http = protocol == "HTTP/1.1" or protocol.startswith("org.apache.coyote.http11.")
    return http and not is_secure(connector)


def is_secure(connector: Element) -> bool:
    """Whether it speaks TLS, or stands behind something that does."""
    given = connector.attributes
    return (
        "true" in (given.get("SSLEnabled"), given.get("secure")) or given.get("scheme") == "https"
    )


def connectors(service: Element) -> list[Element]:
    """The active connectors of a Service."""
    return [child for child in service.children if child.name == "Connector"]


def http_splices(
    file: XmlSource, service: Element, port: int, address: str | None
) -> Iterator[Splice]:
    """Let the HTTP connector listen on ``port``; its address stays where None is given."""
    connector = _the_one(service, is_plain_http, "HTTP", port)
    if connector is None:
        raise BadInput(
            T("No connector for plain HTTP is active"),
            T("line {line}", line=service.line),
            T('Put <Connector port="{port}" protocol="HTTP/1.1"/> back.', port=port),
        )
    yield from port_splices(file, connector, port)
    if address is not None:
        yield from set_attribute(file.utf8, connector, "address", address)


def port_splices(file: XmlSource, element: Element, port: int) -> list[Splice]:
    """Set the port of a connector or of the Server; refuse to overwrite a property."""
    present = element.attributes.get("port", "")
    if "${" in present:
        raise BadInput(
            T(
                "The port of <{element}> is a property, {value}",
                element=element.name,
                value=present,
            ),
            T("line {line}", line=element.line),
            T("Write the number {port} there, or take the property's own value.", port=port),
        )
    return set_attribute(file.utf8, element, "port", str(port))


def ajp_splices(
    file: XmlSource, service: Element, engine: Element, ajp: Ajp, secret_name: str
) -> Iterator[Splice]:
    """Configure the AJP connector: the active one, the one in a comment, or else a new one."""
    connector = _the_one(service, is_ajp, "AJP", ajp.port)
    if connector is not None:
        yield from port_splices(file, connector, ajp.port)
        yield from _settings(file.utf8, connector, ajp, secret_name)
        return
    for comment in service.comments:
        if (sleeping := _sleeping(file.utf8, comment)) is not None:
            yield Splice(comment.start, comment.end, _woken(sleeping, ajp, secret_name))
            return
    yield _new(file, service, engine, ajp, secret_name)


def idle_ajp_splices(file: XmlSource, service: Element, port: int) -> Iterator[Splice]:
    """Move an active AJP connector to ``port``; where there is none, none is made."""
    connector = _the_one(service, is_ajp, "AJP", port)
    if connector is not None:
        yield from port_splices(file, connector, port)


def _the_one(
    service: Element, wanted: Callable[[Element], bool], kind: str, port: int
) -> Element | None:
    """The connector that is meant: the only one, or of several the one with this port."""
    found = [connector for connector in connectors(service) if wanted(connector)]
    right = [each for each in found if each.attributes.get("port") == str(port)] or found
    if len(found) > 1 and len(right) != 1:
        raise BadInput(
            T("There are {count} {kind} connectors", count=len(found), kind=kind),
            T("lines {lines}", lines=", ".join(str(each.line) for each in found)),
            T("Give the one for this cluster the port {port}.", port=port),
        )
    return right[0] if right else None


def _settings(utf8: bytes, connector: Element, ajp: Ajp, secret_name: str) -> Iterator[Splice]:
    yield from set_attribute(utf8, connector, "address", ajp.address)
    if ajp.secret is not None:
        for name in SECRETS:
            if name == secret_name:
                yield from set_attribute(utf8, connector, name, ajp.secret)
            else:
                yield from drop_attribute(utf8, connector, name)


def _sleeping(utf8: bytes, comment: Comment) -> tuple[bytes, Element] | None:
    """The AJP connector that is all there is in a comment, in the file's own bytes."""
    # The parser's text of it would have lost how the lines end.
    inner = utf8[comment.start + len("<!--") : comment.end - len("-->")].strip()
    try:
        element = scan(inner).root
    except BadInput:
        return None
    alone = element.end == len(inner) and element.start == 0
    return (inner, element) if alone and element.name == "Connector" and is_ajp(element) else None


def _woken(sleeping: tuple[bytes, Element], ajp: Ajp, secret_name: str) -> str:
    inner, connector = sleeping
    splices = [
        *set_attribute(inner, connector, "port", str(ajp.port)),
        *_settings(inner, connector, ajp, secret_name),
    ]
    return spliced(inner, splices).decode()


def _new(file: XmlSource, service: Element, engine: Element, ajp: Ajp, secret_name: str) -> Splice:
    last = connectors(service)[-1:]
    given: Sequence[tuple[str, str]] = (
        ("protocol", "AJP/1.3"),
        ("address", ajp.address),
        ("port", str(ajp.port)),
        ("redirectPort", "8443"),
        *([(secret_name, ajp.secret)] if ajp.secret is not None else []),
    )
    text = " ".join(f'{name}="{escaped(value)}"' for name, value in given)
    element = f"<Connector {text}/>"
    neighbour = last[0].start if last else engine.start
    indent = indent_of(file.utf8, neighbour)
    gap = file.newline + (indent if indent is not None else "    ")
    if last:
        at = line_end(file.utf8, last[0].end)
        return Splice(at, at, gap + element)
    return Splice(engine.start, engine.start, element + gap)
