"""A step becomes a role: the tasks that its actions come to, the same for all its hosts."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from installer.export.ansible.contents import Content, merged
from installer.export.ansible.naming import Naming
from installer.export.ansible.units import FILE, Task, Unit
from runbook.step import Step

TEMPLATE, COPY = "ansible.builtin.template", "ansible.builtin.copy"


@dataclass
class Role:
    """The files of a role, and what they need of single hosts."""

    step: Step
    tasks: list[Task] = field(default_factory=list)
    handlers: list[Task] = field(default_factory=list)
    files: dict[str, Content] = field(default_factory=dict)
    """By path inside the role."""
    only_here: dict[str, dict[str, Sequence[Sequence[str]]]] = field(default_factory=dict)
    """By host and variable: the lines that no other host has."""

    @property
    def name(self) -> str:
        """As Ansible wants it."""
        return role_name(self.step)


def role_name(step: Step) -> str:
    """The name of the role of a step."""
    return step.id.replace("-", "_")


def role_of(
    step: Step, units: Mapping[str, Sequence[Unit]], namings: Mapping[str, Naming], secret: str
) -> Role:
    """The role of a step.

    :param units: by host, in the order of its actions
    :param secret: what marks a secret in the text of a template
    """
    role = Role(step)
    groups = _alike(units)
    names = _file_names([group.unit.target for group in groups if group.unit.content is not None])
    for group in groups:
        only = None if len(group.hosts) == len(units) else _only_on(group.hosts)
        tasks = [dict(task) for task in group.unit.tasks]
        if group.contents:
            name = next(names)
            variable = re.sub(r"\W+", "_", name)
            if variable != role.name:
                variable = f"{role.name}_{variable}"
            content = merged(group.unit.target, group.contents, namings, variable)
            tasks = [_with_file(task, name, content, secret) for task in tasks]
            folder, end = ("templates", ".j2") if content.template else ("files", "")
            role.files[f"{folder}/{name}{end}"] = content
            for host, lines in (content.only_here or {}).items():
                role.only_here.setdefault(host, {})[variable] = lines
        limited = (_limited(task, only) for task in tasks)
        role.tasks += [task for task in limited if task not in role.tasks]
        role.handlers += [
            _limited(dict(handler), only)
            for handler in group.unit.handlers
            if handler not in role.handlers
        ]
    return role


@dataclass
class _Group:
    """Hosts with the same tasks for the same thing."""

    unit: Unit
    hosts: list[str]
    contents: dict[str, bytes]


def _alike(units: Mapping[str, Sequence[Unit]]) -> list[_Group]:
    """What several hosts do alike is said once; what only one does stands where it does it."""
    groups: dict[str, _Group] = {}
    order: list[str] = []
    for host, each in units.items():
        seen: Counter[str] = Counter()
        at = 0
        for unit in each:
            text = json.dumps([unit.tasks, unit.handlers])
            key = f"{text}{seen[text]}"
            seen[text] += 1
            if key not in groups:
                groups[key] = _Group(unit, [], {})
                order.insert(at, key)
            at = order.index(key) + 1
            groups[key].hosts.append(host)
            if unit.content is not None:
                groups[key].contents[host] = unit.content
    return [groups[key] for key in order]


def _file_names(targets: Iterable[str]) -> Iterator[str]:
    """A name for each file: its own, with as much of its directory as tells it from others."""
    paths = list(targets)
    for path in paths:
        parts = path.strip("/").split("/")
        for count in range(1, len(parts) + 1):
            if sum(each.strip("/").split("/")[-count:] == parts[-count:] for each in paths) == 1:
                break
        yield "-".join(parts[-count:])


def _with_file(task: Task, name: str, content: Content, secret: str) -> Task:
    """The task with its file: a template where it has variables, else a copy."""
    module = task.get(COPY)
    if not module or module.get("src") != FILE:
        return task
    if not content.template:
        return {**task, COPY: {**module, "src": name}}
    changed = {**module, "src": f"{name}.j2"}
    if content.windows:
        changed["newline_sequence"] = "\\r\\n"
    hidden = {"no_log": True} if secret in content.data.decode() else {}
    return {
        TEMPLATE if key == COPY else key: changed if key == COPY else each
        for key, each in task.items()
    } | hidden


def _only_on(hosts: Sequence[str]) -> str:
    return f"inventory_hostname in {list(hosts)}"


def _limited(task: Task, only: str | None) -> Task:
    """The task for just these hosts."""
    if only is None:
        return task
    when = task.get("when")
    return {**task, "when": only if when is None else [only, when]}
