"""``catherd status``: where the installation stands, step by step and host by host."""

from __future__ import annotations

import click

from installer.cli.helping import Command
from installer.cli.opening import open_session
from installer.cli.options import as_json, in_cluster
from installer.frontend.where import Where


@click.command(cls=Command, short_help="Show where the installation stands.")
@in_cluster
@as_json
def status(where: Where, json: bool) -> None:
    """Show for every step and host whether it is done, by looking at the hosts.

    \b
    Examples:
      catherd status
      catherd status --json
    """
    from installer.cli import documents, recalling, show
    from installer.frontend import locks, recall
    from installer.remote.locking import parse

    with open_session(where) as session:
        chosen = session.choose(())
        _, planned = session.plan(chosen)
        holders = locks.holders(session.targets, chosen.hosts)
        history = session.history()
    reasons = history.reasons(planned)
    if json:
        document = {
            "cluster": session.installation.cluster.name,
            "locks": {name: parse(held) or {"held": held} for name, held in holders.items()},
            "steps": [
                {"step": each.step.id, "host": each.host, "done": not each.needed}
                for each in planned.steps
            ],
            **recall.document(history, reasons),
        }
        documents.write(document)
        return
    names = [host.name for host in session.cluster.hosts]
    steps = session.installation.steps
    show.show_status(planned, session.cluster.name, names)
    show.show_locks(holders)
    show.out().print()
    recalling.show_last_run(history, steps)
    recalling.show_reasons(reasons, planned, steps)
