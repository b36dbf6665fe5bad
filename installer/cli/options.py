"""Options that several commands share, and the record in which they arrive."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from installer.frontend.where import LAB, Where


def in_cluster(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say which cluster it works on, as one ``where``."""

    @click.option(
        "-c",
        "--cluster",
        type=click.Path(path_type=Path),
        envvar="CATHERD_CLUSTER",
        help="The file with the answers.  [default: cluster.toml]",
    )
    @click.option(
        "--lab",
        is_flag=False,
        flag_value=LAB,
        metavar="[NAME]",
        help="Work on a practice lab instead.  [catherd]",
    )
    @click.option(
        "--sudo-password-file",
        type=click.Path(path_type=Path),
        envvar="CATHERD_SUDO_PASSWORD_FILE",
        help="Read the hosts' sudo password from this file (mode 0600).",
    )
    @click.option(
        "--accept-new-host-keys",
        is_flag=True,
        help="Trust hosts that were never met before; a changed key is refused all the same.",
    )
    @functools.wraps(command)
    def wrapped(
        cluster: Path | None,
        lab: str | None,
        sudo_password_file: Path | None,
        accept_new_host_keys: bool,
        **others: Any,
    ) -> Any:
        where = Where(cluster, lab, sudo_password_file, accept_new_host_keys)
        return command(where=where, **others)

    return wrapped


def _hosts(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    import tomllib

    where = Where(ctx.params.get("cluster"), ctx.params.get("lab"))
    try:
        document = tomllib.loads(where.path.read_text("utf-8"))
        names = [str(host.get("name", "")) for host in document.get("hosts", [])]
    except (OSError, ValueError, AttributeError):
        return []
    return [name for name in names if name.startswith(incomplete)]


def _steps(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from runbook.steps import RUNBOOK

    return [step.id for step in RUNBOOK if step.id.startswith(incomplete)]


hosts_option = click.option(
    "--host", "hosts", multiple=True, shell_complete=_hosts, help="Only this host; may be repeated."
)
only_option = click.option(
    "--only", multiple=True, shell_complete=_steps, help="Only this step; may be repeated."
)
from_option = click.option(
    "--from", "since", shell_complete=_steps, help="This step and all that follow."
)
step_option = click.option(
    "--step", "steps", multiple=True, shell_complete=_steps, help="Only this step; may be repeated."
)
to_option = click.option(
    "--to", shell_complete=_steps, help="Everything after this step; the step itself stays."
)
on_change_option = click.option(
    "--on-change",
    type=click.Choice(["stop", "keep", "overwrite"]),
    help="What becomes of things that somebody changed since.  [ask, or stop without a terminal]",
)
output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write.  [standard output]",
)
as_json = click.option("--json", is_flag=True, help="Print JSON, for programs.")
