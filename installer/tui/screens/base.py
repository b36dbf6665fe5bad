"""What all screens share: a heading, the keys that apply now, and help about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Horizontal
from textual.events import Resize
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer, Label

from installer.tui.keys import key, translated
from runbook.text import T, Text

if TYPE_CHECKING:
    from installer.tui.app import CatherdApp


ROOMY = 100
"""Columns from which on there is room between the keys."""


class CatherdScreen(Screen[None]):
    """A screen with a heading and a footer; subclasses give ``body`` and their keys."""

    app: CatherdApp
    TITLE_TEXT: ClassVar[Text] = ""
    ABOUT: ClassVar[Text] = ""
    """A paragraph about the screen, for the help."""
    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape", "back", T("Back"), more=T("Go back to the screen before")),
        key("question_mark,f1", "help", T("Help"), more=T("Show all keys of this screen")),
    ]

    def compose(self) -> ComposeResult:
        """Heading, body, keys."""
        with Horizontal(id="heading"):
            yield Label(f"catherd  {self.TITLE_TEXT}", id="title", markup=False)
            yield Label("", id="subtitle", markup=False)
        yield from self.body()
        yield Footer(show_command_palette=False, compact=self.app.size.width < ROOMY)

    @on(Resize)
    def _make_room_for_keys(self, event: Resize) -> None:
        """A terminal that was made smaller has less room for the keys."""
        for footer in self.query(Footer):
            footer.compact = event.size.width < ROOMY

    def body(self) -> Iterable[Widget]:
        """What the screen shows between heading and footer."""
        return ()

    def say(self, text: Text) -> None:
        """Put a short remark at the right end of the heading."""
        self.query_one("#subtitle", Label).update(str(text), layout=False)

    def action_back(self) -> None:
        """To the screen before; from the first one, out."""
        if len(self.app.screen_stack) > 2:
            self.app.pop_screen()
        else:
            self.app.action_leave()

    def action_help(self) -> None:
        """All keys of this screen."""
        from installer.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self))

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The keys that apply now, in the language of the operator."""
        return {
            name: active._replace(
                binding=_in_words(active.binding), tooltip=translated(active.tooltip)
            )
            for name, active in super().active_bindings.items()
        }


def scroll_by_half(pane: Widget, direction: int) -> None:
    """Scroll a pane down (1) or up (-1) by half of what one sees of it."""
    pane.scroll_relative(y=direction * max(1, pane.size.height // 2), animate=False)


def _in_words(binding: Binding) -> Binding:
    return replace(binding, description=translated(binding.description))
