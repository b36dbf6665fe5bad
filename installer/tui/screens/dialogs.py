"""Small questions over a screen; each is answered with a key or a line of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.text import Text as Styled
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from installer.tui.errors import in_words
from installer.tui.keys import key
from runbook.errors import CatherdError
from runbook.harmless import harmless
from runbook.text import T, Text


class Choose(ModalScreen[str | None]):
    """One of several; Esc chooses none of them."""

    BINDINGS: ClassVar[list[BindingType]] = [key("escape", "dismiss(None)", T("Close"))]

    def __init__(self, title: Text, choices: Mapping[str, Text], body: Text | Styled = "") -> None:
        super().__init__()
        self._title, self._choices, self._body = title, choices, body

    def compose(self) -> ComposeResult:
        """Title, what it is about, the choices."""
        with Vertical(classes="box"):
            yield Static(Styled(harmless(str(self._title)), "bold"), classes="title")
            if self._body:
                body = self._body
                with VerticalScroll(classes="about"):
                    yield Static(body if isinstance(body, Styled) else Styled(harmless(str(body))))
            yield OptionList(
                *(Option(Styled(str(words)), id=id) for id, words in self._choices.items())
            )

    def on_mount(self) -> None:
        """Arrow keys choose."""
        self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)


class Confirm(Choose):
    """Yes or no; no is where the cursor stands."""

    def __init__(
        self, title: Text, body: Text | Styled = "", yes: Text = "", no: Text = ""
    ) -> None:
        choices = {"no": no or T("No"), "yes": yes or T("Yes")}
        super().__init__(title, choices, body)


class Ask(ModalScreen[str | None]):
    """A line of text; with ``hidden``, nothing that is typed is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [key("escape", "dismiss(None)", T("Close"))]

    def __init__(
        self,
        title: Text,
        body: Text = "",
        *,
        hidden: bool = False,
        value: str = "",
        must_be: str | None = None,
    ) -> None:
        """``must_be``: only this text is taken, as for a confirmation by name."""
        super().__init__()
        self._title, self._body, self._hidden, self._value = title, body, hidden, value
        self._must_be = must_be

    def compose(self) -> ComposeResult:
        """Title, what it is about, the line."""
        with Vertical(classes="box"):
            yield Static(Styled(harmless(str(self._title)), "bold"), classes="title")
            if self._body:
                yield Static(Styled(harmless(str(self._body))))
            yield Input(self._value, password=self._hidden)
            yield Static("", id="wrong", markup=False)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        if self._must_be is not None and event.value.strip() != self._must_be:
            text = T("That is not “{name}”.", name=self._must_be)
            self.query_one("#wrong", Static).update(str(text))
            return
        self.dismiss(event.value)


class Told(Choose):
    """An error as people can use it, and what can be done from here."""

    def __init__(self, error: CatherdError, choices: Mapping[str, Text] | None = None) -> None:
        super().__init__(T("This did not work"), choices or {"close": T("Close")}, in_words(error))
