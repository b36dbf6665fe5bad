"""``catherd wizard``: everything on a full screen."""

from __future__ import annotations

import sys

import click

from installer.cli.helping import Command
from installer.cli.options import in_cluster
from installer.cli.terminal import interactive
from installer.frontend.where import Where
from runbook.errors import BadInput
from runbook.text import T


@click.command(cls=Command, short_help="Open the wizard; catherd alone does so too.")
@in_cluster
def wizard(where: Where) -> None:
    """Open the wizard: answers, preview, installation, live cluster, history, practice lab.

    It recognises what is here and puts the likely thing first. Every key is told by ? on each
    screen. Leaving it while a compile runs leaves that running on the host.

    \b
    Examples:
      catherd
      catherd wizard -c production.toml
      catherd wizard --lab
    """
    if not interactive():
        raise BadInput(
            T("The wizard needs a terminal, and there is none"),
            remedy=T("catherd --help lists the commands that need none"),
        )
    from installer.tui.app import run_wizard

    sys.exit(run_wizard(where))
