"""Lines of text by the cells that they take: East Asian characters are two wide.

Chinese has no spaces between words; a line may end after each character, but none begins with a
closing mark and none ends with an opening one. Rich, and Textual with it, knows only spaces, so it
is taught: ``teach_rich`` is for whoever draws with either.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

_WORD = re.compile(r"\s*\S+\s*")
_CLOSING = "，。、：；？！）”’》】…—,.;:?!)"
_OPENING = "（“‘《【("


def cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


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


def teach_rich() -> None:
    """Let Rich end lines between wide characters; what is all ASCII stays as it was."""
    import rich._wrap
    from rich.text import Text

    rich._wrap.words = _words
    Text.rstrip_end = _without_spaces_beyond  # type: ignore[method-assign, assignment]


def _without_spaces_beyond(text: Text, size: int) -> None:
    """Drop the spaces at the end that do not fit; Rich counts characters, not cells.

    A line that fills its width to the space after it would lose its last character otherwise.
    """
    plain = text.plain
    spaces = len(plain) - len(plain.rstrip())
    beyond = min(spaces, cells(plain) - size)
    if beyond > 0:
        text.right_crop(beyond)


def _words(text: str) -> Iterator[tuple[int, int, str]]:
    """Each piece with the spaces around it, and where it begins and ends."""
    if text.isascii():
        yield from ((*word.span(), word.group()) for word in _WORD.finditer(text))
        return
    start = end = 0
    for piece in _pieces(text):
        if piece.strip() and text[start:end].strip():
            yield start, end, text[start:end]
            start = end
        end += len(piece)
    if text[start:end].strip():
        yield start, end, text[start:end]


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
