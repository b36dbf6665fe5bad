"""Lines of text by the cells that they take: East Asian characters are two wide.

Chinese has no spaces between words; a line may end after each character, but none begins with a
closing mark and none ends with an opening one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_CLOSING = "，。、：；？！）”’》】…—,.;:?!)"
_OPENING = "（“‘《【("


def cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(_width(character) for character in text)


def wrapped(text: str, width: int) -> list[str]:
    """A paragraph in lines of at most ``width`` cells; a longer word has a line of its own."""
    lines: list[str] = []
    line, gap = "", ""
    for piece in _pieces(text):
        if not piece.strip():
            gap = piece
        elif line and cells(line + gap + piece) > width:
            lines.append(line)
            line, gap = piece, ""
        else:
            line, gap = line + gap + piece, ""
    return [*lines, line] if line else lines


def _pieces(text: str) -> Iterator[str]:
    """Words, spaces and wide characters: what a line may end between."""
    start = 0
    for end in range(1, len(text)):
        before, after = text[end - 1], text[end]
        wide = _width(before) == 2 or _width(after) == 2
        if (before == " ") != (after == " ") or (
            wide and " " != before not in _OPENING and after not in _CLOSING
        ):
            yield text[start:end]
            start = end
    if text[start:]:
        yield text[start:]


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
