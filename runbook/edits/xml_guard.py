"""Proves that an edit changed nothing but what it was meant to: lxml compares before and after."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from runbook.edits.xml_tree import not_well_formed
from runbook.errors import BadInput
from runbook.text import T

Forget = Callable[[etree._Element], None]
"""Takes out of a tree what the edit may change."""


def prove(before: bytes, after: bytes, forget: Forget) -> None:
    """Raise BadInput unless both are well-formed and, but for ``forget``, the same."""
    one, two = _parsed(before), _parsed(after)
    forget(one)
    forget(two)
    if _shape(one) != _shape(two):
        raise BadInput(
            T("The file is laid out in a way that cannot be edited safely"),
            remedy=T("Compare it with the one that Tomcat came with, and tidy it up."),
        )


def take_out(element: etree._Element) -> None:
    """Remove an element but not the text behind it."""
    parent = element.getparent()
    if parent is None:
        return
    before, tail = element.getprevious(), element.tail or ""
    parent.remove(element)
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail


def _parsed(utf8: bytes) -> etree._Element:
    parser = _parser(recover=False)
    try:
        return etree.fromstring(utf8, parser)
    except (etree.LxmlError, ValueError) as error:
        if _only_namespaces(parser):
            return etree.fromstring(utf8, _parser(recover=True))
        reason = re.sub(r", line \d+, column \d+.*", "", str(error))
        raise not_well_formed(reason, getattr(error, "lineno", None) or 1) from error


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )


def _only_namespaces(parser: etree.XMLParser) -> bool:
    """Whether just namespaces are wrong, which Tomcat does not look at.

    The document's own example has forum markup in one: ``xmlns="[url]http://…[/url]"``.
    """
    # Not the exception's own log: that one still holds the faults of files read before.
    log = [entry.domain for entry in parser.error_log]
    return bool(log) and set(log) == {etree.ErrorDomains.NAMESPACE}


def _shape(element: etree._Element) -> tuple[object, ...]:
    """What the element says: whitespace between elements does not count."""
    if not isinstance(element.tag, str):
        return ("&", element.text)
    words = "".join([element.text or "", *(child.tail or "" for child in element)]).split()
    attributes = sorted((str(name), str(value)) for name, value in element.attrib.items())
    return (element.tag, attributes, words, [_shape(child) for child in element])
