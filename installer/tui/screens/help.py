"""Help: what a screen is for, and all keys that it takes now."""

from __future__ import annotations

from typing import ClassVar

from rich.table import Table
from rich.text import Text as Styled
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from installer.tui.keys import key
from installer.tui.screens.base import CatherdScreen
from runbook.text import T


class HelpScreen(ModalScreen[None]):
    """A box over the screen it explains."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape,question_mark,q,enter", "app.pop_screen", T("Close")),
    ]

    def __init__(self, about: CatherdScreen) -> None:
        super().__init__()
        self._about = about

    def compose(self) -> ComposeResult:
        """A paragraph, and the table of keys."""
        with VerticalScroll(classes="box wide"):
            yield Static(Styled(str(self._about.TITLE_TEXT), "bold"))
            yield Static(Styled(str(self._about.ABOUT)), id="about")
            yield Static(self._keys(), id="keys")
            moving = T(
                "Arrow keys, Page Up and Down, Home and End move; Tab goes to the next part."
            )
            yield Static(Styled(str(moving), "dim"), id="moving")
            yield Static(Styled(str(T("Esc closes this help.")), "dim"))

    def on_mount(self) -> None:
        """Keys scroll the text."""
        self.query_one(VerticalScroll).focus()

    def _keys(self) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
        table.add_column(no_wrap=True, style="bold")
        table.add_column(ratio=1)
        said: dict[str, list[str]] = {}
        for name, active in self._about.active_bindings.items():
            text = active.tooltip or active.binding.description
            if text and active.binding.id:  # the widgets' own keys are those for moving
                shown = self.app.get_key_display(active.binding.with_key(name, None))
                said.setdefault(text, []).append(shown)
        for text, keys in said.items():
            table.add_row(Styled(" ".join(keys)), Styled(text))
        return table
