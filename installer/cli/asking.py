"""Puts questions on a plain terminal; a wrong answer is explained and asked again."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping
from typing import Any

import click
import questionary
from prompt_toolkit.completion import PathCompleter
from questionary import Choice

from runbook.fields.wrong import Wrong
from runbook.harmless import harmless
from runbook.questions import Answered, Given, Question
from runbook.text import T, Text

WIDEST = 96


def title(text: Text) -> None:
    """Print the heading of a page."""
    click.secho(f"\n{harmless(str(text))}", bold=True)


def say(text: Text = "", indent: str = "") -> None:
    """Print a paragraph, folded between words to the width of the terminal."""
    lines = textwrap.wrap(
        harmless(str(text)),
        min(shutil.get_terminal_size().columns, WIDEST),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    click.echo("\n".join(lines))


def page(text: Text) -> None:
    """Show a long text, a screenful at a time."""
    click.echo_via_pager(f"{harmless(str(text))}\n")


def complain(wrong: Wrong) -> None:
    """Say what is wrong with an answer and what would be right."""
    say(T("✗ {what}", what=wrong.what), "  ")
    if wrong.remedy:
        say(wrong.remedy, "    ")


def ask(question: Question, answers: Answered) -> Given:
    """Ask until the answer can be used; Enter takes the default."""
    if question.help:
        say(question.help, "  ")
    given = question.default
    while True:
        given = _once(question, given)
        wrong = question.check(given, answers)
        if wrong is None:
            return given
        complain(wrong)


def text(label: Text, default: str = "", *, path: bool = False) -> str:
    """A line of text; with ``path``, Tab completes file names."""
    more: dict[str, Any] = {"completer": PathCompleter(expanduser=True)} if path else {}
    asked = questionary.text(harmless(str(label)), default, complete_while_typing=False, **more)
    return str(_answer(asked))


def confirm(label: Text, default: bool) -> bool:
    """Yes or no."""
    return bool(_answer(questionary.confirm(harmless(str(label)), default)))


def choose(label: Text, choices: Mapping[str, Text], default: str | None = None) -> str:
    """One of several; the default is under the cursor at first."""
    listed = [Choice(str(title), value) for value, title in choices.items()]
    chosen = next((each for each in listed if each.value == default), None)
    return str(
        _answer(
            questionary.select(
                harmless(str(label)), listed, chosen, instruction=str(T("(Use arrow keys)"))
            )
        )
    )


def _once(question: Question, default: Given) -> Given:
    if question.kind == "confirm":
        return confirm(question.label, default is True)
    if question.kind == "choice":
        return choose(question.label, question.choices, str(default))
    return text(question.label, str(default), path=question.kind == "path")


def _answer(asked: questionary.Question) -> Any:
    try:
        return asked.unsafe_ask()
    except EOFError:
        raise KeyboardInterrupt from None
