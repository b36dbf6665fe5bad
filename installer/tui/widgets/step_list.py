"""The steps of a run with their state on each host, up to date while one moves through them."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text as Styled
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from installer.frontend.board import GLYPHS, WORDS, Board, Cell, State

STYLES: dict[State, str] = {
    "todo": "",
    "approved": "bold",
    "running": "bold yellow",
    "done": "green",
    "skipped": "dim",
    "failed": "bold red",
    "blocked": "red",
    "cancelled": "yellow",
    "undone": "yellow",
}


ROOM_FOR_TIMES = 38
"""Columns from which on each row also tells how long its step took."""


class StepList(OptionList):
    """A row for each step; under the chosen one and those that run, a row for each host."""

    def __init__(self, board: Board, *, id: str | None = None) -> None:
        self._board = board
        self._shown: dict[str, tuple[str, int]] = {}
        super().__init__(*(Option("", id=step.id) for step in board.steps), id=id)

    @property
    def chosen(self) -> str:
        """The id of the step under the cursor."""
        return self._board.steps[self.highlighted or 0].id

    def choose(self, step: str) -> None:
        """Put the cursor on a step."""
        self.highlighted = [each.id for each in self._board.steps].index(step)

    def renew(self) -> None:
        """Draw again what has changed."""
        width = max(20, self.scrollable_content_region.width - 2)
        for number, step in enumerate(self._board.steps, 1):
            open_ = step.id == self.chosen or self._board.state_of(step.id) in ("running", "failed")
            row = self._row(number, step.id, width, open_)
            if step.id == self.chosen:  # its own colours might not show on those of the cursor
                row = Styled(row.plain, "bold", no_wrap=row.no_wrap, overflow=row.overflow)
            key = (row.markup, width)
            if self._shown.get(step.id) != key:
                self._shown[step.id] = key
                self.replace_option_prompt(step.id, row)

    def _row(self, number: int, step: str, width: int, open_: bool) -> Styled:
        cells = self._board.of(step)
        state = self._board.state_of(step)
        title = f"{number:>2} {cells[0].step.title}"
        row = Styled(no_wrap=not open_, overflow="ellipsis")
        row.append(f"{GLYPHS[state]} ", STYLES[state])
        if open_:
            row.append(wrapped(title, width - 2, "     "), "bold").append("\n")
            for cell in cells:
                row.append_text(_host(cell, width))
                row.append("\n")
            row.rstrip()
        else:
            word = str(WORDS[state])
            if width >= ROOM_FOR_TIMES and (taken := max(cell.elapsed for cell in cells)):
                word = f"{word} {clock(taken)}"
            row.append(_padded(title, width - 3 - cell_len(word)))
            row.append(f" {word}", STYLES[state] or "dim")
        return row


def _host(cell: Cell, width: int) -> Styled:
    time = times(cell)
    left = f"   {cell.host}"
    word = f"{GLYPHS[cell.state]} {WORDS[cell.state]} {time}".rstrip()
    row = Styled(_padded(left, max(4, width - cell_len(word) - 1)), "")
    row.append(f" {word}", STYLES[cell.state])
    return row


def times(cell: Cell) -> str:
    """How long it has run or took, and how long it took the last time."""
    if cell.state == "running":
        expected = f"/{clock(cell.expected)}" if cell.expected else ""
        return f"{clock(cell.elapsed)}{expected}"
    if cell.seconds is not None and cell.state in ("done", "failed", "undone"):
        return clock(cell.seconds)
    if cell.expected and cell.state in ("todo", "approved"):
        return f"~{clock(cell.expected)}"
    return ""


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def wrapped(text: str, width: int, indent: str) -> str:
    """Folded to a width in cells; all lines but the first are indented."""
    lines = Styled(text).wrap(Console(width=width), max(8, width - len(indent)))
    return f"\n{indent}".join(line.plain.rstrip() for line in lines)


def _padded(text: str, width: int) -> str:
    """Cut or filled to a width in cells, wide characters counted as two."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, max(0, width - 1)) + "…"
