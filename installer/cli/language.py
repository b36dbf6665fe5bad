"""``--lang``: the language of a command line, wherever in it the option stands."""

from __future__ import annotations

import gettext
import os
from collections.abc import Callable, Sequence
from typing import Any

import click

from runbook.language import LANGUAGES, known_language, language_of
from runbook.text import T, language, use_language

OPTION = "--lang"
VARIABLE = "CATHERD_LANG"


def lang_option() -> Callable[[Callable[..., Any] | click.Command], Any]:
    """The option as each command has it; ``speak`` has obeyed it before it is parsed."""
    return click.option(
        OPTION,
        metavar="LANG",
        expose_value=False,
        callback=_checked,
        shell_complete=_completed,
        envvar=VARIABLE,
        help="Language of all texts, en or zh.  [default: by LANG]",
    )


def _checked(context: click.Context, param: click.Parameter, tag: str | None) -> str | None:
    if tag is None or known_language(tag):
        return tag
    text = T(
        "There is no language {tag}; there are: {languages}.",
        tag=repr(tag),
        languages=", ".join(LANGUAGES),
    )
    raise click.BadParameter(str(text), context, param)


def _completed(context: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    return [each for each in LANGUAGES if each.startswith(incomplete)]


def speak(words: Sequence[str]) -> None:
    """Show all texts in the language that a command line or the environment asks for.

    It is looked for before anything is parsed, so that help and errors come in it as well. An
    unknown one is left to the parser, which refuses it.
    """
    asked = _asked(words) or os.environ.get(VARIABLE)
    use_language(known_language(asked or "") or language_of(os.environ))
    _let_click_speak()


def _asked(words: Sequence[str]) -> str | None:
    asked = None
    for word, following in zip(words, (*words[1:], None), strict=False):
        if word == "--":
            break
        if word == OPTION:
            asked = following
        elif word.startswith(f"{OPTION}="):
            asked = word.partition("=")[2]
    return asked


def _let_click_speak() -> None:
    """Click asks gettext for its own words, and gettext asks the environment."""
    chosen = language()
    if chosen == LANGUAGES[0] and gettext.textdomain() != "catherd":
        return
    from runbook.assets import asset

    gettext.bindtextdomain("catherd", str(asset("locale")))
    gettext.textdomain("catherd")
    os.environ["LANGUAGE"] = chosen
