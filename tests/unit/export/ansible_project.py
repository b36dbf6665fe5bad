"""An exported project of three hosts, and a look at its tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from installer.export.ansible.project import Project, make_project
from installer.export.paper import on_paper
from tests.engine.three_hosts import ThreeHosts

KEYWORDS = frozenset(
    {
        "name", "when", "notify", "register", "vars", "loop", "loop_control", "no_log",
        "changed_when", "failed_when", "check_mode", "delegate_to", "run_once", "become",
        "throttle", "async", "poll", "until", "retries", "delay", "tags",
    }
)  # fmt: skip


def exported(place: Path, answers: Mapping[str, Any] | None = None) -> Project:
    installation = ThreeHosts(place, answers or {}).installation()
    for target in installation.targets.values():
        target.survey = None  # type: ignore[method-assign,assignment]
    return make_project(on_paper(installation), place)


def loaded(project: Project, path: str) -> Any:
    return yaml.safe_load(project.files[path])


def tasks_in(project: Project) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every task of every role and play, with the file it stands in."""
    for path in project.files:
        if path.endswith(("tasks/main.yml", "handlers/main.yml", "unpack.yml", "build.yml")):
            yield from ((path, task) for task in _flat(loaded(project, path)))
    for path in ("site.yml", "verify.yml"):
        for play in loaded(project, path):
            yield from ((path, task) for task in play.get("tasks", ()))


def module_of(task: Mapping[str, Any]) -> str:
    (module,) = set(task) - KEYWORDS
    return module


def _flat(tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for task in tasks:
        if "block" in task:
            yield from _flat(task["block"])
        else:
            yield task
