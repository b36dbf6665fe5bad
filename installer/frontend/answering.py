"""One sitting over the answers: where they come from, their draft, and the file in the end."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installer.frontend.saving import draft_of, keep_aside, unwritable, write_whole
from runbook.answers import dump, parse, read_text, read_toml
from runbook.cluster import Cluster
from runbook.errors import BadInput, CatherdError
from runbook.fields.wrong import Conflicts, Wrong
from runbook.text import T, Text
from runbook.validation import usable, validated
from runbook.writing import written


@dataclass(frozen=True)
class Found:
    """What a file holds: what can be used of it, and what cannot."""

    answers: dict[str, Any]
    problem: CatherdError | None = None
    faults: tuple[Wrong, ...] = ()
    """The faulty values, with their places; none where the file cannot be read at all."""


class Answering:
    """The file of the answers and its draft."""

    def __init__(self, path: Path) -> None:
        """:raises BadInput: no file can be written there"""
        self.path, self.draft = path, draft_of(path)
        self.base = path.resolve().parent
        if not self.base.is_dir() or not os.access(self.base, os.W_OK):
            code = errno.EACCES if self.base.is_dir() else errno.ENOENT
            raise unwritable(path, OSError(code, os.strerror(code)))
        if path.is_dir():
            raise BadInput(T("{path} is a directory", path=path), remedy=T("Name a file in it"))

    def save(self, answers: Mapping[str, Any]) -> None:
        """Keep the answers so far, for the next time."""
        write_whole(self.draft, written(answers, comments=False))

    def write(self, cluster: Cluster) -> Path | None:
        """Write the file whole; where the one before is kept, if there was one."""
        kept = keep_aside(self.path)
        write_whole(self.path, dump(cluster))
        self.draft.unlink(missing_ok=True)
        return kept


def found_in(path: Path) -> Found:
    """What can be used of a file with answers; faulty values are to be asked for again."""
    try:
        text = read_text(path)
        data = read_toml(text, str(path))
    except CatherdError as problem:
        return Found({}, problem)
    try:
        validated(data)
    except Conflicts as conflicts:
        return Found(usable(data), _problem(text, path), conflicts.found)
    return Found(data)


def _problem(text: str, path: Path) -> CatherdError | None:
    try:
        parse(text, str(path))
    except CatherdError as problem:
        return problem
    return None


def summary(cluster: Cluster) -> list[tuple[Text, Text]]:
    """The answers that matter most, as titles and values."""
    software = cluster.software
    return [
        (T("Cluster"), cluster.name),
        (
            T("Software"),
            f"Apache httpd {software.httpd.version}, Tomcat {software.tomcat.version}, "
            f"JDK {software.jdk.version}",
        ),
        (T("Balancer"), f"{cluster.balancer.name} ({cluster.balancer.address})"),
        (T("Tomcats"), ", ".join(f"{node.name} ({node.address})" for node in cluster.nodes)),
        (T("Applications"), ", ".join(each.name for each in cluster.applications) or "-"),
        (T("Members over"), cluster.options.members),
        (T("Membership"), cluster.options.membership),
        (T("Manager for"), ", ".join(cluster.options.manager_allow) or "-"),
    ]
