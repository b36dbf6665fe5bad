"""``catherd export html``: the runbook as one page."""

from __future__ import annotations

from pathlib import Path

import click

from installer.cli.helping import Command
from installer.cli.options import in_cluster, output_option
from installer.frontend.where import Where


@click.command(cls=Command, short_help="The runbook as one HTML page, to read and print.")
@in_cluster
@output_option
def html(where: Where, output: Path | None) -> None:
    """Write the whole runbook as one HTML file, with a picture of the cluster.

    The page needs nothing from elsewhere: it can be mailed, printed, and read on a phone.

    \b
    Examples:
      catherd export html -o runbook.html
      catherd export html --lab --lang zh -o runbook.html
    """
    from installer.cli.exporting import write
    from installer.export.html import html

    write(where, output, html)
