"""A planned change: what people see of it, what carries it out, and what takes it back."""

from __future__ import annotations

import difflib
import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from installer.remote.operations import Operation
from installer.remote.target import Job
from runbook.actions import Action, Prove
from runbook.artefact import Artefact
from runbook.text import Text

Kind = Literal["put", "edit", "unpack", "build", "run", "service", "account", "prove"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that a step would do to one host."""

    kind: Kind
    target: str
    """The path, service, account or command concerned."""
    summary: Text
    why: Text
    action: Action | None = field(default=None, repr=False)
    """What the step describes; set by ``change_of``."""
    diff: str = ""
    """Unified diff of the file, when it is one and both sides are known."""
    details: tuple[tuple[str, Text], ...] = ()
    """Lines or commands with a reason each, for what is no diff."""
    known_after: str | None = None
    """The step that must run before this change can be known to the byte."""
    follows: bool = False
    """It is only due because of what the plan changes before it."""
    owed: bool = False
    """A restart for what was changed before this plan was made."""
    artefact: Artefact | None = None
    """Handed to the host first; ``Extract`` and ``job`` then find it there."""
    job: Job | None = None
    prove: Prove | None = None
    operations: tuple[Operation, ...] = field(default=(), repr=False)
    undo: tuple[Operation, ...] = field(default=(), repr=False)
    """Takes the change back; carried out in this order."""
    no_undo_because: Text = ""

    substance: tuple[object, ...] = ()
    """What makes two changes of the same kind and target the same change."""

    @cached_property
    def digest(self) -> str:
        """Equal for two plans that would do the same to the same thing."""
        whole = (self.kind, self.target, self.known_after, *self.substance)
        return hashlib.sha256(json.dumps(whole).encode()).hexdigest()


def unified_diff(path: str, before: bytes | None, after: bytes) -> str:
    """The diff that people read; bytes that are no UTF-8 show as replacement characters."""
    old = _lines(before or b"")
    new = _lines(after)
    origin = path if before is not None else "/dev/null"
    return "".join(
        line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(old, new, origin, path)
    )


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8", "replace").splitlines(keepends=True)
