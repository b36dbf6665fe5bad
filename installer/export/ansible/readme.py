"""README.md of the project: what it is, how it is used, what it leaves to Catherd."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from installer.export.ansible.inventory import group_of
from installer.export.ansible.plays import Play
from installer.export.ansible.roles import Role
from runbook.artefact import Artefact
from runbook.cluster import Cluster
from runbook.host import SECRETS
from runbook.text import T


def readme(
    cluster: Cluster,
    plays: Sequence[Play],
    roles: Mapping[str, Role],
    archives: Iterable[Artefact],
    secrets: Sequence[str],
) -> str:
    """The whole file, in the language of now."""
    return "\n".join(_lines(cluster, plays, roles, archives, secrets)) + "\n"


def _lines(
    cluster: Cluster,
    plays: Sequence[Play],
    roles: Mapping[str, Role],
    archives: Iterable[Artefact],
    secrets: Sequence[str],
) -> Iterator[str]:
    yield f"# {T('The cluster {name}, with Ansible', name=cluster.name)}"
    yield ""
    yield str(
        T(
            "This project installs the same cluster that Catherd installs from its answers: an "
            "Apache httpd in front of Tomcats that replicate their sessions. It was exported by "
            "Catherd and does not need it. It uses ansible-core 2.17 or newer and its built-in "
            "modules only."
        )
    )
    yield ""
    yield "```sh"
    yield f"ansible all -m ansible.builtin.ping        # {T('are the hosts reached?')}"
    yield f"ansible-playbook site.yml --check --diff   # {T('what would change')}"
    yield f"ansible-playbook site.yml                  # {T('install, or bring up to date')}"
    yield f"ansible-playbook verify.yml                # {T('is it still as installed?')}"
    yield "```"
    yield ""
    yield str(
        T(
            "Where sudo asks for a password, add --ask-become-pass. Archives lie in files/; one "
            "that is missing there is fetched where group_vars/all.yml knows an address, and its "
            "checksum is compared in any case."
        )
    )
    yield ""
    yield f"## {T('What is where')}"
    yield ""
    yield f"| {T('play')} | {T('hosts')} | {T('role')} | {T('what it does')} |"
    yield "|---|---|---|---|"
    number = 0
    for play in plays:
        made = [step for step in play.steps if step.id in roles]
        if not made:
            continue
        number += 1
        groups = ", ".join(group_of(role) for role in play.hosts)
        if play.one_at_a_time:
            groups = f"{groups} ({T('one at a time')})"
        for step in made:
            yield f"| {number} | {groups} | `{roles[step.id].name}` | {step.title} |"
    yield ""
    yield str(
        T(
            "The role install unpacks and compiles for the others: beside the place, signed with "
            "what it was made from, then renamed; what was there is moved aside."
        )
    )
    yield ""
    for artefact in archives:
        yield f"- `files/{artefact.name}`  \n  sha256 `{artefact.sha256}`"
    yield ""
    yield f"## {T('What to know')}"
    yield ""
    for words in _notes(plays, roles, secrets):
        yield f"- {words}"


def _notes(
    plays: Sequence[Play], roles: Mapping[str, Role], secrets: Sequence[str]
) -> Iterator[str]:
    yield str(
        T(
            "A service is restarted or reloaded by a handler, when something that it reads has "
            "changed. Where a playbook is broken off before its handlers ran, that restart is "
            "lost: restart the service yourself. With --force-handlers they run all the same."
        )
    )
    yield str(
        T(
            "Tomcats are taken one at a time, so that the others serve meanwhile. For a first "
            "installation of many hosts, take serial out of site.yml to be faster."
        )
    )
    yield str(
        T(
            "Check mode on new hosts leaves out what lies in directories that are not there yet, "
            "and says which these are."
        )
    )
    yield str(
        T(
            "Files that are templates here are written whole. What somebody changed by hand on a "
            "host is shown by --check --diff, and is lost in a run: put it into the template."
        )
    )
    if secrets:
        yield str(
            T(
                "Secrets ({names}) are no part of this project. They live on the hosts in "
                "{place}, for root only; a new one is made where no host has any.",
                names=", ".join(secrets),
                place=SECRETS,
            )
        )
    left = [str(step.title) for play in plays for step in play.steps if step.id not in roles]
    if left:
        yield str(
            T(
                "Left to Catherd, because they change nothing: {steps}. catherd verify and "
                "catherd prove work on hosts that were installed with this project.",
                steps=str(T(", ")).join(left),
            )
        )
    yield str(
        T(
            "verify.yml makes the checks that a task can make. The others, such as whether the "
            "nodes see each other, are made by catherd verify, which also tells causes and "
            "remedies."
        )
    )
    yield str(T("What Ansible changes, Catherd cannot roll back: it has no records of it."))
