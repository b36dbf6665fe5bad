"""A rollback: shown, decided about, confirmed by name, carried out, and what is left."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text as Styled
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.widget import Widget
from textual.widgets import DataTable, Static

from installer.engine import events
from installer.engine.events import Event
from installer.engine.rollback_plan import RecordUndo, Restart, Rollback, RollbackPlan
from installer.engine.undo import Choice, Reversal
from installer.frontend import undoing
from installer.frontend.board import GLYPHS, WORDS, State
from installer.frontend.conductor import Choices, Conductor
from installer.frontend.recall import when
from installer.frontend.undoing import Scope, title_of
from installer.tui.keys import key
from installer.tui.screens.base import CatherdScreen
from installer.tui.screens.dialogs import Ask
from installer.tui.widgets.diff import append_diff
from runbook.errors import CatherdError
from runbook.harmless import harmless
from runbook.text import T, Text, labelled, listed

WIDE = 130
"""Columns from which on the details stand beside the list."""
COLOURS: dict[State, str] = {"undone": "success", "failed": "error", "running": "primary"}


@dataclass(frozen=True)
class Row:
    """A line of the preview: a step as a heading, something that is taken back, or a restart."""

    host: str
    step: RecordUndo | None = None
    reversal: Reversal | None = None
    restart: Restart | None = None

    @property
    def decidable(self) -> bool:
        """Whether somebody changed it since, and there is something to go back to."""
        conflict = self.reversal.conflict if self.reversal else None
        return conflict is not None and not conflict.lost


class RollbackScreen(CatherdScreen):
    """Takes back what a scope says; needs the hosts, but neither archives nor a plan."""

    CSS_PATH = "rollback.tcss"
    TITLE_TEXT = T("Rollback")
    ABOUT = T(
        "All that would be taken back, newest first; nothing happens before you type the name of "
        "the cluster. What somebody has changed since Catherd did is marked with “!”: it is kept "
        "as it is, unless you overwrite it; a copy stays on the host even then."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - as Textual has it
    BINDINGS: ClassVar[list[BindingType]] = [
        key("t", "take_back", T("Take back"), more=T("Type the name of the cluster, then go")),
        key("o", "decide('overwrite')", T("Overwrite"),
            more=T("Take it back although somebody changed it; a copy is kept")),
        key("k", "decide('keep')", T("Keep"), more=T("Leave it as somebody made it")),
        key("r", "look", T("Look again"), more=T("Ask the hosts again what there is to take back")),
        key("tab", "other_pane", T("Details"), more=T("To the details, and back to the list")),
    ]  # fmt: skip

    def __init__(self, what: Text, scope: Scope) -> None:
        super().__init__()
        self._what, self._scope = what, scope
        self._conductor: Conductor | None = None
        self._rollback: Rollback | None = None
        self._plan: RollbackPlan | None = None
        self._choices: Choices = {}
        self._rows: list[Row] = []
        self._states: dict[tuple[str, str], State] = {}
        self._errors: dict[tuple[str, str], CatherdError] = {}
        self._busy = False
        self._ended: Styled | None = None

    def body(self) -> Iterable[Widget]:
        """How much, the list, more about the line under the cursor."""
        yield Static(str(T("Asking the hosts …")), id="amount", markup=False)
        with Container(id="panes"):
            yield DataTable(cursor_type="row", id="steps")
            with VerticalScroll(id="details"):
                yield Static("", id="about", markup=False)

    def on_mount(self) -> None:
        """Find out what there is to take back."""
        self.app.listen(self._hear)
        self._table.focus()
        self.app.open_session(self._opened)

    def on_unmount(self) -> None:
        """Hear no more."""
        self.app.unlisten(self._hear)

    def on_resize(self) -> None:
        """Lines have another width now."""
        self._fill()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What does not apply now is greyed out."""
        ready = self._plan is not None and not self._busy and self._ended is None
        if action == "take_back":
            return True if ready and self._plan is not None and self._plan.hosts else None
        if action == "decide":
            return True if ready and (row := self._row) is not None and row.decidable else None
        if action == "look":
            return None if self._busy else True
        return True

    @property
    def _table(self) -> DataTable[Styled]:
        return self.query_one("#steps", DataTable)

    @property
    def _row(self) -> Row | None:
        at = self._table.cursor_row
        return self._rows[at] if 0 <= at < len(self._rows) else None

    # Looking

    def _opened(self, conductor: Conductor) -> None:
        self._conductor = conductor
        self.action_look()

    def action_look(self) -> None:
        """Ask the hosts what there is to take back."""
        conductor, scope = self._conductor, self._scope
        if conductor is None:
            return
        self._choices, self._states, self._errors, self._ended = {}, {}, {}, None
        self._begin()
        self.app.background(
            lambda: conductor.what_undoes(scope.steps, since=scope.since),
            lambda found: self._looked(*found),
            self._not_looked,
            T("Asking the hosts …"),
        )

    def _looked(self, rollback: Rollback, plan: RollbackPlan) -> None:
        self._rollback, self._plan = rollback, plan
        self._settle()

    def _not_looked(self, error: CatherdError) -> None:
        if self.is_mounted:
            self._put_amount(Styled(str(T("What can be taken back is not known; r asks again."))))
        self._settle()
        self.app.tell(error)

    def action_decide(self, choice: Choice) -> None:
        """Keep or overwrite what somebody changed, and plan again with that."""
        row, rollback, scope = self._row, self._rollback, self._scope
        if row is None or rollback is None or row.reversal is None or row.reversal.conflict is None:
            return
        self._choices[row.host, row.reversal.conflict.path] = choice
        choices = dict(self._choices)
        self._begin()
        self.app.background(
            lambda: rollback.plan(scope.wants, choices),
            lambda plan: self._looked(rollback, plan),
            self._not_looked,
        )

    # Taking back

    def action_take_back(self) -> None:
        """Ask for the name of the cluster, then take back what is shown."""
        conductor, rollback, plan = self._conductor, self._rollback, self._plan
        if conductor is None or rollback is None or plan is None:
            return
        name = conductor.session.cluster.name

        def named(answer: str | None) -> None:
            if answer is not None:
                self._carry_out(conductor, rollback, plan)

        title = T("Type the name of the cluster ({name}) to go on:", name=name)
        self.app.push_screen(Ask(title, undoing.amount(plan), must_be=name), named)

    def _carry_out(self, conductor: Conductor, rollback: Rollback, plan: RollbackPlan) -> None:
        scope, began = self._scope, time.monotonic()

        def work() -> tuple[bool, RollbackPlan, float]:
            ok = conductor.undo(rollback, plan)
            seconds = time.monotonic() - began
            return ok, conductor.what_undoes(scope.steps, since=scope.since)[1], seconds

        self._begin()
        self.app.background(work, lambda ended: self._done(plan, *ended), self._not_done,
                            T("Taking back …"))  # fmt: skip

    def _done(self, plan: RollbackPlan, ok: bool, left: RollbackPlan, seconds: float) -> None:
        if not self.is_mounted:
            return
        text = Styled()
        if ok and not left.changes:
            colour = self.app.theme_variables["success"]
            text.append(f"↩ {undoing.done(plan, seconds)}", f"bold {colour}")
        else:
            colour = self.app.theme_variables["error"]
            text.append(f"✗ {T('Not finished: mend what is named below; r goes on from there.')}",
                        f"bold {colour}")  # fmt: skip
        for host, path in undoing.left_as_it_is(left):
            text.append(f"\n! {host}: {T('left as it is')}: {harmless(path)}")
        for note in undoing.notes(plan):
            text.append(f"\n  {harmless(str(note))}")
        self._ended = text
        self._settle()
        self._go_to_failure()

    def _not_done(self, error: CatherdError) -> None:
        self._settle()
        self.app.tell(error)

    def _hear(self, event: Event) -> None:
        match event:
            case events.StepStarted(step, host):
                self._states[host, step] = "running"
            case events.StepDone(step, host, outcome, _, error):
                self._states[host, step] = "undone" if outcome == "undone" else "failed"
                if error is not None:
                    self._errors[host, step] = error
            case _:
                return
        self._draw_states()
        self._draw_about()
        if self._errors:
            self._go_to_failure()

    def _begin(self) -> None:
        self._busy = True
        self.refresh_bindings()

    def _settle(self) -> None:
        self._busy = False
        if self.is_mounted:
            self._fill()
            self.refresh_bindings()

    # Drawing

    def _fill(self) -> None:
        plan, table = self._plan, self._table
        if plan is None:
            return
        here = table.cursor_row
        self._rows = rows_of(plan)
        table.clear(columns=True)
        hosts = max((len(row.host) for row in self._rows), default=4)
        width = self.app.size.width
        rest = (width if width < WIDE else round(width * 0.6)) - 15 - hosts - 6 - 4
        for label, width in ((T("state"), 15), (T("host"), max(4, hosts)), (T("what"), rest)):
            table.add_column(str(label), width=width)
        for row in self._rows:
            table.add_row(*self._cells(row))
        table.move_cursor(row=here)
        self._put_amount(self._ended or self._amount(plan))
        self._draw_about()

    def _put_amount(self, text: Styled) -> None:
        self.query_one("#amount", Static).update(text)

    def _amount(self, plan: RollbackPlan) -> Styled:
        text = Styled()
        text.append(str(self._what), "bold")
        if not plan.hosts:
            return text.append(f"\n✓ {T('There is nothing to take back.')}")
        text.append(f"\n{undoing.amount(plan)}")
        for warning in undoing.leaning(plan):
            text.append(f"\n! {warning}", self.app.theme_variables["warning"])
        open_ones = sum(row.decidable for row in self._rows)
        if open_ones:
            told = T("{count} of them somebody has changed since: o overwrites, k keeps.",
                     count=open_ones)  # fmt: skip
            text.append(f"\n! {told}", self.app.theme_variables["warning"])
        return text

    def _cells(self, row: Row) -> tuple[Styled, Styled, Styled]:
        return self._state(row), Styled(row.host), self._summary(row)

    def _state(self, row: Row) -> Styled:
        variables, reversal = self.app.theme_variables, row.reversal
        if row.restart is not None:
            return Styled(f"↻ {T('restart')}")
        if reversal is not None:
            if reversal.conflict is not None:
                words = T("kept") if reversal.kept else T("overwritten")
                return Styled(f"! {words}", variables["warning"])
            return Styled("" if reversal.operations else f"– {T('nothing')}")
        assert row.step is not None
        state = self._states.get((row.host, row.step.record.step), "todo")
        return Styled(f"{GLYPHS[state]} {WORDS[state]}", variables.get(COLOURS.get(state, ""), ""))

    def _summary(self, row: Row, indent: str = "  ") -> Styled:
        text = Styled(no_wrap=True, overflow="ellipsis")
        if row.restart is not None:
            return text.append(harmless(str(row.restart.summary)))
        if row.reversal is not None:
            return text.append(f"{indent}{harmless(str(row.reversal.summary))}")
        assert row.step is not None
        record = row.step.record
        text.append(harmless(str(title_of(record.step))), "bold")
        return text.append(f"  {when(record.began)}")

    def _draw_states(self) -> None:
        for number, row in enumerate(self._rows):
            if row.reversal is None and row.step is not None:
                self._table.update_cell_at((number, 0), self._state(row))  # type: ignore[arg-type]

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """More about another line."""
        self._draw_about()
        self.query_one("#details", VerticalScroll).scroll_home(animate=False)
        self.refresh_bindings()

    def _draw_about(self) -> None:
        row = self._row
        self.query_one("#about", Static).update(self._about(row) if row else "")

    def _about(self, row: Row) -> Styled:
        variables, text = self.app.theme_variables, Styled()
        text.append(str(labelled(row.host, "")), "bold")
        text.append_text(self._summary(row, indent="")).append("\n")
        if row.step is not None:
            error = self._errors.get((row.host, row.step.record.step))
            if error is not None:
                text.append(f"{harmless(str(error))}\n", variables["error"])
        reversal = row.reversal
        if reversal is None:
            if row.step is not None:
                record = row.step.record
                by = T("by {operator}", operator=harmless(record.operator))
                text.append(listed([by, record.run]))
            return text
        if reversal.note:
            text.append(f"{harmless(str(reversal.note))}\n")
        if reversal.conflict is not None:
            text.append(f"! {harmless(str(reversal.conflict.what))}\n", variables["warning"])
            for path in reversal.conflict.changed:
                text.append(f"    {harmless(path)}\n")
            if reversal.conflict.lost:
                text.append(f"{T('It can only be kept: there is nothing to go back to.')}\n")
        append_diff(text, reversal.diff, variables)
        return text

    def _go_to_failure(self) -> None:
        for number, row in enumerate(self._rows):
            if row.step is not None and (row.host, row.step.record.step) in self._errors:
                self._table.move_cursor(row=number)
                return

    def action_other_pane(self) -> None:
        """From the list to the details, and back."""
        table, details = self._table, self.query_one("#details", VerticalScroll)
        (details if table.has_focus else table).focus()


def rows_of(plan: RollbackPlan) -> list[Row]:
    """The lines of a preview: each step with what is taken back, then the restarts."""
    rows: list[Row] = []
    for host, step in undoing.newest_first(plan):
        rows.append(Row(host.host, step))
        rows += [Row(host.host, step, reversal) for reversal in step.reversals]
    return rows + [Row(host.host, restart=each) for host in plan.hosts for each in host.restarts]
