"""``catherd export markdown``: the runbook as a text that somebody could follow by hand."""

from __future__ import annotations

from pathlib import Path

import click

from installer.cli.helping import Command
from installer.cli.options import in_cluster, output_option
from installer.frontend.where import Where


@click.command(cls=Command, short_help="The runbook as Markdown, to follow by hand.")
@in_cluster
@output_option
def markdown(where: Where, output: Path | None) -> None:
    """Write the whole runbook as Markdown: commands, diffs, checks, errata and the way back.

    Each block of commands says on which host it is run, so that it can also be run by a program.
    Archives are brought to this machine first; no host is asked.

    \b
    Examples:
      catherd export markdown -o runbook.md
      catherd export markdown --lab --lang zh | less
    """
    from installer.cli.exporting import write
    from installer.export.markdown import markdown

    write(where, output, markdown)
