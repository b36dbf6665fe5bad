"""Changes to an XML file as replacements of byte ranges, so that all other bytes stay."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runbook.edits.xml_tree import Element

_ATTRIBUTE = re.compile(rb"""\s+([^\s=/>"']+)\s*=\s*("[^"]*"|'[^']*')""")


@dataclass(frozen=True)
class Splice:
    """``text`` in place of the bytes from ``start`` to ``end``."""

    start: int
    end: int
    text: str


def spliced(utf8: bytes, splices: list[Splice]) -> bytes:
    """All replacements at once; they may touch but not overlap."""
    parts, done = [], 0
    for splice in sorted(splices, key=lambda each: (each.start, each.end)):
        parts += [utf8[done : splice.start], splice.text.encode()]
        done = splice.end
    return b"".join((*parts, utf8[done:]))


def set_attribute(utf8: bytes, element: Element, name: str, value: str) -> list[Splice]:
    """Give an attribute its value where it stands, or add it behind the others; [] if it has it."""
    if element.attributes.get(name) == value:
        return []
    last = element.start + 1 + len(element.name.encode())
    for found in _ATTRIBUTE.finditer(utf8, last, element.inner):
        last = found.end()
        if found[1].decode() == name:
            quote = chr(found[2][0])
            return [Splice(found.start(2) + 1, found.end(2) - 1, escaped(value, quote))]
    return [Splice(last, last, f'{_before(utf8, element)}{name}="{escaped(value)}"')]


def drop_attribute(utf8: bytes, element: Element, name: str) -> list[Splice]:
    """Take an attribute out, with the whitespace in front of it; [] where there is none."""
    begin = element.start + 1 + len(element.name.encode())
    return [
        Splice(found.start(), found.end(), "")
        for found in _ATTRIBUTE.finditer(utf8, begin, element.inner)
        if found[1].decode() == name
    ]


def _before(utf8: bytes, element: Element) -> str:
    """What stands in front of the last attribute: one space, or a line of its own."""
    begin = element.start + 1 + len(element.name.encode())
    gaps = [
        utf8[found.start() : found.start(1)].decode()
        for found in _ATTRIBUTE.finditer(utf8, begin, element.inner)
    ]
    return gaps[-1] if gaps else " "


def escaped(value: str, quote: str = '"') -> str:
    """``value`` as it stands between such quotes."""
    for plain, safe in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), (quote, f"&#{ord(quote)};")):
        value = value.replace(plain, safe)
    return re.sub(r"[\t\n\r]", lambda found: f"&#{ord(found[0])};", value)


def line_end(utf8: bytes, at: int) -> int:
    """Behind the blanks at ``at`` where a line ends with them; else ``at`` itself."""
    rest = utf8[at : at + 1000]
    blanks = len(rest) - len(rest.lstrip(b" \t"))
    return at + blanks if rest[blanks : blanks + 1] in (b"\n", b"\r") else at


def indent_of(utf8: bytes, at: int) -> str | None:
    """The whitespace in front of ``at`` on its line; None where something else stands there."""
    line = utf8[max(utf8.rfind(b"\n", 0, at), utf8.rfind(b"\r", 0, at)) + 1 : at]
    return None if line.strip(b" \t") else line.decode()
