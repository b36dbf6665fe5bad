"""A question as a field: its label, what is answered, help, and what is wrong with the answer."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rich.text import Text as Styled
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from installer.tui.keys import key
from installer.tui.widgets.picker import YES_OR_NO, Picker
from runbook.fields.wrong import Wrong
from runbook.harmless import harmless
from runbook.questions import Given, Question
from runbook.text import T, Text

ON = T("To the next field; from the last one, the next page")


class Line(Input):
    """A line of text; Enter goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [key("enter", "submit", T("On"), more=ON)]


class Field(Vertical):
    """Shows a question and holds what is answered to it."""

    @dataclass
    class Changed(Message):
        """Something was typed or chosen."""

        field: Field

    def __init__(self, question: Question, base: Path) -> None:
        """``base``: the directory that relative paths start from."""
        super().__init__()
        self.question, self._base = question, base
        self._suggested = _default(question)
        self.control = _control(question, base)

    def compose(self) -> ComposeResult:
        """Label, answer, help, fault."""
        yield Static(_plain(self.question.label), classes="label", markup=False)
        yield self.control
        yield Static(_plain(self.question.help), classes="help", markup=False)
        yield Static("", classes="note", markup=False)
        yield Static("", classes="wrong")

    def on_mount(self) -> None:
        """Nothing is wrong yet."""
        self.show_wrong(None)
        self.note("")
        self.query_one(".help").display = bool(self.question.help)

    @property
    def value(self) -> Given:
        """What is answered."""
        if isinstance(self.control, Input):
            return self.control.value
        if self.question.kind == "confirm":
            return self.control.value == "yes"
        return self.control.value

    @property
    def edited(self) -> bool:
        """Whether it is something else than what was suggested."""
        return self.value != self._suggested

    def ask(self, question: Question) -> None:
        """The same question with other words or another suggestion."""
        untouched = not self.edited
        self.question = question
        self.query_one(".label", Static).update(_plain(question.label))
        self.query_one(".help", Static).update(_plain(question.help))
        if untouched:
            self._suggested = _default(question)
            self.put(self._suggested)

    def put(self, given: Given) -> None:
        """Answer it, as somebody would who types."""
        if isinstance(given, bool):
            given = "yes" if given else "no"
        self.control.value = given

    def note(self, text: str) -> None:
        """Beneath the help: what is known besides."""
        place = self.query_one(".note", Static)
        place.update(text)
        place.display = bool(text)

    def show_wrong(self, wrong: Wrong | None) -> None:
        """Beneath the answer: what is wrong with it, and what would be right."""
        place = self.query_one(".wrong", Static)
        place.display = wrong is not None
        self.set_class(wrong is not None, "-wrong")
        if wrong is not None:
            text = Styled(f"✗ {_plain(wrong.what)}", "bold")
            if wrong.remedy and _plain(wrong.remedy) != _plain(self.question.help):
                text.append(f"\n  {_plain(wrong.remedy)}", "not bold")
            place.update(text)

    def take_focus(self) -> None:
        """Put the cursor here."""
        self.control.focus()

    @on(Input.Changed)
    @on(Picker.Changed)
    def _told(self, event: Message) -> None:
        event.stop()
        self.post_message(self.Changed(self))


def _control(question: Question, base: Path) -> Input | Picker:
    if question.kind == "confirm":
        return Picker(YES_OR_NO, "yes" if question.default is True else "no", beside=True)
    if question.kind == "choice":
        return Picker(question.choices, str(question.default))
    suggester = Paths(base) if question.kind == "path" else None
    return Line(str(question.default), compact=True, suggester=suggester, select_on_focus=False)


def _default(question: Question) -> Given:
    """The default as a control holds it: of a choice, the first one where there is none."""
    if question.kind == "confirm":
        return question.default is True
    if question.kind == "choice" and question.default not in question.choices:
        return next(iter(question.choices))
    return question.default


def _plain(text: Text) -> str:
    return harmless(str(text))


class Paths(Suggester):
    """Completes names of files; the right arrow takes what is shown."""

    def __init__(self, base: Path) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._base = base

    async def get_suggestion(self, value: str) -> str | None:
        """The first file that begins like this."""
        if not value or "://" in value:
            return None
        folder, _, begun = value.rpartition("/")
        place = self._base / Path(f"{folder}/" if folder or "/" in value else ".").expanduser()
        try:
            with os.scandir(place) as entries:
                found = sorted(each.name for each in entries if each.name.startswith(begun))
            name = next((each for each in found if begun or not each.startswith(".")), None)
        except (OSError, RuntimeError):
            return None
        if name is None or harmless(name) != name:
            return None
        end = "/" if (place / name).is_dir() else ""
        return f"{value[: len(value) - len(begun)]}{name}{end}"
