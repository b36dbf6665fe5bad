"""What one action comes to on one host, and where in the project it stands."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import Any

from installer.export.ansible.naming import Naming
from runbook.actions import Service
from runbook.text import T, Text

Task = dict[str, Any]
_PIPE = re.compile(r"(?<!\|)\|(?!\|)")
LONGEST = 110
"""Characters of a task's name; ansible-lint wants lines below 160."""
FILE = "\0file\0"
"""Stands in a task for the name that the unit's file gets in its role."""


@dataclass(frozen=True)
class Unit:
    """The tasks of one action, and the file that they bring."""

    target: str
    tasks: tuple[Task, ...]
    handlers: tuple[Task, ...] = ()
    content: bytes | None = field(default=None, repr=False)


@dataclass
class Place:
    """Where an action stands: on which host, in which role, after what."""

    role: str
    naming: Naming
    systemd: bool
    services: tuple[Service, ...]
    """Those that are started in the same play, with what they read."""
    roots: list[str] = field(default_factory=list)
    """Directories that the play makes, so far."""

    def named(self, text: str) -> str:
        """A text for a task."""
        return self.naming.text(text)

    def guard(self, path: str) -> Task:
        """What keeps a task of check mode away from a directory that is not there yet."""
        root = max((each for each in self.roots if path.startswith(f"{each}/")), default="")
        if not root:
            return {}
        return {"when": f"{self.naming.expression(root)} not in install_to_come | default([])"}

    def told(self, path: str, program: bool = False) -> Task:
        """Which services hear that this file has changed."""
        heard = [
            str(handler_name(each, "restart" if program else each.on_change))
            for each in self.services
            if path in each.reads
        ]
        return {"notify": heard} if heard else {}


def handler_name(service: Service, verb: str) -> Text:
    """The name by which a change calls for a service."""
    if verb == "reload":
        return T("Reload {service}", service=service.name)
    return T("Restart {service}", service=service.name)


def spared(script: str) -> Task:
    """A script with a pipe, which the linter wants in bash: ours say what its failure means."""
    return {"tags": ["skip_ansible_lint"]} if _PIPE.search(script) else {}


def titled(why: Text, target: str) -> str:
    """Why it is there, and where; a long path by its end."""
    words = str(why)
    place = target if len(words) + len(target) <= LONGEST else posixpath.basename(target)
    return f"{words[:1].upper()}{words[1:]} ({place})"
