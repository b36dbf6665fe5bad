"""``catherd run``: carry the runbook out, step by step or unattended."""

from __future__ import annotations

import sys

import click

from installer.cli.helping import Command
from installer.cli.opening import open_session
from installer.cli.options import as_json, from_option, hosts_option, in_cluster, only_option
from installer.frontend.where import Where


@click.command(cls=Command, short_help="Carry the runbook out, step by step or unattended.")
@in_cluster
@hosts_option
@only_option
@from_option
@click.option("-y", "--yes", is_flag=True, help="Unattended: ask nothing, stop at a failure.")
@as_json
def run(
    where: Where,
    hosts: tuple[str, ...],
    only: tuple[str, ...],
    since: str | None,
    yes: bool,
    json: bool,
) -> None:
    """Carry out what is left to do; each step is shown, explained, run or skipped.

    What is done already is recognised by looking at the hosts, so a run that was interrupted is
    continued by starting it again.

    \b
    Exit code 0: everything is as it should be. 1: a step failed. 3: stopped by you.

    \b
    Examples:
      catherd run                      guided, step by step
      catherd run --yes                unattended
      catherd run --from server-xml --host tomcat2
      catherd run --yes --json         events as JSON, one a line
    """
    from installer.cli.terminal import interactive
    from runbook.errors import BadInput
    from runbook.text import T

    if not yes and (json or not interactive()):
        raise BadInput(
            T("There is no terminal to ask at"),
            remedy=T("Add --yes for an unattended run; “catherd plan” shows what it would do."),
        )
    with open_session(where) as session:
        chosen = session.choose(hosts, only, since)
        if yes:
            from installer.cli import unattended

            code = unattended.run(session, chosen, json)
        else:
            from installer.cli import guided

            code = guided.run(session, chosen)
    sys.exit(code)
