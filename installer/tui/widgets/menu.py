"""A list to choose from, whose keys are told in the operator's language."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.widgets import OptionList

from installer.tui.keys import key
from runbook.text import T


class Menu(OptionList):
    """Arrow keys move, Enter chooses."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "select", T("Choose"), more=T("Do what the cursor is on")),
        key("up", "cursor_up", T("Up"), more=T("Move the cursor"), shown=False),
        key("down", "cursor_down", T("Down"), more=T("Move the cursor"), shown=False),
    ]
