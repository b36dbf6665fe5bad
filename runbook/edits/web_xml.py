"""web.xml: <distributable/>, by which an application allows that its sessions are replicated."""

from __future__ import annotations

from lxml import etree

from runbook.edits.xml_guard import prove, take_out
from runbook.edits.xml_source import XmlSource, decoded
from runbook.edits.xml_tree import Element, Reference, Splice, XmlTree, indent_of, scan, spliced
from runbook.errors import BadInput
from runbook.software.tomcat import TomcatLine
from runbook.text import T

COMMENT = "This application replicates its sessions to the other servers of the cluster"
"""What the document writes above the element, in ASCII: it fits every encoding."""

BEFORE_DISTRIBUTABLE = ("icon", "display-name", "description")
"""What the DTDs of Servlet 2.2 and 2.3 want first, in this order."""


def is_distributable(source: bytes) -> bool:
    """Whether the application says so. Raises BadInput where this is no web.xml."""
    return _distributable(_read(decoded(source)).root)


def make_distributable(source: bytes, comment: str = COMMENT) -> bytes:
    """``source`` with the element and a comment, where its DTD or schema wants it.

    Raises BadInput where this is no web.xml, or where ``comment`` cannot be written in it.
    """
    xml = decoded(source)
    tree = _read(xml)
    root = tree.root
    if _distributable(root):
        return source
    _usable(comment, xml)
    indent = _indent(xml, root)
    added = "".join(
        f"{xml.newline}{indent}{text}"
        for text in (f"<!--{comment}-->", f"<{root.prefix}distributable/>")
    )
    end_of_line = xml.newline + (indent_of(xml.utf8, root.start) or "")
    if root.empty:
        start = len(xml.utf8[: root.inner - 2].rstrip())
        splice = Splice(start, root.inner, f">{added}{end_of_line}</{root.name}>")
    else:
        at = _place(tree)
        follows = xml.utf8[at:].lstrip(b" \t")
        if not follows.startswith((b"\n", b"\r")):
            added += end_of_line if follows.startswith(b"</") else xml.newline + indent
        splice = Splice(at, at, added)
    edited = spliced(xml.utf8, [splice])
    prove(xml.utf8, edited, _forget)
    return xml.with_utf8(edited)


def minimal_web_xml(tomcat: TomcatLine, distributable: bool = True) -> bytes:
    """A web.xml for an application that has none, in the generation of its Tomcat."""
    generation = tomcat.web_xml
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<web-app xmlns="{generation.namespace}"
         xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
         xsi:schemaLocation="{generation.namespace} {generation.location}"
         version="{generation.version}">
</web-app>
""".encode()
    return make_distributable(text) if distributable else text


def _read(xml: XmlSource) -> XmlTree:
    tree = scan(xml.utf8)
    if tree.root.local != "web-app":
        raise BadInput(
            T("This is not a web.xml: it holds <{name}>, not <web-app>", name=tree.root.name),
            T("line {line}", line=tree.root.line),
            T("Name the WEB-INF/web.xml of a web application."),
        )
    for node in tree.root.nodes:
        if isinstance(node, Reference):
            raise BadInput(
                T("A part of the file is elsewhere: {entity}", entity=node.text),
                T("line {line}", line=node.line),
                T("Write that part into web.xml itself."),
            )
    return tree


def _distributable(root: Element) -> bool:
    return any(child.local == "distributable" for child in root.children)


def _forget(root: etree._Element) -> None:
    for element in root.findall("{*}distributable"):
        take_out(element)


def _place(tree: XmlTree) -> int:
    """Behind the start tag, or behind what a DTD puts first; schemas take any place."""
    root = tree.root
    if not tree.doctype:
        return root.inner
    first = [child for child in root.children if child.local in BEFORE_DISTRIBUTABLE]
    return first[-1].end if first else root.inner


def _indent(xml: XmlSource, root: Element) -> str:
    found = indent_of(xml.utf8, root.nodes[0].start) if root.nodes else None
    return found if found is not None else (indent_of(xml.utf8, root.start) or "") + "  "


def _usable(comment: str, xml: XmlSource) -> None:
    if "--" in comment or comment.endswith("-") or not xml.holds(comment):
        raise BadInput(
            T("“{comment}” cannot be a comment in this file", comment=comment),
            remedy=T("Use the file's own alphabet, and no two hyphens in a row."),
        )
