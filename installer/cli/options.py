"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click


def _hosts(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    import tomllib

    try:
        path = ctx.params.get("cluster") or Path("cluster.toml")
        document = tomllib.loads(Path(path).read_text("utf-8"))
        names = [str(host.get("name", "")) for host in document.get("hosts", [])]
    except (OSError, ValueError):
        return []
    return [name for name in names if name.startswith(incomplete)]


def _steps(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from runbook.steps import RUNBOOK

    return [step.id for step in RUNBOOK if step.id.startswith(incomplete)]


cluster_option = click.option(
    "-c",
    "--cluster",
    type=click.Path(path_type=Path),
    default="cluster.toml",
    envvar="CATHERD_CLUSTER",
    show_default=True,
    help="The file with the answers.",
)
hosts_option = click.option(
    "--host", "hosts", multiple=True, shell_complete=_hosts, help="Only this host; may be repeated."
)
only_option = click.option(
    "--only", multiple=True, shell_complete=_steps, help="Only this step; may be repeated."
)
from_option = click.option(
    "--from", "since", shell_complete=_steps, help="This step and all that follow."
)
as_json = click.option("--json", is_flag=True, help="Print JSON, for programs.")
accept_option = click.option(
    "--accept-new-host-keys",
    is_flag=True,
    help="Trust hosts that were never met before; a changed key is refused all the same.",
)
