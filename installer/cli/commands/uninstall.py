"""``catherd uninstall``: remove the cluster, and every trace of Catherd."""

from __future__ import annotations

import sys

import click

from installer.cli.helping import Command
from installer.cli.opening import open_session
from installer.cli.options import in_cluster, on_change_option
from installer.frontend.where import Where


@click.command(cls=Command, short_help="Remove the cluster and every trace of Catherd.")
@in_cluster
@on_change_option
@click.option("-y", "--yes", is_flag=True, help="Ask nothing.")
def uninstall(where: Where, on_change: str | None, yes: bool) -> None:
    """Take everything back on all hosts, then remove what Catherd keeps there for itself.

    These are its lock, the records of what it changed, the originals of the files it replaced,
    and copies of what was overwritten. Nothing can be taken back after that.

    \b
    Exit code 0: all is gone. 1: something failed. 3: stopped by you.

    \b
    Examples:
      catherd uninstall
      catherd uninstall --yes --on-change overwrite
    """
    from installer.cli.rolling_back import uninstall_all

    with open_session(where) as session:
        code = uninstall_all(session, on_change, yes=yes)
    sys.exit(code)
