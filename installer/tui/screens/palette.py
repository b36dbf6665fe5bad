"""The palette: type a few letters of what you want, and it is done."""

from __future__ import annotations

import inspect
from typing import ClassVar

from rich.text import Text as Styled
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from installer.tui.commands import Command
from installer.tui.keys import key
from runbook.harmless import harmless
from runbook.text import T


class Palette(ModalScreen[Command | None]):
    """A line to type in, and the commands that have these letters."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape", "dismiss(None)", T("Close")),
        key("up", "move(-1)", T("Up"), shown=False),
        key("down", "move(1)", T("Down"), shown=False),
    ]

    def __init__(self, commands: tuple[Command, ...]) -> None:
        super().__init__()
        self._commands = commands

    def compose(self) -> ComposeResult:
        """The line, the list."""
        with Vertical(classes="box", id="palette"):
            yield Input(placeholder=str(T("Type what you are looking for")), compact=True)
            yield OptionList()
            yield Static(str(T("Nothing is called so.")), id="nothing", markup=False)

    def on_mount(self) -> None:
        """The keyboard types; arrows move in the list."""
        self.query_one(OptionList).can_focus = False
        self.query_one(Input).focus()
        self._find("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._find(event.value)

    def _find(self, typed: str) -> None:
        words = typed.casefold().split()
        listed = self.query_one(OptionList)
        listed.clear_options()
        for number, command in enumerate(self._commands):
            title, more = harmless(str(command.title)), harmless(str(command.more))
            if all(word in f"{title} {more}".casefold() for word in words):
                text = Styled(title, "bold")
                if more:
                    text.append(f"\n{more}", "not bold dim")
                listed.add_option(Option(text, id=str(number)))
        listed.highlighted = 0 if listed.option_count else None
        self.query_one("#nothing").display = not listed.option_count

    def action_move(self, by: int) -> None:
        """Move the cursor in the list."""
        listed = self.query_one(OptionList)
        if by > 0:
            listed.action_cursor_down()
        else:
            listed.action_cursor_up()

    @on(Input.Submitted)
    def _entered(self) -> None:
        option = self.query_one(OptionList).highlighted_option
        if option is not None and option.id is not None:
            self.dismiss(self._commands[int(option.id)])

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._commands[int(event.option_id or 0)])


async def carry_out(command: Command) -> None:
    """Do what was chosen."""
    outcome = command.do()
    if inspect.isawaitable(outcome):
        await outcome
