"""``catherd unlock``: free a host that a run has left locked."""

from __future__ import annotations

import click

from installer.cli.options import Where, in_cluster
from installer.cli.session import Session


@click.command(short_help="Free a host that a dead run has left locked.")
@in_cluster
@click.argument("hosts", nargs=-1, required=True)
def unlock(where: Where, hosts: tuple[str, ...]) -> None:
    """Take the lock off HOSTS after another operator's run has died.

    Make sure that the other run is really over: two operators at once undo each other's work.

    \b
    Example:
      catherd unlock tomcat1
    """
    from installer.cli import show
    from installer.remote.locking import holder
    from runbook.text import T

    with Session(where) as session:
        for name in session.choose(hosts).hosts:
            target = session.targets[name]
            target.lock(holder("catherd unlock"), takeover=True)
            target.unlock()
            show.out().print(str(T("{host} is free.", host=name)))
