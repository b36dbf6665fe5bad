"""``catherd lab``: bare hosts to practise on, on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import click

from installer.cli.commands.demo import demo
from installer.cli.helping import Group
from installer.cli.options import as_json
from installer.frontend.where import LAB

if TYPE_CHECKING:
    from installer.lab.spec import Lab, State
    from runbook.text import Text


def _complete_lab(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from installer.lab import state

    return [name for name in state.names() if name.startswith(incomplete)]


def _complete_host(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from installer.lab import state

    lab = state.load(ctx.params.get("name") or LAB)
    return [host.name for host in lab.hosts if host.name.startswith(incomplete)] if lab else []


name_option = click.option(
    "--name", default=LAB, show_default=True, shell_complete=_complete_lab, help="The lab's name."
)


@click.group(cls=Group, short_help="Practise on bare hosts, made and unmade in seconds.")
def lab() -> None:
    """Bare Linux hosts on this machine to practise on: real sshd, systemd and sudo.

    They run on Podman; the first time, their image is built from Debian's packages.

    \b
    Examples:
      catherd lab demo           the whole thing, ending with the proof
      catherd lab up             a balancer and two Tomcats, still bare
      catherd lab ssh tomcat1    look around
      catherd lab reset          bare again, in seconds
      catherd lab down           take it all away
    """


lab.add_command(demo)


@lab.command()
@name_option
@click.option("--tomcats", type=click.IntRange(2, 200), help="How many.  [default: 2]")
@click.option("--subnet", metavar="NETWORK", help="Such as 192.168.240.0/24; a free one otherwise.")
@click.option("--http-port", type=click.IntRange(1, 65535), help="Of 127.0.0.1, for the browser.")
@click.option("--init", type=click.Choice(["systemd", "sysv"]), help="What boots the hosts.")
def up(
    name: str,
    tomcats: int | None,
    subnet: str | None,
    http_port: int | None,
    init: Literal["systemd", "sysv"] | None,
) -> None:
    """Bring the hosts up, or mend what is broken of them.

    What stands and answers is left as it is. Interrupted, it takes back what it began. With
    --init sysv the hosts are laid out as Red Hat's were in 2007, and the first Tomcat's sshd offers
    nothing but the algorithms of that time.

    \b
    Examples:
      catherd lab up
      catherd lab up --name large --tomcats 6     a second lab beside the first
      catherd lab up --name old --init sysv       with SysV init
    """
    from installer import lab as labs

    _show(labs.up(labs.LabSpec(name, tomcats, subnet, http_port, init), _say()))


@lab.command()
@name_option
@click.option("--purge", is_flag=True, help="Remove the image of a bare host, too.")
def down(name: str, purge: bool) -> None:
    """Remove the hosts, their network, snapshots and keys; nothing else is touched.

    \b
    Examples:
      catherd lab down
      catherd lab down --purge
    """
    from installer import lab as labs
    from installer.cli import show
    from runbook.text import T

    if labs.down(name, image_too=purge):
        show.out().print(str(T("The lab {name} is gone.", name=name)))
    else:
        show.out().print(str(T("There was no lab {name}.", name=name)))


@lab.command()
@name_option
def reset(name: str) -> None:
    """Make all hosts bare again; addresses, ports and host keys stay.

    \b
    Example:
      catherd lab reset
    """
    from installer import lab as labs

    _show(labs.reset(name, _say()))


@lab.command()
@name_option
@as_json
def status(name: str, json: bool) -> None:
    """Show the hosts, whether they answer, and how they are reached.

    Exits with 1 when a host does not answer.

    \b
    Examples:
      catherd lab status
      catherd lab status --json
    """
    from installer import lab as labs
    from installer.cli import documents

    now = labs.status(name)
    if json:
        documents.write(_document(now))
    else:
        _show(now)
    sys.exit(0 if now.running else 1)


@lab.command(context_settings={"ignore_unknown_options": True})
@name_option
@click.argument("host", shell_complete=_complete_host)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def ssh(name: str, host: str, command: tuple[str, ...]) -> None:
    """Log in to HOST as the operator, or run COMMAND there.

    \b
    Examples:
      catherd lab ssh tomcat1
      catherd lab ssh balancer -- sudo systemctl status httpd
    """
    from installer import lab as labs
    from runbook.errors import Failed
    from runbook.text import T

    words = [*labs.ssh_command(name, host), *(["--", *command] if command else [])]
    try:
        os.execvp(words[0], words)
    except FileNotFoundError:
        raise Failed(
            T("This machine has no ssh."), remedy=T("Install it: apt-get install openssh-client")
        ) from None


def _say() -> Callable[[Text], None]:
    from installer.cli import show

    return lambda text: show.err().print(f"  {text}", style="dim", markup=False)


def _show(now: Lab) -> None:
    from rich.table import Table

    from installer.cli import show
    from runbook.text import T, labelled

    states: dict[State, Text] = {
        "unknown": T("unknown"),
        "running": T("running"),
        "stopped": T("stopped"),
        "not answering": T("not answering"),
        "missing": T("missing"),
    }
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in (T("host"), T("address"), T("ssh port"), T("sudo"), T("state")):
        table.add_column(str(title))
    for host in now.hosts:
        sudo = T("asks for a password") if host.asks_password else T("without a password")
        style = "green" if host.state == "running" else "red"
        cells = (host.name, host.address, str(host.ssh_port), str(sudo))
        table.add_row(*cells, f"[{style}]{states[host.state]}[/]")
    show.out().print(table)
    paths = (
        (T("log in"), f"catherd lab ssh{'' if now.name == LAB else f' --name {now.name}'} HOST"),
        (T("or"), f"ssh -F {now.ssh_config} HOST"),
        (T("sudo password"), now.sudo_password),
        (T("browser"), now.url),
    )
    for title, value in paths:
        show.out().print(str(labelled(title, str(value))), markup=False)


def _document(now: Lab) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "name": now.name,
        "subnet": now.subnet,
        "init": now.init,
        "running": now.running,
        "user": now.user,
        "ssh_config": now.ssh_config,
        "known_hosts": now.known_hosts,
        "key": now.key,
        "sudo_password_file": now.sudo_password,
        "url": now.url,
        "hosts": [asdict(host) for host in now.hosts],
    }
