"""A marked block of lines in somebody else's text file, so that it can be changed or taken out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook.errors import BadInput
from runbook.text import T

MARK = "# {mark} catherd: {name}"
"""The line above a block and the line below it."""
MARK_BEGIN, MARK_END = ">>>", "<<<"
ADDED_NEWLINE = " (newline added)"
"""Stands in the first line of a block where the file did not end in a newline before."""


def set_block(source: bytes, name: str, lines: Sequence[str]) -> bytes:
    """``source`` with the block ``name`` holding ``lines``: in its place, or else at the end.

    Raises BadInput where the markers in the file are damaged, or where ``lines`` would damage
    them.
    """
    _no_markers(lines, name)
    place = _find(source, name)
    newline = newline_of(source[place[0] : place[1]] if place else source)
    body = b"".join(line.encode() + newline for line in lines)
    if place:
        _, inner, inner_end, _ = place
        return source[:inner] + body + source[inner_end:]
    lacking = bool(source) and not source.endswith(b"\n")
    first = _first(name) + (ADDED_NEWLINE if lacking else "")
    return b"".join(
        (
            source,
            newline if lacking else b"",
            first.encode() + newline,
            body,
            _last(name).encode() + newline,
        )
    )


def remove_block(source: bytes, name: str) -> bytes:
    """``source`` without the block: to the byte what it was before ``set_block``."""
    place = _find(source, name)
    if not place:
        return source
    start, inner, _, end = place
    before, after = source[:start], source[end:]
    first = source[start:inner]
    if not after and ADDED_NEWLINE.encode() in first:
        before = before.removesuffix(b"\r\n" if first.endswith(b"\r\n") else b"\n")
    return before + after


def has_block(source: bytes, name: str) -> bool:
    """Whether the block is there."""
    return _find(source, name) is not None


def newline_of(source: bytes) -> bytes:
    """How most of the file's lines end."""
    windows = source.count(b"\r\n")
    return b"\r\n" if windows and 2 * windows >= source.count(b"\n") else b"\n"


def _first(name: str) -> str:
    return MARK.format(mark=MARK_BEGIN, name=name)


def _last(name: str) -> str:
    return MARK.format(mark=MARK_END, name=name)


def _find(source: bytes, name: str) -> tuple[int, int, int, int] | None:
    """Where the block starts, where its lines start and end, where it ends."""
    first, last = (re.escape(marker(name).encode()) for marker in (_first, _last))
    added = re.escape(ADDED_NEWLINE.encode())
    starts = list(re.finditer(rb"^" + first + rb"(?:" + added + rb")?\r?(?:\n|\Z)", source, re.M))
    ends = list(re.finditer(rb"^" + last + rb"\r?(?:\n|\Z)", source, re.M))
    if not starts and not ends:
        return None
    if len(starts) == len(ends) == 1 and starts[0].end() <= ends[0].start():
        return starts[0].start(), starts[0].end(), ends[0].start(), ends[0].end()
    odd = [*starts, *ends][-1]
    raise BadInput(
        T("The markers of Catherd's block “{name}” are damaged", name=name),
        T("line {line}", line=source.count(b"\n", 0, odd.start()) + 1),
        T(
            "Leave one line “{first}” and below it one line “{last}”, or remove both.",
            first=_first(name),
            last=_last(name),
        ),
    )


def _no_markers(lines: Sequence[str], name: str) -> None:
    for line in lines:
        if "\n" in line or "\r" in line or line.startswith((_first(name), _last(name))):
            raise BadInput(
                T("{line} cannot stand in one line of a block", line=repr(line)),
                remedy=T("Choose a value without line breaks."),
            )
