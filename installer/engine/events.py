"""What the engine tells whoever listens; frozen records, in the order in which things happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from installer.engine.change import Change
from installer.engine.plan import Plan, StepPlan
from installer.remote.target import Joined
from runbook.check import Check, Verdict
from runbook.errors import CatherdError
from runbook.text import Text

Outcome = Literal["done", "unchanged", "skipped", "failed", "blocked", "cancelled", "undone"]


@dataclass(frozen=True)
class RunStarted:
    """A run begins with this plan."""

    run_id: str
    plan: Plan


@dataclass(frozen=True)
class Looked:
    """Hosts were looked at again: these are the plans of their steps now."""

    plans: tuple[StepPlan, ...]


@dataclass(frozen=True)
class StepStarted:
    """A host begins a step."""

    step: str
    host: str


@dataclass(frozen=True)
class ChangeStarted:
    """A change of a step begins; ``changes`` is how many the step has."""

    step: str
    host: str
    number: int
    changes: int
    change: Change


@dataclass(frozen=True)
class Uploading:
    """Bytes of an artefact that have reached the host."""

    step: str
    host: str
    name: str
    done: int
    total: int


@dataclass(frozen=True)
class Output:
    """Bytes that a command on the host printed."""

    step: str
    host: str
    data: bytes


@dataclass(frozen=True)
class JobJoined:
    """A job was going on already: somebody watches it again."""

    step: str
    host: str
    title: str
    joined: Joined


@dataclass(frozen=True)
class ChangeDone:
    """A change is made."""

    step: str
    host: str
    change: Change
    seconds: float


@dataclass(frozen=True)
class Checked:
    """A check has its answer; with ``final`` False it is looked at again soon."""

    step: str
    host: str
    check: Check
    verdict: Verdict
    final: bool = True


@dataclass(frozen=True)
class Tried:
    """A trial of the proof has ended."""

    step: str
    host: str
    title: Text
    tried: Text
    expected: Text
    seen: Text
    ok: bool
    seconds: float


@dataclass(frozen=True)
class StepDone:
    """A host has ended a step."""

    step: str
    host: str
    outcome: Outcome
    seconds: float
    error: CatherdError | None = None


@dataclass(frozen=True)
class RunDone:
    """The run has ended."""

    run_id: str
    ok: bool
    seconds: float
    crash: BaseException | None = None
    """A fault in Catherd itself that ended it."""


Event = (
    RunStarted
    | Looked
    | StepStarted
    | ChangeStarted
    | Uploading
    | Output
    | JobJoined
    | ChangeDone
    | Checked
    | Tried
    | StepDone
    | RunDone
)
Emit = Callable[[Event], None]
