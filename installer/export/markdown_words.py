"""Words, tables and blocks of Markdown, in which text from elsewhere is no Markdown of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


def inline(text: Any) -> str:
    """Text as one line."""
    line = " ".join(str(text).split())
    for sign in "\\`*_|<>[]":
        line = line.replace(sign, f"\\{sign}")
    return line


def code(text: str) -> str:
    """A word as it is typed."""
    mark = "`"
    while mark in text:
        mark += "`"
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{mark}{space}{text}{space}{mark}"


def fenced(text: str, info: str = "") -> str:
    """Lines as they are, in a block that says of what kind they are."""
    fence = "```"
    while fence in text:
        fence += "`"
    end = "" if text.endswith("\n") else "\n"
    return f"{fence}{info}\n{text}{end}{fence}"


def table(heads: Sequence[Any], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    """The lines of a table."""
    yield _row(heads)
    yield _row(["---"] * len(heads))
    for row in rows:
        yield _row(row)


def _row(cells: Sequence[Any]) -> str:
    return f"| {' | '.join(inline(cell) for cell in cells)} |"
