"""``catherd stop``: end long work that goes on on the hosts by itself."""

from __future__ import annotations

import click

from installer.cli.helping import Command
from installer.cli.opening import open_session
from installer.cli.options import as_json, hosts_option, in_cluster
from installer.frontend.where import Where


@click.command(cls=Command, short_help="Stop a compile that goes on on the hosts.")
@in_cluster
@hosts_option
@as_json
def stop(where: Where, hosts: tuple[str, ...], json: bool) -> None:
    """End what a run has started on the hosts and left there, with all its processes.

    A compile goes on when its run is interrupted or the connection is lost; the next run takes it
    up. After this command the next run begins it anew. Nothing that is installed is touched.

    \b
    Examples:
      catherd stop
      catherd stop --host balancer
    """
    from installer.cli import documents, interrupted

    with open_session(where) as session:
        stopped = {name: session.targets[name].stop_jobs() for name in session.choose(hosts).hosts}
    if json:
        documents.write({"stopped": stopped})
        return
    for name, titles in stopped.items():
        interrupted.show_stopped(name, titles)
