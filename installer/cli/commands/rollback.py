"""``catherd rollback``: take back what was done, newest step first."""

from __future__ import annotations

import sys
from typing import Literal

import click

from installer.cli.helping import Command
from installer.cli.opening import open_session
from installer.cli.options import (
    as_json,
    hosts_option,
    in_cluster,
    on_change_option,
    step_option,
    to_option,
)
from installer.frontend.where import Where


@click.command(cls=Command, short_help="Take back what was done, newest step first.")
@in_cluster
@hosts_option
@step_option
@to_option
@on_change_option
@click.option("-n", "--dry-run", is_flag=True, help="Show what would be taken back, and end.")
@click.option("-y", "--yes", is_flag=True, help="Ask nothing.")
@as_json
def rollback(
    where: Where,
    hosts: tuple[str, ...],
    steps: tuple[str, ...],
    to: str | None,
    on_change: Literal["stop", "keep", "overwrite"] | None,
    dry_run: bool,
    yes: bool,
    json: bool,
) -> None:
    """Bring the hosts back to how they were: files, directories, services and accounts.

    What is taken back is shown first, like any plan. The hosts themselves know what was changed
    there and keep the originals, so this works from any machine that can log in to them. Where
    somebody has changed a thing since, you are asked: keep it, overwrite it (a copy stays on
    the host), or look at the difference.

    \b
    Exit code 0: taken back, or nothing to take back. 1: something failed, or was changed since.
    2: with --dry-run, there is something to take back. 3: stopped by you.

    \b
    Examples:
      catherd rollback                   everything
      catherd rollback --to tomcat       everything after the step "tomcat"
      catherd rollback --step modproxy --host balancer
      catherd rollback --dry-run --json
      catherd rollback --yes --on-change keep
    """
    from installer.cli.rolling_back import in_scope, run

    with open_session(where) as session:
        chosen, scope = in_scope(session, hosts, steps, to)
        code = run(session, chosen, scope, on_change, dry_run=dry_run, yes=yes, json=json)
    sys.exit(code)
