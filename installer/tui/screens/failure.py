"""Failure: what failed, how it left the host, and what can be done now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text as Styled
from textual import on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from installer.frontend.board import Cell
from installer.tui.errors import in_words
from installer.tui.keys import key
from installer.tui.screens.base import CatherdScreen, scroll_by_half
from runbook.harmless import cut, harmless
from runbook.text import T, Text, labelled

if TYPE_CHECKING:
    from installer.tui.screens.runbook import RunbookScreen

LAST_LINES = 12
CHOICES: dict[str, Text] = {
    "retry": T("Retry: look at the hosts again, and run this step again"),
    "answers": T("Change answers"),
    "undo": T("Undo this step"),
    "undo_all": T("Undo everything"),
    "look": T("Look around in the runbook"),
    "leave": T("Leave, and continue later"),
}


class FailureScreen(CatherdScreen):
    """All steps that have failed, and one choice."""

    CSS_PATH = "failure.tcss"
    TITLE_TEXT = T("Failure")
    ABOUT = T(
        "What is named here was not done as it should be. Nothing is lost: what is done stays "
        "done, and the run goes on from here whenever you like, also from another machine."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        key("r", "choose('retry')", T("Retry"), more=T("Run what has failed again")),
        key("b", "choose('undo')", T("Undo"), more=T("Take the failed step back")),
        key("j", "scroll_text(1)", T("Scroll down"), more=T("Scroll the text down"), shown=False),
        key("k", "scroll_text(-1)", T("Scroll up"), more=T("Scroll the text up"), shown=False),
    ]

    def __init__(self, runbook: RunbookScreen) -> None:
        super().__init__()
        self._runbook = runbook

    @property
    def failed(self) -> list[Cell]:
        """What has failed, in the runbook's order."""
        board = self._runbook.board
        return [cell for cell in board.cells.values() if cell.state == "failed"]

    def body(self) -> Iterable[Widget]:
        """What happened, then the choices."""
        with VerticalScroll(id="what"):
            yield Static(self._told(), id="told")
        yield Static(str(T("What now?")), id="what-now")
        yield OptionList(
            *(Option(str(words), id=id) for id, words in CHOICES.items()), id="choices"
        )

    def on_mount(self) -> None:
        """Arrow keys choose; what else fails meanwhile is added."""
        self.query_one(OptionList).focus()
        self.set_interval(0.5, lambda: self.query_one("#told", Static).update(self._told()))

    def _told(self) -> Styled:
        text = Styled()
        for cell in self.failed:
            text.append(f"✗ {cell.step.title}  ", "bold red").append(f"{cell.host}\n", "bold cyan")
            if cell.error is not None:
                text.append_text(in_words(cell.error)).append("\n")
            text.append(f"\n{T('How it left the host')}\n", "bold")
            text.append_text(left(cell))
            if lines := cell.output.last(LAST_LINES):
                text.append(f"\n{T('The last lines')}\n", "bold")
                text.append("".join(f"  {cut(line, 200)}\n" for line in lines), "dim")
            text.append("\n")
        if not self.failed:
            text.append(str(T("Nothing is failed any more.")), "green")
        text.rstrip()
        return text

    def action_scroll_text(self, direction: int) -> None:
        """Scroll what happened by half of what one sees."""
        scroll_by_half(self.query_one("#what"), direction)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.action_choose(event.option_id or "look")

    def action_choose(self, choice: str) -> None:
        """Do what was chosen."""
        runbook, steps = self._runbook, list(dict.fromkeys(c.step.id for c in self.failed))
        self.app.pop_screen()
        match choice:
            case "retry":
                runbook.approve(steps)
            case "undo":
                runbook.undo(steps)
            case "undo_all":
                runbook.undo(None)
            case "answers":
                runbook.leave_for("answers")
            case "leave":
                self.app.action_leave()
            case _:
                if steps:
                    runbook.steps.choose(steps[0])


def left(cell: Cell) -> Styled:
    """Which changes of a step are made, which one was under way, which were not begun."""
    text = Styled()
    changes = cell.plan.changes
    for number, change in enumerate(changes, 1):
        if number <= len(cell.made):
            mark, style, word = "✓", "green", T("done")
        elif number == cell.change[0]:
            mark, style, word = "✗", "red", T("under way when it failed; the next run looks")
        else:
            mark, style, word = "○", "dim", T("not begun")
        text.append(f"  {mark} {labelled(harmless(str(change.summary)), '')}")
        text.append(f"{word}\n", style)
    if not changes:
        text.append(f"  {T('It has changed nothing.')}\n")
    return text
