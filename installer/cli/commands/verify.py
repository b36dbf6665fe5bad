"""``catherd verify``: is the cluster still as installed?"""

from __future__ import annotations

import sys

import click

from installer.cli.helping import Command
from installer.cli.opening import open_session
from installer.cli.options import as_json, hosts_option, in_cluster, only_option
from installer.frontend.where import Where


@click.command(cls=Command, short_help="Check whether all is still as installed.")
@in_cluster
@hosts_option
@only_option
@as_json
def verify(where: Where, hosts: tuple[str, ...], only: tuple[str, ...], json: bool) -> None:
    """Make every check on every host, and show what has drifted as a diff.

    Exit code 0: all is as installed. 1: something is not; what it is, why it matters and how
    to mend it is told. "catherd run" mends it.

    \b
    Examples:
      catherd verify
      catherd verify --host tomcat2 --json
    """
    from installer.cli import documents, show
    from installer.frontend.verifying import departures

    with open_session(where) as session:
        _, planned = session.plan(session.choose(hosts, only))
    ok = not departures(planned)
    if json:
        documents.write({"ok": ok, **documents.plan(planned)})
    else:
        show.show_verification(planned, session.installation.steps)
    sys.exit(0 if ok else 1)
