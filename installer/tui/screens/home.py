"""Home: what can be done now, the likely thing first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text as Styled
from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static
from textual.widgets.option_list import Option

from installer.tui.errors import in_words
from installer.tui.keys import key
from installer.tui.screens.base import CatherdScreen
from installer.tui.widgets.menu import Menu
from runbook.errors import Faults
from runbook.harmless import harmless
from runbook.text import T

if TYPE_CHECKING:
    from installer.frontend.situation import Choice, Situation

ROOMY = 36
"""Lines of a screen from which on there are lines between the choices."""


class HomeScreen(CatherdScreen):
    """Recognises the state it is in, each time that one comes to it."""

    CSS_PATH = "home.tcss"
    TITLE_TEXT = T("Home")
    ABOUT = T(
        "What can be done now, the likely thing first; choose with the arrow keys and Enter. "
        "It is recognised from the files on this machine; hosts are not asked."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        key("c", "go('continue')", T("Continue"), more=T("Install, or go on where it stopped"),
            shown=False),
        key("d", "go('draft')", T("Draft"), more=T("Go on with the questions of the draft"),
            shown=False),
        key("n", "go('new')", T("New"), more=T("Answer the questions for a new installation"),
            shown=False),
        key("v", "go('verify')", T("Verify"), more=T("Make every check on every host"),
            shown=False),
        key("l", "go('cluster')", T("Cluster"), more=T("Watch the cluster live"), shown=False),
        key("b", "go('rollback')", T("Roll back"), more=T("Take steps back"), shown=False),
        key("h", "go('history')", T("History"), more=T("Look at past runs"), shown=False),
        key("a", "go('answers')", T("Answers"), more=T("Change the answers"), shown=False),
        key("p", "go('lab')", T("Practice"), more=T("Practise on a lab on this machine"),
            shown=False),
        key("t", "go('training')", T("Training"), more=T("Learn it by doing"), shown=False),
        key("f5", "look", T("Look again"), more=T("Recognise again what is here"), shown=False),
        key("escape", "back", T("Quit"), more=T("Leave Catherd"), shown=False),
        key("q", "go('quit')", T("Quit"), more=T("Leave Catherd")),
    ]  # fmt: skip

    situation: Situation | None = None
    offered: tuple[Choice, ...] = ()

    def body(self) -> Iterable[Widget]:
        """The state in a sentence, then the choices."""
        with Vertical(id="page"), Vertical(id="column"):
            yield Static(Styled(str(T("Looking at what is here …")), "dim"), id="state")
            yield Menu(id="choices")

    def on_mount(self) -> None:
        """Arrow keys choose."""
        self.query_one(Menu).focus()

    def on_screen_resume(self) -> None:
        """Recognise the state whenever one comes here; the first frame does not wait for it."""
        self.call_after_refresh(self.action_look)

    def action_look(self) -> None:
        """Recognise the state again."""
        self.app.background(self._recognise, self._show)

    def _recognise(self) -> tuple[Situation, tuple[Choice, ...]]:
        from installer.frontend.situation import recognise

        situation = recognise(self.app.where)
        return situation, situation.choices

    def _show(self, found: tuple[Situation, tuple[Choice, ...]]) -> None:
        if not self.query("#state"):
            return
        before = [each.id for each in self.offered]
        self.situation, self.offered = found[0], (*self._under_way(), *found[1])
        state = Styled(harmless(str(self.situation.sentence)), "bold")
        if (problem := self.situation.problem) is not None:
            faults = problem.faults if isinstance(problem, Faults) else (problem,)
            state = Styled("✗ ", "bold red").append(state).append("\n").append(in_words(faults[0]))
            if len(faults) > 1:
                state.append("\n" + str(T("and {number} more", number=len(faults) - 1)), "dim")
        self.query_one("#state", Static).update(state)
        choices = self.query_one(Menu)
        at = choices.highlighted
        choices.clear_options()
        for number, each in enumerate(self.offered):
            if number and self.size.height >= ROOMY:
                choices.add_option(None)
            choices.add_option(Option(_in_words(each), id=each.id))
        choices.highlighted = at if before == [each.id for each in self.offered] else 0
        self.refresh_bindings()

    def _under_way(self) -> tuple[Choice, ...]:
        from installer.frontend.situation import Choice

        conductor = self.app.conductor
        if conductor is None or not conductor.at_work:
            return ()
        why = T("Something is running on the hosts; the runbook shows it.")
        return (Choice("runbook", T("Back to the run"), why),)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of what is not offered now do nothing and are not shown."""
        if action == "go":
            return any(each.id == parameters[0] for each in self.offered)
        return super().check_action(action, parameters)

    @on(Menu.OptionSelected)
    def _chosen(self, event: Menu.OptionSelected) -> None:
        self.action_go(event.option_id or "")

    def action_go(self, choice: str) -> None:
        """Do one of the things that are offered."""
        from installer.tui.screens import going

        going.go(self.app, choice, self.situation)


def _in_words(choice: Choice) -> Styled:
    text = Styled(harmless(str(choice.title)), "bold")
    text.append("\n" + harmless(str(choice.why)), "not bold dim")
    return text
