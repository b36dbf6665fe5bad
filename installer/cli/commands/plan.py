"""``catherd plan``: everything that would change, before anything does."""

from __future__ import annotations

import sys

import click

from installer.cli.helping import Command
from installer.cli.opening import open_session
from installer.cli.options import as_json, hosts_option, in_cluster, only_option
from installer.frontend.where import Where

CHANGES = 2


@click.command(cls=Command, short_help="Show all that would change; touch nothing.")
@in_cluster
@hosts_option
@only_option
@as_json
def plan(where: Where, hosts: tuple[str, ...], only: tuple[str, ...], json: bool) -> None:
    """Show every diff and command for every host; nothing is touched.

    Exit code 0: nothing to do. 2: there are changes.

    \b
    Examples:
      catherd plan
      catherd plan --only server-xml --host tomcat1
      catherd plan --json | jq '.steps[].changes[].target'
    """
    from installer.cli import documents, recalling, show
    from installer.frontend import recall

    with open_session(where) as session:
        _, planned = session.plan(session.choose(hosts, only))
        history = session.history()
    reasons = history.reasons(planned)
    if json:
        documents.write({**documents.plan(planned), **recall.document(history, reasons)})
    else:
        steps = session.installation.steps
        show.show_plan(planned, steps, recall.texts(reasons))
        recalling.show_history(history, steps)
        show.show_summary(planned)
    sys.exit(CHANGES if planned.needed else 0)
