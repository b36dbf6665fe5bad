"""Puts the Cluster into an Engine or a Host: in place of a commented or an old one, or first."""

from __future__ import annotations

from collections.abc import Iterator

from runbook.edits.cluster_known import oddity
from runbook.edits.cluster_xml import NOTE, Part, part_of, rendered
from runbook.edits.xml_source import XmlSource
from runbook.edits.xml_splice import Splice, indent_of, line_end
from runbook.edits.xml_tree import Comment, Element, scan
from runbook.errors import BadInput
from runbook.text import T


def cluster_splices(
    file: XmlSource, engine: Element, wanted: Part, *, in_host: bool, replace_foreign: bool
) -> Iterator[Splice]:
    """Leave exactly one Cluster in ``engine`` or in its default Host: ``wanted``.

    One that Catherd wrote in the other place moves. Raises BadInput before a stranger's.
    """
    holder = _default_host(engine) if in_host else engine
    for other in (engine, *(child for child in engine.children if child.name == "Host")):
        if other is not holder:
            yield from _moved(file, other, replace_foreign=replace_foreign)
    present = _clusters(holder)
    right = [cluster for cluster in present if _is(cluster, wanted)]
    if not replace_foreign:
        for cluster in present:
            if cluster not in right and not _is_ours(cluster):
                _refuse_stranger(cluster, holder)
    if right:
        kept = right[-1]
    elif present:
        kept = present[-1]
        yield Splice(kept.start, kept.end, _text(file, holder, kept.start, wanted))
    else:
        yield _first(file, holder, wanted)
        return
    for cluster in present:
        if cluster is not kept:
            yield _removed(file.utf8, cluster)


def _clusters(holder: Element) -> list[Element]:
    return [child for child in holder.children if child.name == "Cluster"]


def _default_host(engine: Element) -> Element:
    name = engine.attributes.get("defaultHost", "")
    for child in engine.children:
        if child.name == "Host" and child.attributes.get("name", "").lower() == name.lower():
            return child
    raise BadInput(
        T("The Engine has no Host {name}, which its defaultHost names", name=name),
        T("line {line}", line=engine.line),
        T("Put back the Host that Tomcat came with."),
    )


def _moved(file: XmlSource, other: Element, *, replace_foreign: bool) -> Iterator[Splice]:
    """Take out what stands in the other place: Tomcat would use both."""
    for cluster in _clusters(other):
        if not _is_ours(cluster):
            if other.name == "Host":
                _refuse_second(cluster, other)
            if not replace_foreign:
                _refuse_stranger(cluster, other)
        yield _removed(file.utf8, cluster)


def _is(cluster: Element, wanted: Part) -> bool:
    return part_of(cluster).same_as(wanted) and not any(each.text for each in cluster.walk())


def _is_ours(cluster: Element) -> bool:
    return any(comment.text == NOTE for comment in cluster.comments)


def _refuse_stranger(cluster: Element, holder: Element) -> None:
    if found := oddity(cluster, in_host=holder.name == "Host"):
        raise BadInput(
            T("There is a Cluster that is neither the document's nor Catherd's: {odd}", odd=found),
            T("line {line}", line=cluster.line),
            T("Take it out, or put what you need of it into cluster.toml; then run again."),
        )


def _refuse_second(cluster: Element, host: Element) -> None:
    raise BadInput(
        T("The host {name} has a Cluster of its own", name=host.attributes.get("name", "")),
        T("line {line}", line=cluster.line),
        T("Take it out: two of them would want the same port."),
    )


def _first(file: XmlSource, holder: Element, wanted: Part) -> Splice:
    for comment in holder.comments:
        if _sleeps(comment):
            return Splice(comment.start, comment.end, _text(file, holder, comment.start, wanted))
    newline, outer = file.newline, indent_of(file.utf8, holder.start) or ""
    indent = _inner_indent(file.utf8, holder)
    text = newline + indent + rendered(wanted, indent, newline, note=NOTE)
    if holder.empty:
        close = f"{newline}{outer}</{holder.name}>"
        return Splice(holder.inner - 2, holder.inner, f">{text}{close}")
    at = line_end(file.utf8, holder.inner)
    rest = file.utf8[at:].lstrip(b" \t")
    if not rest.startswith((b"\n", b"\r")):
        text += newline + (outer if rest.startswith(b"</") else indent)
    return Splice(at, at, text)


def _sleeps(comment: Comment) -> bool:
    """Whether a comment holds nothing but a Cluster, bare or as the document has it."""
    inner = comment.text.strip().encode()
    try:
        element = scan(inner).root
    except BadInput:
        return False
    alone = element.start == 0 and element.end == len(inner)
    return alone and element.name == "Cluster" and not oddity(element)


def _text(file: XmlSource, holder: Element, at: int, wanted: Part) -> str:
    indent = indent_of(file.utf8, at)
    indent = _inner_indent(file.utf8, holder) if indent is None else indent
    return rendered(wanted, indent, file.newline, note=NOTE)


def _inner_indent(utf8: bytes, holder: Element) -> str:
    for child in holder.children:
        if (indent := indent_of(utf8, child.start)) is not None:
            return indent
    outer = indent_of(utf8, holder.start) or ""
    return outer + ("\t" if outer.startswith("\t") else "  ")


def _removed(utf8: bytes, element: Element) -> Splice:
    """The element's lines where it has them to itself; else just the element."""
    indent = indent_of(utf8, element.start)
    rest = utf8[element.end :]
    blank = len(rest) - len(rest.lstrip(b" \t"))
    after = rest[blank : blank + 2]
    newline = 2 if after == b"\r\n" else 1 if after[:1] in (b"\n", b"\r") else 0
    if indent is None or not newline:
        return Splice(element.start, element.end, "")
    return Splice(element.start - len(indent.encode()), element.end + blank + newline, "")
