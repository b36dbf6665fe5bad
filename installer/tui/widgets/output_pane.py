"""The output of a step on one host: live, searched, saved."""

from __future__ import annotations

import time
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from installer.frontend.board import Cell
from installer.private import private
from installer.tui.widgets.log_view import LogView
from runbook.text import T


class OutputPane(Vertical):
    """A line that says whose output it is, the lines, and a line to search in them."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: tuple[Cell, ...] = ()
        self._host = ""

    def compose(self) -> ComposeResult:
        """Source, lines, search."""
        yield Static("", id="source", markup=False)
        yield LogView(id="log")
        yield Input(placeholder=str(T("search for …")), id="search", compact=True)

    @property
    def log_view(self) -> LogView:
        """The lines."""
        return self.query_one(LogView)

    @property
    def cell(self) -> Cell | None:
        """The cell whose output is shown."""
        return next((cell for cell in self._cells if cell.host == self._host), None)

    def show(self, cells: tuple[Cell, ...]) -> None:
        """Show one of these cells: the host that was shown, else one that is running."""
        fresh = not self._cells or self._cells[0].step is not cells[0].step
        self._cells = cells
        if fresh or self.cell is None:
            lively = [c for c in cells if c.state == "running"] or [c for c in cells if c.output]
            self._host = (lively or list(cells))[0].host
        self._show()

    def other_host(self, step: int) -> None:
        """The next host, or the one before."""
        hosts = [cell.host for cell in self._cells]
        if hosts:
            self._host = hosts[(hosts.index(self._host) + step) % len(hosts)]
            self._show()

    def _show(self) -> None:
        cell = self.cell
        if cell is None:
            return
        view, log = self.log_view, cell.output
        view.show(log)
        which = [each.host for each in self._cells].index(cell.host) + 1
        mode = T("following") if view.following else T("paused; Space follows")
        text = T(
            "{host} ({number} of {count})  {lines} lines  {mode}",
            host=cell.host,
            number=which,
            count=len(self._cells),
            lines=log.total,
            mode=mode,
        )
        if not log.total:
            text = T("{host} ({number} of {count})  nothing printed yet",
                     host=cell.host, number=which, count=len(self._cells))  # fmt: skip
        self.query_one("#source", Static).update(str(text), layout=False)

    def follow(self) -> None:
        """Go to the end and follow, or stay here."""
        view = self.log_view
        view.following = not view.following
        if view.following:
            view.scroll_end(animate=False)
        self._show()

    def search(self) -> None:
        """Open the line to search in."""
        field = self.query_one("#search", Input)
        field.add_class("open")
        field.focus()

    @on(Input.Submitted, "#search")
    def _searched(self, event: Input.Submitted) -> None:
        event.stop()
        event.input.remove_class("open")
        view = self.log_view
        view.looked_for = event.value
        view.focus()
        if event.value and not view.find_next(backwards=True):
            self.notify(str(T("“{text}” is not in it", text=event.value)), markup=False)

    def next_hit(self) -> None:
        """The next line with what was looked for, from the top again after the last one."""
        view = self.log_view
        if view.looked_for and not view.find_next():
            view.scroll_to(y=0, animate=False, immediate=True)
            view.find_next()

    def save(self, place: Path) -> Path | None:
        """Write what is kept to a file of its own; its path."""
        cell = self.cell
        if cell is None or not cell.output.total:
            return None
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{cell.step.id}-{cell.host}.log"
        file = private(place) / name
        file.touch(mode=0o600)
        file.write_text(cell.output.text(), "utf-8")
        return file
