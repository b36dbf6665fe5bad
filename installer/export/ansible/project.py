"""The whole project: roles, plays, variables, and the words for whoever opens it first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from installer.engine.plan import Plan, StepPlan
from installer.export.ansible import install, secrets
from installer.export.ansible.actions import units_of
from installer.export.ansible.checks import check_of
from installer.export.ansible.inventory import for_all, for_host, group_of, inventory
from installer.export.ansible.naming import Naming, namings
from installer.export.ansible.plays import Play, plays_of
from installer.export.ansible.readme import readme
from installer.export.ansible.rendering import prove_templates
from installer.export.ansible.roles import Role, role_name, role_of
from installer.export.ansible.units import Place, Task, Unit
from installer.export.ansible.written import document
from installer.export.paper import OnPaper, facts_on_paper, plan_on_paper
from runbook.actions import Service
from runbook.artefact import Artefact
from runbook.host import Host
from runbook.text import T, listed

CONFIG = """\
[defaults]
inventory = inventory.yml
roles_path = roles
interpreter_python = auto_silent

[ssh_connection]
pipelining = true
"""
LINT = "---\nprofile: production\noffline: true\n"
IGNORED = "files/*\n.ansible/\n"


@dataclass
class Project:
    """Files by their path in the project, and archives that belong beside them."""

    files: dict[str, bytes] = field(default_factory=dict)
    archives: tuple[Artefact, ...] = ()


def make_project(installation: OnPaper, base: Path) -> Project:
    """The project for a cluster.

    :param base: the directory of the answers, for the files that they name
    :raises CatherdError: a step describes something that has no counterpart in Ansible
    """
    cluster = installation.cluster
    plan = plan_on_paper(installation, "ansible")
    facts = facts_on_paper(installation)
    hosts = {name: installation.host(name, facts) for name in facts}
    plays = plays_of(installation.steps)
    roles = [role for play in plays for role in _roles(play, plan, hosts, installation)]
    archives = _archives(installation)
    first = next(iter(hosts.values()))
    project = Project(archives=tuple(artefact for artefact, _ in archives.values()))
    files = project.files
    for role in roles:
        files.update({f"roles/{role.name}/{path}": each for path, each in _role_files(role)})
    files.update({f"roles/install/{path}": each for path, each in install.role_files().items()})
    files["verify.yml"] = document(
        list(_verification(plays, plan, hosts, installation)),
        str(T("Is the cluster still as installed? Nothing is changed.")),
    )
    text = b"\n".join(files.values()).decode("utf-8", "replace")
    used = sorted(set(re.findall(r"node\.\w+", f"{text} {[role.only_here for role in roles]}")))
    variables: dict[str, dict[str, Any]] = {}
    for name, host in hosts.items():
        only_here = {
            key: each for role in roles for key, each in role.only_here.get(name, {}).items()
        }
        variables[name] = for_host(host, used, only_here)
    common = for_all(first, archives)
    words = secret_words(installation)
    prove_templates(roles, {name: {**common, **words, **each} for name, each in variables.items()})
    files["group_vars/all.yml"] = document(
        common, str(T("Where the software is, and the archives that it is made from."))
    )
    for name, each in variables.items():
        if each:
            files[f"host_vars/{name}.yml"] = document(
                each, str(T("What tells this host apart from the others."))
            )
    files["inventory.yml"] = document(inventory(cluster, base))
    made = {role.step.id: role for role in roles}
    names = tuple(installation.secrets({}))
    if names:
        files["roles/secrets/tasks/main.yml"] = document(secrets.tasks(names))
    files["site.yml"] = document([*_beginning(bool(names)), *_plays(plays, made)])
    files["ansible.cfg"] = CONFIG.encode()
    files[".ansible-lint"] = LINT.encode()
    files[".gitignore"] = IGNORED.encode()
    files["README.md"] = readme(cluster, plays, made, project.archives, names).encode()
    return project


def _archives(installation: OnPaper) -> dict[str, tuple[Artefact, str | None]]:
    software, made = installation.cluster.software, installation.artefacts
    applications = {each.name: each for each in installation.cluster.applications}
    pairs = [
        (made.httpd, software.httpd.source),
        (made.tomcat, software.tomcat.source),
        (made.jdk, software.jdk.source),
        *((each, applications[name].source) for name, each in made.applications.items()),
    ]
    return {artefact.name: (artefact, _address(source)) for artefact, source in pairs if artefact}


def _address(source: str | None) -> str | None:
    """An address that anybody may know: behind a question mark may be a token."""
    if not source or not source.startswith("https://"):
        return None
    parts = urlsplit(source)
    return None if parts.query or parts.username else source


def secret_words(installation: OnPaper) -> dict[str, str]:
    """What stands for each secret on paper, by the variable that has it on the hosts."""
    return {f"secrets_{name}": word for name, word in installation.secrets({}).items()}


def _roles(
    play: Play, plan: Plan, hosts: Mapping[str, Host], installation: OnPaper
) -> Iterator[Role]:
    """The roles of a play: of each step that does something."""
    takers = [host for host in hosts.values() if host.role in play.hosts]
    named = namings(takers, secret_words(installation))
    steps = {step.id: plan.by_step().get(step.id, ()) for step in play.steps}
    services: dict[str, list[Service]] = {}
    for each in (planned for those in steps.values() for planned in those):
        found = (change.action for change in each.changes)
        services.setdefault(each.host, []).extend(
            action for action in found if isinstance(action, Service) and action.reads
        )
    roots: dict[str, list[str]] = {name: [] for name in hosts}
    for step in play.steps:
        units = {
            planned.host: _units(
                planned,
                Place(
                    role_name(step),
                    named[planned.host],
                    hosts[planned.host].answers.init == "systemd",
                    tuple(services[planned.host]),
                    roots[planned.host],
                ),
            )
            for planned in steps[step.id]
        }
        role = role_of(step, units, named, "{{ secrets_")
        if role.tasks:
            yield role


def _verification(
    plays: Sequence[Play], plan: Plan, hosts: Mapping[str, Host], installation: OnPaper
) -> Iterator[Task]:
    """The checks of all steps, as far as a task can make them."""
    for play in plays:
        takers = [host for host in hosts.values() if host.role in play.hosts]
        named = namings(takers, secret_words(installation))
        tasks: list[Task] = []
        for step in play.steps:
            units = {
                planned.host: _checks(planned, named[planned.host], hosts[planned.host])
                for planned in plan.by_step().get(step.id, ())
            }
            tasks += role_of(step, units, named, "{{ secrets_").tasks
        if tasks:
            yield {
                "name": listed(step.title for step in play.steps),
                "hosts": ":".join(map(group_of, play.hosts)),
                "gather_facts": False,
                "become": True,
                "tasks": tasks,
            }


def _checks(planned: StepPlan, naming: Naming, host: Host) -> Sequence[Unit]:
    place = Place(role_name(planned.step), naming, host.answers.init == "systemd", ())
    units = (check_of(finding.check, place) for finding in planned.findings)
    return [unit for unit in units if unit is not None]


def _units(planned: StepPlan, place: Place) -> Sequence[Unit]:
    units = (units_of(change, place) for change in planned.changes)
    return [unit for unit in units if unit is not None]


def _role_files(role: Role) -> Iterator[tuple[str, bytes]]:
    prose = f"{role.step.title}\n\n{role.step.prose}"
    yield "tasks/main.yml", document(role.tasks, prose)
    if role.handlers:
        yield "handlers/main.yml", document(role.handlers)
    for path, content in role.files.items():
        yield path, content.data


_PYTHON = """\
command -v python3 >/dev/null && exit 0
echo installing
if command -v apt-get >/dev/null
then apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y install python3
elif command -v dnf >/dev/null; then dnf -y install python3
else yum -y install python3; fi
"""


def _beginning(secret: bool) -> Iterator[Task]:
    """What Ansible itself needs, and the secrets, before the steps."""
    yield {
        "name": str(T("What Ansible itself needs")),
        "hosts": "all",
        "gather_facts": False,
        "become": True,
        "any_errors_fatal": True,
        "tasks": [
            {
                "name": str(T("Install Python where there is none")),
                "ansible.builtin.raw": _PYTHON,
                "register": "python",
                "changed_when": "'installing' in python.stdout",
            },
            {
                "name": str(T("Look at the hosts")),
                "ansible.builtin.setup": {"gather_subset": ["min", "hardware"]},
            },
        ],
        "tags": ["always"],
    }
    if secret:
        yield {
            "name": str(T("Secrets: those that the hosts have, or new ones")),
            "hosts": "all",
            "gather_facts": False,
            "become": True,
            "any_errors_fatal": True,
            "roles": [{"role": "secrets", "tags": ["always"]}],
        }


def _plays(plays: Sequence[Play], roles: Mapping[str, Role]) -> Iterator[Task]:
    for play in plays:
        names = [roles[step.id].name for step in play.steps if step.id in roles]
        if not names:
            continue
        groups = [group_of(role) for role in play.hosts]
        yield {
            "name": str(T("; ")).join(str(step.title) for step in play.steps if step.id in roles),
            "hosts": ":".join(groups),
            "gather_facts": False,
            "become": True,
            "any_errors_fatal": True,
            **({"serial": 1} if play.one_at_a_time else {}),
            "roles": [{"role": name, "tags": [name]} for name in names],
        }
