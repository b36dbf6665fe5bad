"""Puts the Cluster into an Engine: in place of the commented one, of an old one, or first."""

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
    file: XmlSource, engine: Element, wanted: Part, *, replace_foreign: bool
) -> Iterator[Splice]:
    """Leave exactly one Cluster in ``engine``: ``wanted``. Raises BadInput before a stranger's."""
    _none_below(engine)
    present = [child for child in engine.children if child.name == "Cluster"]
    right = [cluster for cluster in present if _is(cluster, wanted)]
    if not replace_foreign:
        for cluster in present:
            if cluster not in right and not _is_ours(cluster):
                _refuse_stranger(cluster)
    if right:
        kept = right[-1]
    elif present:
        kept = present[-1]
        yield Splice(kept.start, kept.end, _text(file, engine, kept.start, wanted))
    else:
        yield _first(file, engine, wanted)
        return
    for cluster in present:
        if cluster is not kept:
            yield _removed(file.utf8, cluster)


def _is(cluster: Element, wanted: Part) -> bool:
    return part_of(cluster).same_as(wanted) and not any(each.text for each in cluster.walk())


def _is_ours(cluster: Element) -> bool:
    return any(comment.text == NOTE for comment in cluster.comments)


def _refuse_stranger(cluster: Element) -> None:
    if found := oddity(cluster):
        raise BadInput(
            T("There is a Cluster that is neither the document's nor Catherd's: {odd}", odd=found),
            T("line {line}", line=cluster.line),
            T("Take it out, or put what you need of it into cluster.toml; then run again."),
        )


def _none_below(engine: Element) -> None:
    for host in engine.children:
        for cluster in host.children:
            if cluster.name == "Cluster":
                raise BadInput(
                    T(
                        "The host {name} has a Cluster of its own",
                        name=host.attributes.get("name", ""),
                    ),
                    T("line {line}", line=cluster.line),
                    T("Take it out: two of them would want the same port."),
                )


def _first(file: XmlSource, engine: Element, wanted: Part) -> Splice:
    for comment in engine.comments:
        if _sleeps(comment):
            return Splice(comment.start, comment.end, _text(file, engine, comment.start, wanted))
    newline, outer = file.newline, indent_of(file.utf8, engine.start) or ""
    indent = _inner_indent(file.utf8, engine)
    text = newline + indent + rendered(wanted, indent, newline, note=NOTE)
    if engine.empty:
        close = f"{newline}{outer}</{engine.name}>"
        return Splice(engine.inner - 2, engine.inner, f">{text}{close}")
    at = line_end(file.utf8, engine.inner)
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


def _text(file: XmlSource, engine: Element, at: int, wanted: Part) -> str:
    indent = indent_of(file.utf8, at)
    indent = _inner_indent(file.utf8, engine) if indent is None else indent
    return rendered(wanted, indent, file.newline, note=NOTE)


def _inner_indent(utf8: bytes, engine: Element) -> str:
    for child in engine.children:
        if (indent := indent_of(utf8, child.start)) is not None:
            return indent
    outer = indent_of(utf8, engine.start) or ""
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
