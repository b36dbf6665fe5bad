"""``catherd export``: the runbook of this cluster, for use without Catherd."""

from __future__ import annotations

import click

from installer.cli.helping import Lazy

PLACES = {
    "markdown": "installer.cli.commands.export_markdown:markdown",
    "html": "installer.cli.commands.export_html:html",
    "ansible": "installer.cli.commands.export_ansible:ansible",
}
"""As in ``main``: each command is imported when it is needed."""


class Exports(Lazy):
    """What can be exported."""

    places = PLACES


@click.group(cls=Exports, short_help="Write the runbook down, for use without Catherd.")
def export() -> None:
    """Write down how this cluster is installed, with its own values filled in.

    No host is asked or touched. Secrets are never part of it: whoever follows it makes them.

    \b
    Examples:
      catherd export markdown -o runbook.md
      catherd export html --lang zh -o runbook.html
      catherd export ansible -o cluster-ansible
    """
