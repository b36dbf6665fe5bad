"""``catherd unlock``: free a host that a run has left locked."""

from __future__ import annotations

import sys

import click

from installer.cli.helping import Command
from installer.cli.opening import open_session
from installer.cli.options import in_cluster
from installer.frontend.where import Where

STOPPED = 3


@click.command(cls=Command, short_help="Free a host that a dead run has left locked.")
@in_cluster
@click.argument("hosts", nargs=-1, required=True)
@click.option("-y", "--yes", is_flag=True, help="Do not ask whether the other run is over.")
def unlock(where: Where, hosts: tuple[str, ...], yes: bool) -> None:
    """Take the lock off HOSTS after another operator's run has died.

    Shows who holds it, and asks. A run that is still alive notices, and changes nothing more.

    \b
    Exit code 0: the hosts are free. 3: stopped by you.

    \b
    Examples:
      catherd unlock tomcat1
      catherd unlock --yes tomcat1 tomcat2
    """
    from installer.cli import asking, show
    from installer.cli.terminal import interactive
    from installer.frontend import locks
    from installer.remote.locking import described, life
    from runbook.errors import BadInput
    from runbook.text import T

    with open_session(where) as session:
        chosen = session.choose(hosts).hosts
        holders = locks.holders(session.targets, chosen)
        if holders and not yes and not interactive():
            raise BadInput(
                T("There is no terminal to ask at"),
                remedy=T("Add --yes when the other run is over; catherd status shows it."),
            )
        for name in chosen:
            if name not in holders:
                show.out().print(str(T("{host} is not locked.", host=name)))
                continue
            held = holders[name]
            asking.say(T("{host}: {held} {life}", host=name, held=described(held), life=life(held)))
            if not yes and not asking.confirm(T("Take the lock off {host}?", host=name), False):
                sys.exit(STOPPED)
            session.targets[name].break_lock(held)
            show.out().print(str(T("{host} is free.", host=name)))
