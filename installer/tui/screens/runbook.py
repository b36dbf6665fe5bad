"""The runbook: all steps with their state on each host; the chosen one from five sides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import OptionList, Static, TabbedContent, TabPane

from installer.engine import events
from installer.engine.events import Event
from installer.frontend import recall
from installer.frontend.board import OPEN, Board, Cell, State
from installer.frontend.conductor import Conductor
from installer.frontend.undoing import Scope
from installer.tui import describe
from installer.tui.keys import key
from installer.tui.screens.base import CatherdScreen, scroll_by_half
from installer.tui.sides import SIDES, TABS, doing
from installer.tui.widgets.output_pane import OutputPane
from installer.tui.widgets.step_list import StepList
from runbook.errors import CatherdError
from runbook.harmless import harmless
from runbook.text import T, Text, labelled, listed

REFRESH = 0.25
"""Seconds between two looks at what has changed."""


class RunbookScreen(CatherdScreen):
    """Approve, watch, verify, take back; while Apache compiles, the next steps go on."""

    CSS_PATH = "runbook.tcss"
    TITLE_TEXT = T("Runbook")
    ABOUT = T(
        "Each step is shown before it runs. Approve it and it runs as soon as what it needs is "
        "done; you can look at the next ones meanwhile. Nothing is changed before you approve it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        key("a", "approve", T("Approve"), more=T("Run this step as soon as it can")),
        key("A", "approve_up_to", T("Up to here"), more=T("Approve all steps up to this one")),
        key("u", "unattended", T("From here"),
            more=T("Run this step and all that follow, unattended")),
        key("s", "skip", T("Skip"), more=T("Pass over this step; what needs it may still run")),
        key("r", "retry", T("Retry"), more=T("Look at the hosts again, and run this step again")),
        key("v", "verify", T("Verify"), more=T("Make the checks of this step again")),
        key("b", "undo", T("Undo"), more=T("Take this step back, after a preview")),
        key("f", "failure", T("Failure"), more=T("What failed, and what can be done about it")),
        key("left", "turn(-1)", T("Tab to the left"), shown=False),
        key("right", "turn(1)", T("Tab to the right"), shown=False),
        key("j", "scroll_text(1)", T("Scroll down"), more=T("Scroll the text at the right down"),
            shown=False),
        key("k", "scroll_text(-1)", T("Scroll up"), more=T("Scroll the text at the right up"),
            shown=False),
        *(key(str(number), f"tab('{id}')", title, more=SIDES[id], shown=False)
          for number, (id, title) in enumerate(TABS.items(), 1)),
        key("z", "zoom", T("Zoom"), more=T("Hide or show the list of steps"), shown=False),
        key("h", "other_host", T("Host"), more=T("The output of the next host"), shown=False),
        key("space", "follow", T("Follow"), more=T("Follow the output, or pause"), shown=False),
        key("slash", "search", T("Search"), more=T("Search in the output"), shown=False),
        key("n", "next_hit", T("Next hit"), more=T("The next line that was looked for"),
            shown=False),
        key("w", "save", T("Save"), more=T("Save the output to a file"), shown=False),
        key("c", "go('cluster')", T("Cluster"), more=T("Watch the cluster live"), shown=False),
        key("e", "go('report')", T("Report"), more=T("What was done so far"), shown=False),
    ]  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        assert self.app.board is not None
        assert self.app.conductor is not None
        self.board: Board = self.app.board
        self.conductor: Conductor = self.app.conductor
        self._again = recall.texts(self.conductor.reasons)
        self._titles: dict[str, Text] = {step.id: step.title for step in self.board.steps}
        self._drawn: dict[str, object] = {}
        self._applies: object = None

    def body(self) -> Iterable[Widget]:
        """The list of steps, and the tabs."""
        with Horizontal():
            with Vertical(id="left"):
                yield StepList(self.board, id="steps")
                yield Static("", id="now")
            with Vertical(id="right"):
                yield from self._tabs()

    def _tabs(self) -> ComposeResult:
        with TabbedContent(initial="preview", id="tabs"):
            for id, title in TABS.items():
                with TabPane(str(title), id=id):
                    if id == "output":
                        yield OutputPane()
                    else:
                        with VerticalScroll():
                            yield Static(id=f"{id}-text")

    def on_mount(self) -> None:
        """Choose the first step that is to be done, and keep looking."""
        due = (step.id for step in self.board.steps if self.board.state_of(step.id) != "done")
        self.steps.focus()
        self.steps.choose(next(due, self.board.steps[0].id))
        self.set_interval(REFRESH, self.renew)
        self.app.listen(self._told)
        self.app.theme_changed_signal.subscribe(self, lambda theme: self._drawn.clear())
        self.call_after_refresh(self.renew)

    def on_unmount(self) -> None:
        """Listen no more."""
        self.app.unlisten(self._told)

    def on_resize(self) -> None:
        """More room for the list where there is some."""
        self.set_class(110 <= self.size.width < 160, "-wide")
        self.set_class(self.size.width >= 160, "-widest")

    @property
    def steps(self) -> StepList:
        """The list at the left."""
        return self.query_one(StepList)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The chosen step on its hosts."""
        return self.board.of(self.steps.chosen)

    @property
    def tab(self) -> str:
        """The side from which the step is shown."""
        return self.query_one(TabbedContent).active

    # Drawing

    def renew(self) -> None:
        """Draw again what has changed."""
        self.steps.renew()
        self._now()
        self._pane()
        states = tuple(cell.state for cell in self.board.cells.values())
        applies = (self.tab, states, self.steps.chosen)
        if applies != self._applies:  # the footer is made anew each time
            self._applies = applies
            self.refresh_bindings()

    def _now(self) -> None:
        running = [cell for cell in self.board.cells.values() if cell.state == "running"]
        lines = [str(labelled(cell.host, doing(cell))) for cell in running]
        done = sum(self.board.state_of(step.id) == "done" for step in self.board.steps)
        lines.append(str(T("{done} of {all} steps done", done=done, all=len(self.board.steps))))
        text = "\n".join(harmless(line) for line in lines)
        if self._drawn.get("now") != text:  # an update lays the whole screen out
            self._drawn["now"] = text
            self.query_one("#now", Static).update(text)

    def _pane(self) -> None:
        cells, tab = self.cells, self.tab
        if tab == "output":
            self.query_one(OutputPane).show(cells)
            return
        awaited = self.board.awaited(cells[0].step.id)
        plans = tuple((id(cell.plan), cell.state == "done") for cell in cells)
        state: object = (cells[0].step.id, self.app.theme, plans, awaited)
        if tab == "checks":
            state = (state, self.board.version)
        if self._drawn.get(tab) == state:
            return
        step, colours = cells[0].step, self.app.theme_variables
        drawn = {
            "why": lambda: describe.why(step, self._titles),
            "preview": lambda: describe.preview(cells, self._again, awaited, colours),
            "checks": lambda: describe.checks(cells),
            "document": lambda: describe.document(step),
        }[tab]()
        self._drawn[tab] = state
        self.query_one(f"#{tab}-text", Static).update(drawn)

    @on(OptionList.OptionHighlighted, "#steps")
    def _chose(self) -> None:
        for pane in self.query(VerticalScroll):
            pane.scroll_home(animate=False)
        self.renew()

    @on(OptionList.OptionSelected, "#steps")
    def _entered(self) -> None:
        self.action_approve()

    @on(TabbedContent.TabActivated)
    def _turned(self) -> None:
        self.renew()

    def _told(self, event: Event) -> None:
        if isinstance(event, events.StepDone) and event.outcome == "failed":
            self.call_later(self._show_failure)
        if isinstance(event, events.RunDone) and self.board.finished:
            self.action_go("report")

    # What the operator can do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What does not apply is grey."""
        if not self.is_mounted:
            return True
        states = {cell.state for cell in self.cells}
        match action:
            case "approve":
                return bool(states & OPEN) or None
            case "skip":
                return ("todo" in states) or None
            case "retry":
                return bool(states & {"failed", "cancelled", "blocked"})
            case "verify" | "undo":
                return None if "running" in states else True
            case "failure":
                return any(c.state == "failed" for c in self.board.cells.values())
            case "follow" | "search" | "next_hit" | "save" | "other_host":
                return self.tab == "output"
            case _:
                return True

    def action_approve(self) -> None:
        """Run this step as soon as it can, and go to the next one."""
        here = self.steps.chosen
        self.approve([here])
        later = self._ids()[self._ids().index(here) + 1 :]
        after = next((id for id in later if self.board.state_of(id) in OPEN), None)
        if after is not None:
            self.steps.choose(after)

    def action_approve_up_to(self) -> None:
        """Run all steps up to this one."""
        self.approve(self._ids()[: self._ids().index(self.steps.chosen) + 1])

    def action_unattended(self) -> None:
        """Run this step and all that follow."""
        self.approve(self._ids()[self._ids().index(self.steps.chosen) :])

    def approve(self, steps: list[str]) -> None:
        """Let these steps run; what has failed is looked at again before."""
        again = [
            id for id in steps if self.board.state_of(id) in ("failed", "blocked", "cancelled")
        ]
        fresh = [id for id in steps if id not in again]
        cells = [cell for id in steps for cell in self.board.of(id) if cell.state in OPEN]
        self._change(cells, "approved", lambda: self._release(fresh, again))

    def _release(self, fresh: list[str], again: list[str]) -> None:
        if again:
            self.conductor.retry(again)
        if fresh:
            self.conductor.approve(fresh)

    def action_retry(self) -> None:
        """Look at the hosts again, and run this step again."""
        self.approve([self.steps.chosen])

    def action_skip(self) -> None:
        """Pass over this step, and go to the next one."""
        here = self.steps.chosen
        cells = [cell for cell in self.cells if cell.state == "todo"]
        self._change(cells, "skipped", lambda: self.conductor.skip(here))
        self.steps.action_cursor_down()

    def _change(self, cells: list[Cell], state: State, work: Callable[[], None]) -> None:
        """Show the new state at once; where it cannot be had, the old one again, and why."""
        before = [(cell, cell.state) for cell in cells]
        self.board.mark(cells, state)

        def failed(error: CatherdError) -> None:
            for cell, old in before:
                if cell.state == state:
                    cell.state = old
            self.app.tell(error)
            self.renew()

        self.app.background(work, failed=failed)
        self.renew()

    def action_verify(self) -> None:
        """Make the checks of this step again."""
        step = self.steps.chosen
        self.action_tab("checks")
        self.app.background(
            lambda: self.conductor.look_again([step]), doing=T("Looking at the hosts …")
        )

    def action_undo(self) -> None:
        """Take this step back, after a preview."""
        self.undo([self.steps.chosen])

    def undo(self, steps: list[str] | None) -> None:
        """Take these steps (all: None) back, after a preview."""
        if steps is None:
            what: Text = T("Everything")
        else:
            what = listed(self._titles[id] for id in steps)
        self.app.show("rollback", what, Scope(frozenset(steps) if steps else None))

    def action_failure(self) -> None:
        """What failed, and what can be done about it."""
        self._show_failure()

    def _show_failure(self) -> None:
        if self.app.screen is self:
            self.app.show("failure", self)

    def action_go(self, name: str) -> None:
        """Open another screen."""
        if self.app.screen is self:
            self.app.show(name)

    def action_tab(self, name: str) -> None:
        """Show the step from this side."""
        self.query_one(TabbedContent).active = name

    def action_turn(self, step: int) -> None:
        """The tab beside this one."""
        names = list(TABS)
        self.action_tab(names[(names.index(self.tab) + step) % len(names)])

    def action_scroll_text(self, direction: int) -> None:
        """Scroll the side that is shown by half of what one sees."""
        if self.tab == "output":
            shown: Widget = self.query_one(OutputPane).log_view
        else:
            shown = self.query_one(f"#{self.tab} VerticalScroll")
        scroll_by_half(shown, direction)

    def action_zoom(self) -> None:
        """Hide or show the list of steps."""
        self.toggle_class("-zoomed")

    def action_other_host(self) -> None:
        """The output of the next host."""
        self.query_one(OutputPane).other_host(1)

    def action_follow(self) -> None:
        """Follow the output, or pause."""
        self.query_one(OutputPane).follow()

    def action_search(self) -> None:
        """Search in the output."""
        self.query_one(OutputPane).search()

    def action_next_hit(self) -> None:
        """The next line that was looked for."""
        self.query_one(OutputPane).next_hit()

    def action_save(self) -> None:
        """Save the output to a file."""
        place = self.conductor.session.journal.path.parent / "output"
        file = self.query_one(OutputPane).save(place)
        if file is not None:
            self.notify(str(T("Saved as {path}", path=file)), markup=False)

    def action_back(self) -> None:
        """Home; while something runs, ask what becomes of it."""
        self._once_free(super().action_back)

    def leave_for(self, name: str) -> None:
        """Another screen in place of this one."""
        self._once_free(lambda: self.app.show_instead(name))

    def _once_free(self, then: Callable[[], object]) -> None:
        if not self.conductor.at_work:
            then()
            return
        from installer.tui.screens.leaving import ask_about_leaving

        ask_about_leaving(self.app, then)

    def _ids(self) -> list[str]:
        return [step.id for step in self.board.steps]
