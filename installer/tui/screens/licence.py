"""A licence, to be read over the page that asks whether it is accepted."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text as Styled
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from installer.tui.keys import key
from runbook.text import T, Text


class LicenceScreen(ModalScreen[None]):
    """The whole text; arrow keys and Page Down move it."""

    BINDINGS: ClassVar[list[BindingType]] = [key("escape,q,enter", "app.pop_screen", T("Close"))]

    def __init__(self, text: Text) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """The text, and how to leave it."""
        with VerticalScroll(classes="box wide"):
            yield Static(Styled(str(self._text)), id="licence")
            yield Static(Styled(str(T("Esc closes it; then say whether you accept.")), "dim"))

    def on_mount(self) -> None:
        """Keys scroll the text."""
        self.query_one(VerticalScroll).focus()
