"""``catherd export ansible``: the same installation as an Ansible project."""

from __future__ import annotations

from pathlib import Path

import click

from installer.cli.helping import Command
from installer.cli.options import in_cluster
from installer.frontend.where import Where


@click.command(cls=Command, short_help="Write an Ansible project that installs the same.")
@click.option(
    "-o",
    "--output",
    "directory",
    required=True,
    type=click.Path(path_type=Path),
    help="A directory for it, new or empty.",
)
@click.option(
    "--archives/--no-archives",
    default=True,
    help="Put the archives beside it too.  [with them]",
)
@in_cluster
def ansible(where: Where, directory: Path, archives: bool) -> None:
    """Write inventory, playbooks, roles and templates that install this cluster without Catherd.

    They are idempotent, with check mode and handlers, and need nothing but ansible-core. No host
    is asked or touched, and no secret is written.

    \b
    Examples:
      catherd export ansible -o cluster-ansible
      cd cluster-ansible && ansible-playbook site.yml --check --diff
    """
    from installer.cli.opening import open_session
    from installer.export.ansible.project import make_project
    from installer.export.ansible.writing import write
    from installer.export.paper import on_paper
    from runbook.text import T

    with open_session(where) as session:
        installation = session.installation
        project = make_project(on_paper(installation), session.path.parent)
        write(project, directory, installation.depot.path if archives else None)
    click.echo(
        T("The Ansible project is in {directory}; begin with README.md.", directory=directory)
    )
