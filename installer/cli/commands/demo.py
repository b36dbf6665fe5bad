"""``catherd lab demo``: bare practice hosts become a proven cluster."""

from __future__ import annotations

import sys
from typing import Literal, NoReturn

import click

from installer.cli.helping import Command
from installer.frontend.where import LAB, Where


@click.command(cls=Command)
@click.option("--name", default=LAB, show_default=True, help="The lab's name.")
@click.option("--tomcats", type=click.IntRange(2, 200), help="How many.  [default: 2]")
@click.option("--init", type=click.Choice(["systemd", "sysv"]), help="What boots the hosts.")
@click.option("--fresh", is_flag=True, help="Begin with bare hosts, whatever is there.")
@click.option("-y", "--yes", is_flag=True, help="Unattended: ask nothing.")
@click.option("--plain", is_flag=True, help="Step by step without the wizard.")
def demo(
    name: str,
    tomcats: int | None,
    init: Literal["systemd", "sysv"] | None,
    fresh: bool,
    yes: bool,
    plain: bool,
) -> None:
    """Build the practice lab, carry the runbook out on it, and prove the cluster.

    On a terminal the wizard opens as soon as the lab stands.

    The hosts have a real sshd and a real init; Apache is compiled from source. Started again,
    it goes on where it stopped.

    \b
    Examples:
      catherd lab demo            in the wizard
      catherd lab demo --plain    step by step: look, explain, run
      catherd lab demo --yes      unattended
      catherd lab demo --name old --init sysv    on hosts of the document's time
    """
    from installer.cli import show
    from installer.cli.opening import open_session
    from installer.cli.terminal import how_to_call, interactive
    from installer.lab.cluster import write_answers
    from installer.lab.lab import reset, up
    from installer.lab.spec import LabSpec
    from runbook.text import T, Text

    def say(text: Text) -> None:
        show.out().print(f"  {text}", style="dim")

    show.out().print(str(T("The practice lab")), style="bold")
    lab = up(LabSpec(name, tomcats, init=init), say)
    if fresh:
        lab = reset(name, say)
    hosts = ", ".join(f"{host.name} {host.address}" for host in lab.hosts)
    show.out().print(str(T("  Ready: {hosts}", hosts=hosts)))
    show.out().print(str(T("The software")), style="bold")
    answers = write_answers(lab, say)
    show.out().print(str(T("  Answers: {path}", path=answers)))
    if interactive() and not yes and not plain:
        _in_the_wizard(name)
    show.out().print(str(T("The runbook")), style="bold")
    with open_session(Where(lab=name)) as session:
        chosen = session.choose(())
        if yes or not interactive():
            from installer.cli import unattended

            code = unattended.run(session, chosen, json=False)
        else:
            from installer.cli import guided

            code = guided.run(session, chosen)
    if code == 0:
        lines = T(
            "\nOpen {url} and {url}balancer-manager in a browser on this machine.\n"
            "  {catherd} verify --lab {name}            make every check again\n"
            "  {catherd} lab ssh --name {name} tomcat1  look around; break something\n"
            "  {catherd} run --lab {name}               mend it\n"
            "  {catherd} train                          learn it: lessons and drills on a lab of "
            "their own\n"
            "  {catherd} lab down --name {name}         take the lab away",
            url=lab.url,
            name=name,
            catherd=how_to_call(),
        )
        show.out().print(str(lines))
    sys.exit(code)


def _in_the_wizard(name: str) -> NoReturn:
    from installer.cli import show
    from installer.cli.terminal import how_to_call
    from installer.tui.app import run_wizard
    from runbook.text import T

    code = run_wizard(Where(lab=name))
    lines = T(
        "The lab stays.\n"
        "  {catherd} wizard --lab {name}     goes on with it\n"
        "  {catherd} train                   learn it: lessons and drills on a lab of their own\n"
        "  {catherd} lab down --name {name}  takes the lab away",
        name=name,
        catherd=how_to_call(),
    )
    show.out().print(str(lines))
    sys.exit(code)
