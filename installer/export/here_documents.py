"""Bytes as a here-document: readable where they are text, base64 where they are not."""

from __future__ import annotations

import base64
from itertools import count

_DECODE = "if command -v base64 >/dev/null 2>&1; then base64 -d; else openssl enc -base64 -d; fi"
"""Hosts of 2007 have no base64."""


def plain(data: bytes) -> bool:
    """Whether the bytes are whole lines of text that a terminal and an editor leave as they are."""
    try:
        text = data.decode("ascii" if b"\x7f" in data else "utf-8")
    except UnicodeDecodeError:
        return False
    printable = all(char.isprintable() or char in "\n\t" for char in text)
    return printable and (not text or text.endswith("\n"))


def here_document(command: str, data: bytes) -> str:
    """The command with these bytes on its standard input."""
    if not plain(data):
        encoded = base64.encodebytes(data).decode("ascii")
        return f"{_DECODE} <<'END' | {command}\n{encoded}END"
    text = data.decode()
    word = _word(text)
    return f"{command} <<'{word}'\n{text}{word}"


def _word(text: str) -> str:
    """A word that stands on no line of the text."""
    lines = set(text.splitlines())
    words = ("END" if number == 1 else f"END{number}" for number in count(1))
    return next(word for word in words if word not in lines)
