"""One of several, each on a line or side by side; what is chosen carries a mark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text as Styled
from textual.binding import BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from installer.tui.keys import key
from runbook.harmless import harmless
from runbook.text import T, Text

YES_OR_NO: dict[str, Text] = {"yes": T("Yes"), "no": T("No")}


class Picker(Widget, can_focus=True):
    """Arrow keys move the mark; past the first and the last, on to the next field."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("space,right", "move(1)", T("Next choice"), more=T("Choose the next"), shown=False),
        key("left", "move(-1)", T("Previous choice"), more=T("Choose the one before"),
            shown=False),
    ]  # fmt: skip

    value: reactive[str] = reactive("", layout=False)

    @dataclass
    class Changed(Message):
        """Another one is chosen."""

        picker: Picker

    def __init__(self, choices: Mapping[str, Text], value: str, *, beside: bool = False) -> None:
        """``beside``: side by side, as yes and no."""
        super().__init__()
        self._choices, self._beside = choices, beside
        self.set_reactive(Picker.value, value if value in choices else next(iter(choices)))

    def render(self) -> Styled:
        """All choices, the chosen one marked."""
        lines = [
            Styled(f"{'●' if each == self.value else '○'} {harmless(str(words))}",
                   "bold" if each == self.value else "")
            for each, words in self._choices.items()
        ]  # fmt: skip
        return Styled("   " if self._beside else "\n").join(lines)

    def watch_value(self) -> None:
        """Tell of it."""
        self.post_message(self.Changed(self))

    def action_move(self, by: int) -> None:
        """Choose the next one, round and round."""
        names = list(self._choices)
        self.value = names[(names.index(self.value) + by) % len(names)]

    def moved(self, by: int) -> bool:
        """Choose the next one where there is one in that direction."""
        names = list(self._choices)
        at = names.index(self.value) + by
        if self._beside or not 0 <= at < len(names):
            return False
        self.value = names[at]
        return True
