"""``catherd prove``: see again that a session survives a dead node."""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from installer.cli.helping import Command
from installer.cli.opening import open_session
from installer.cli.options import as_json, in_cluster
from installer.frontend.where import Where


@click.command(cls=Command, short_help="See again that a session survives a dead node.")
@in_cluster
@as_json
@click.option(
    "--with-outage",
    is_flag=True,
    help="Also stop all Tomcats at once: this ends every session of the cluster.",
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask before a node is killed.")
def prove(where: Where, json: bool, with_outage: bool, yes: bool) -> None:
    """Kill a node in the middle of a session and show that nobody notices.

    Puts a small application on each Tomcat, tries everything that a cluster is for, removes it
    again and leaves every node running. Visitors of other applications keep their sessions, but
    choose a quiet hour: for a moment only the other nodes answer.

    \b
    Examples:
      catherd prove
      catherd prove --lab --yes --with-outage
    """
    from installer.cli import show, unattended
    from installer.cli.terminal import interactive
    from runbook.errors import BadInput
    from runbook.steps.proof import proof_again
    from runbook.text import T

    if not yes:
        if json or not interactive():
            raise BadInput(T("There is no terminal to ask at"), remedy=T("Add --yes."))
        import questionary

        question = str(T("A Tomcat is killed and another one emptied for some seconds. Go on?"))
        if not questionary.confirm(question, default=True).ask():
            show.out().print(str(T("Nothing was done.")))
            sys.exit(3)
    with open_session(where) as session:
        chosen = replace(session.choose(()), steps=(proof_again(with_outage),))
        sys.exit(unattended.run(session, chosen, json, "prove"))
