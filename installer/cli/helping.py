"""Help pages in the reader's language, aligned also where characters are two cells wide."""

from __future__ import annotations

import copy
import importlib
import inspect
from collections.abc import Iterable, Mapping
from gettext import gettext as _
from typing import Any

import click

from installer.cli.language import lang_option, speak
from installer.frontend.wrapping import cells, wrapped
from runbook.language import LANGUAGES
from runbook.text import Message, T, language

AS_IT_IS = "\b\n"
"""What Click wants before a paragraph that keeps its lines."""


def said(text: str) -> str:
    """A text of a command or an option, which Click keeps as a plain string, translated."""
    shown = []
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        mark = AS_IT_IS if paragraph.startswith(AS_IT_IS) else ""
        shown.append(f"{mark}{Message(paragraph.removeprefix(AS_IT_IS))}")
    return "\n\n".join(shown)


class WideFormatter(click.HelpFormatter):
    """Writes help by the width of characters, and breaks lines between Chinese ones."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how the command is called."""
        super().write_usage(prog, args, prefix or str(T("Usage: ")))

    def write_heading(self, heading: str) -> None:
        """Write what a part is about."""
        self.write(f"{' ' * self.current_indent}{T('{heading}:', heading=heading)}\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs; one that begins with a line of ``\\b`` keeps its lines."""
        indent = " " * self.current_indent
        for number, paragraph in enumerate(text.split("\n\n")):
            lines = paragraph.strip("\n").split("\n")
            if lines[0].strip() == "\b":
                lines = lines[1:]
            else:
                lines = wrapped(" ".join(lines), self.width - self.current_indent)
            self.write("\n" if number else "")
            self.write("".join(f"{indent}{line}".rstrip() + "\n" for line in lines))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write two columns, the second one wrapped."""
        rows = list(rows)
        width = min(max(cells(first) for first, _ in rows), col_max) + col_spacing
        margin = " " * self.current_indent
        for first, second in rows:
            lines = wrapped(second, max(self.width - width - 2, 10))
            if cells(first) > width - col_spacing and lines:
                self.write(f"{margin}{first}\n{margin}{' ' * width}{lines[0]}\n")
            else:
                space = " " * (width - cells(first)) if lines else ""
                self.write(f"{margin}{first}{space}{lines[0] if lines else ''}\n")
            self.write("".join(f"{margin}{' ' * width}{line}\n" for line in lines[1:]))


class _Context(click.Context):
    formatter_class = WideFormatter


class Command(click.Command):
    """A command whose help is translated when it is shown, and which has ``--lang``."""

    context_class = _Context

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lang_option()(self)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option as it is in English: it is translated with all others."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "Show this message and exit."
        return option

    def get_short_help_str(self, limit: int = 45) -> str:
        """One line; Chinese ones end at the first sentence."""
        if self.short_help:
            return said(self.short_help)
        if language() == LANGUAGES[0]:
            return super().get_short_help_str(limit)
        return (
            said(self.help or "").partition("\n\n")[0].replace("\n", "").partition("。")[0] + "。"
        )

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the description."""
        if self.help:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(said(self.help))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, and the commands of a group."""
        options = [each for each in self.get_params(ctx) if isinstance(each, click.Option)]
        records = [_translated(each).get_help_record(ctx) for each in options]
        with formatter.section(_("Options")):
            formatter.write_dl([record for record in records if record])
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what comes last."""
        if self.epilog:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(said(self.epilog))


class Group(Command, click.Group):
    """A group of such commands."""

    command_class = Command


class Lazy(Group):
    """A group whose commands are imported when they are needed."""

    places: Mapping[str, str] = {}
    """Where each is, as ``module:name``, in the order of use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of that name."""
        if cmd_name not in self.places:
            return None
        module, _, name = self.places[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


class Program(Group):
    """The outermost group: it finds out the language before anything is parsed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Settle the language of all that follows, then parse."""
        speak(args)
        return super().parse_args(ctx, args)


def _translated(option: click.Option) -> click.Option:
    shown = copy.copy(option)
    shown.help = said(option.help or "")
    return shown
