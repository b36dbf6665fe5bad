"""web.xml: ``<distributable/>`` with its comment, where the file's DTD or schema wants it."""

from __future__ import annotations

from lxml import etree

from runbook.edits.xml_guard import prove, take_out
from runbook.edits.xml_source import XmlSource, decoded
from runbook.edits.xml_splice import Splice, indent_of, line_end, spliced
from runbook.edits.xml_tree import Element, Reference, scan
from runbook.errors import BadInput
from runbook.software.tomcat import TomcatLine
from runbook.text import T

COMMENT = "This application replicates its sessions to the other nodes of the cluster"

BEFORE = frozenset({"icon", "display-name", "description"})
"""What the DTDs of Servlet 2.2 and 2.3 want in front; the schemas take any order."""


def is_distributable(source: bytes) -> bool:
    """Whether the application says so. Raises BadInput where the file is not a web.xml."""
    return _has_element(_web_app(decoded(source).utf8))


def make_distributable(source: bytes, *, comment: str = COMMENT) -> bytes:
    """``source`` with ``<distributable/>``; unchanged where it is there already.

    Raises BadInput where the file is not a web.xml, or takes parts of itself from elsewhere.
    """
    file = decoded(source)
    root = _web_app(file.utf8)
    if _has_element(root):
        return source
    edited = spliced(file.utf8, [_insertion(file, root, _fitting(file, comment))])
    prove(file.utf8, edited, _forget)
    return file.with_utf8(edited)


def minimal_web_xml(tomcat: TomcatLine, *, distributable: bool = True) -> bytes:
    """A web.xml for an application that has none, in the generation of its Tomcat."""
    generation = tomcat.web_xml
    empty = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<web-app xmlns="{generation.namespace}"\n'
        '         xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\n'
        f'         xsi:schemaLocation="{generation.namespace}\n'
        f'                             {generation.location}"\n'
        f'         version="{generation.version}">\n'
        "</web-app>\n"
    ).encode()
    return make_distributable(empty) if distributable else empty


def _web_app(utf8: bytes) -> Element:
    root = scan(utf8).root
    if root.local != "web-app":
        raise BadInput(
            T("This is not a web.xml: its root is <{name}>, not <web-app>", name=root.name),
            T("line {line}", line=root.line),
            T("Look whether the application was unpacked rightly."),
        )
    for node in root.nodes:
        if isinstance(node, Reference):
            raise BadInput(
                T("A part of the file is elsewhere: {entity}", entity=node.text),
                T("line {line}", line=node.line),
                T("Write <distributable/> into the file yourself."),
            )
    return root


def _has_element(root: Element) -> bool:
    return any(child.local == "distributable" for child in root.children)


def _fitting(file: XmlSource, comment: str) -> str:
    """A comment that may stand in this file: a reference would not be read there."""
    fits = file.holds(comment) and "--" not in comment and not comment.endswith("-")
    return comment if fits else COMMENT


def _insertion(file: XmlSource, root: Element, comment: str) -> Splice:
    newline, utf8 = file.newline, file.utf8
    outer = indent_of(utf8, root.start) or ""
    leading = _leading(root)
    neighbour = leading or next(iter(root.children), None)
    indent = indent_of(utf8, neighbour.start) if neighbour else None
    indent = outer + ("\t" if outer.startswith("\t") else "  ") if indent is None else indent
    lines = (f"<!-- {comment} -->", f"<{root.prefix}distributable/>")
    text = "".join(newline + indent + line for line in lines)
    if root.empty:
        close = f">{text}{newline}{outer}</{root.name}>"
        return Splice(root.inner - 2, root.inner, close)
    at = line_end(utf8, leading.end if leading else root.inner)
    rest = utf8[at : root.inner_end].lstrip(b" \t")
    if not rest:
        text += newline + outer
    elif not rest.startswith((b"\n", b"\r")):
        text += newline + indent
    return Splice(at, at, text)


def _leading(root: Element) -> Element | None:
    """The last of the elements at the start that go before ``<distributable/>``."""
    last = None
    for child in root.children:
        if child.local not in BEFORE:
            break
        last = child
    return last


def _forget(root: etree._Element) -> None:
    for child in list(root):
        if str(child.tag).rpartition("}")[2] == "distributable":
            take_out(child)
