"""``catherd init``: answer the questions, write cluster.toml."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from installer.cli.helping import Command


@click.command(cls=Command, short_help="Answer the questions, write cluster.toml.")
@click.argument("path", type=click.Path(path_type=Path), default="cluster.toml")
@click.option("--force", is_flag=True, help="Replace a file that is there without asking.")
@click.option("--template", is_flag=True, help="Print a commented file to fill in by hand.")
def init(path: Path, force: bool, template: bool) -> None:
    """Ask for everything, test the connections, and write PATH.

    Every question has a default or an example, and each answer is checked as it is given.
    Ctrl-C keeps what was answered for the next time.

    \b
    Examples:
      catherd init
      catherd init production.toml
      catherd init --template > cluster.toml
    """
    from installer.cli.init import init as interview
    from installer.cli.init import template_text

    if template:
        click.echo(template_text(), nl=False)
        return
    from installer.cli.opening import AtTheTerminal
    from installer.frontend.trying import Trying

    with Trying(path.resolve().parent, AtTheTerminal()) as test_connection:
        written = interview(path, force=force, test_connection=test_connection)
    sys.exit(0 if written else 3)
