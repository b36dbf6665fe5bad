"""``catherd status``: where the installation stands, step by step and host by host."""

from __future__ import annotations

import click

from installer.cli.options import Where, as_json, in_cluster
from installer.cli.session import Session


@click.command(short_help="Show where the installation stands.")
@in_cluster
@as_json
def status(where: Where, json: bool) -> None:
    """Show for every step and host whether it is done, by looking at the hosts.

    \b
    Examples:
      catherd status
      catherd status --json
    """
    from installer.cli import documents, show

    with Session(where) as session:
        _, planned = session.plan(session.choose(()))
        last = session.journal.last_run()
    if json:
        document = {
            "cluster": session.installation.cluster.name,
            "last_run": last,
            "steps": [
                {"step": each.step.id, "host": each.host, "done": not each.needed}
                for each in planned.steps
            ],
        }
        documents.write(document)
        return
    names = [host.name for host in session.cluster.hosts]
    show.show_status(planned, session.cluster.name, names, last)
