"""Pages of the training on a plain terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Styled

from installer.cli import show
from installer.frontend.training.pages import Line, Row
from runbook.harmless import harmless

STYLES = {
    "title": "bold",
    "text": "",
    "more": "dim",
    "code": "cyan",
    "good": "green",
    "bad": "red",
    "note": "yellow",
}
INDENT = {"more": 8, "code": 4}


def page(lines: Iterable[Line]) -> None:
    """Print a page."""
    before = ""
    for line in lines:
        after_gap, before = before == "gap", line.kind
        if line.kind == "gap":
            show.out().print()
            continue
        if line.kind == "title" and not after_gap:
            show.out().print()
        indent = INDENT.get(line.kind, 0)
        text = Styled(harmless(str(line.text)), STYLES[line.kind], overflow="fold")
        if show.out().is_terminal:
            show.out().print(Padding(text, (0, 0, 0, indent), expand=False))
        else:
            show.out().print(textwrap.indent(text.plain, " " * indent), markup=False)


def rows(entries: Iterable[Row], named: bool = True) -> None:
    """Print a list of lessons, drills or mistakes.

    :param named: with their names; those of drills would give them away
    """
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True)
    if named:
        table.add_column(no_wrap=True)
    table.add_column()
    table.add_column()
    for row in entries:
        style = "green" if row.mark == "✓" else "yellow" if row.mark == "◐" else "dim"
        name = [Styled(row.id, "bold")] if named else []
        title, note = Styled(harmless(str(row.title))), Styled(str(row.note), "dim")
        table.add_row(Styled(row.mark, style), *name, title, note)
    show.out().print(table)
