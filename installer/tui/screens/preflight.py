"""Preflight: what must hold before anything is touched, as a table of checks and hosts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.text import Text as Styled
from textual import on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.coordinate import Coordinate
from textual.widget import Widget
from textual.widgets import DataTable, Static

from installer.engine.events import Event
from installer.engine.plan import Finding
from installer.frontend.board import Cell
from installer.tui import describe
from installer.tui.errors import in_words
from installer.tui.keys import key
from installer.tui.screens.base import CatherdScreen, scroll_by_half
from runbook.check import Check
from runbook.errors import CatherdError
from runbook.text import T, Text


class PreflightScreen(CatherdScreen):
    """Looks at the hosts when it opens; each red cell has a cause and a remedy."""

    CSS_PATH = "preflight.tcss"
    TITLE_TEXT = T("Preflight")
    ABOUT = T(
        "The hosts are looked at; nothing is changed. What does not hold is explained beneath the "
        "table. What is merely missing can be installed from here, after a preview."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        key("r", "look", T("Look again"), more=T("Make all checks again")),
        key("i", "install", T("Install missing"),
            more=T("Let Catherd change what this step would change: see it, then approve it")),
        key("c", "go_on", T("To the runbook"), more=T("Go on to the runbook")),
        key("j", "scroll_text(1)", T("Scroll down"), more=T("Scroll the text down"), shown=False),
        key("k", "scroll_text(-1)", T("Scroll up"), more=T("Scroll the text up"), shown=False),
    ]  # fmt: skip

    def body(self) -> Iterable[Widget]:
        """The table, the verdict, the chosen cell in words."""
        yield DataTable(id="matrix", zebra_stripes=True)
        yield Static("", id="verdict", markup=False)
        with VerticalScroll(id="detail"):
            yield Static(id="words")

    def on_mount(self) -> None:
        """Look, unless that was just done."""
        self._error: CatherdError | None = None
        self._rows: list[Check] = []
        self._begun = False
        self.app.listen(self._told)
        self.table.focus()
        if self.app.board is None:
            self.action_look()
        else:
            self._fill()

    def on_unmount(self) -> None:
        """Listen no more."""
        self.app.unlisten(self._told)

    @property
    def table(self) -> DataTable[Styled]:
        """Checks by hosts."""
        return self.query_one(DataTable)

    def _cells(self) -> tuple[Cell, ...]:
        board = self.app.board
        return board.of(board.steps[0].id) if board is not None else ()

    def _told(self, event: Event) -> None:
        if self._cells():
            self._fill()

    def action_look(self) -> None:
        """Connect and look at all hosts."""
        if self.app.conductor is not None and self.app.conductor.at_work:
            step = self._cells()[0].step.id
            conductor = self.app.conductor
            self.app.background(
                lambda: conductor.look_again([step]), doing=T("Looking at the hosts …")
            )
            return
        self.query_one("#verdict", Static).update(str(T("Looking at the hosts …")))
        self.app.open_cluster(self._looked, self._failed)

    def _looked(self) -> None:
        self._error = None
        if self.is_attached:  # nobody may wait for it any more
            self._fill()

    def _failed(self, error: CatherdError) -> None:
        self._error = error
        if not self.is_attached:
            return
        self.query_one("#verdict", Static).update(
            str(T("✗ The hosts cannot be looked at yet. r looks again."))
        )
        self.query_one("#words", Static).update(in_words(error))
        self.refresh_bindings()

    def _fill(self) -> None:
        cells, table = self._cells(), self.table
        at = table.cursor_coordinate
        self._rows = list(
            {f.check.id: f.check for c in cells for f in c.findings.values()}.values()
        )
        table.clear(columns=True)
        widths = [max(14, len(cell.host) + 2) for cell in cells]
        room = max(16, self.size.width - sum(widths) - 2 * len(widths) - 4)
        table.add_column(str(T("Check")), width=room)
        for cell, width in zip(cells, widths, strict=True):
            table.add_column(cell.host, width=width)
        for check in self._rows:
            words = [_word(cell.findings.get(check.id)) for cell in cells]
            table.add_row(Styled(str(check.title), no_wrap=True, overflow="ellipsis"), *words)
        if self._rows and not self._begun:
            self._begun, at = True, self._first_that_fails(cells)
        if self._rows:
            table.move_cursor(row=min(at.row, len(self._rows) - 1), column=at.column)
        self._judge(cells)
        self._explain()
        self.refresh_bindings()

    def _first_that_fails(self, cells: tuple[Cell, ...]) -> Coordinate:
        for row, check in enumerate(self._rows):
            for column, cell in enumerate(cells, 1):
                finding = cell.findings.get(check.id)
                if finding is not None and finding.failed:
                    return Coordinate(row, column)
        return Coordinate(0, 0)

    def _judge(self, cells: Iterable[Cell]) -> None:
        findings = [finding for cell in cells for finding in cell.findings.values()]
        bad = sum(finding.failed for finding in findings)
        if bad:
            text: Text = T("✗ {bad} of {all} checks do not hold yet", bad=bad, all=len(findings))
        else:
            text = T("✓ All {all} checks hold. c goes on to the runbook.", all=len(findings))
        self.query_one("#verdict", Static).update(str(text))

    @on(DataTable.CellHighlighted)
    def _explain(self) -> None:
        cells, at = self._cells(), self.table.cursor_coordinate
        if not cells or at.row >= len(self._rows) or self._error is not None:
            return
        check = self._rows[at.row]
        chosen = cells if at.column == 0 else cells[at.column - 1 : at.column]
        words: list[RenderableType] = []
        for cell in chosen:
            if (finding := cell.findings.get(check.id)) is not None:
                words += [Styled(cell.host, "bold cyan"), describe.finding_in_words(finding)]
        self.query_one("#words", Static).update(Group(*words))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What does not apply is grey."""
        cells = self._cells()
        match action:
            case "install":
                return any(c.plan.changes and c.state != "running" for c in cells) or None
            case "go_on":
                return bool(cells) or None
            case _:
                return True

    def action_install(self) -> None:
        """Show what this step would change, then let it run."""
        from installer.tui.screens.dialogs import Confirm

        cells = [cell for cell in self._cells() if cell.plan.changes]
        body = Styled()
        for cell in cells:
            body.append(f"{cell.host}\n", "bold cyan")
            for change in cell.plan.changes:
                body.append(f"  • {change.summary}\n").append(f"    {change.why}\n", "dim")
        self.app.push_screen(
            Confirm(T("Let Catherd do this?"), body, T("Yes, do it")), self._install
        )

    def _install(self, answer: str | None) -> None:
        board, conductor = self.app.board, self.app.conductor
        if answer != "yes" or board is None or conductor is None:
            return
        cells = self._cells()
        board.mark([cell for cell in cells if cell.state != "done"], "approved")
        self.app.background(
            lambda: conductor.approve([cells[0].step.id]), doing=T("Installing what is missing …")
        )

    def action_go_on(self) -> None:
        """On to the runbook, in place of this screen."""
        self.app.show_instead("runbook")

    def action_scroll_text(self, direction: int) -> None:
        """Scroll the explanation."""
        scroll_by_half(self.query_one("#detail"), direction)


def _word(finding: Finding | None) -> Styled:
    if finding is None:
        return Styled("–", "dim")
    if finding.verdict.ok:
        return Styled(f"✓ {T('holds')}", "green")
    if finding.verdict.advice:
        return Styled(f"! {T('advice')}", "yellow")
    return Styled(f"✗ {T('fails')}", "bold red")
