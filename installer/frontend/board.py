"""The state of a run as people look at it: one cell for each step on each host."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from installer.engine import events
from installer.engine.events import Event
from installer.engine.plan import Finding, Plan, StepPlan
from installer.frontend.output import OutputLog
from runbook.errors import CatherdError
from runbook.harmless import harmless
from runbook.step import Step
from runbook.text import T, Text

State = Literal[
    "todo", "approved", "running", "done", "skipped", "failed", "blocked", "cancelled", "undone"
]
WORDS: dict[State, Text] = {
    "todo": T("to do"),
    "approved": T("approved"),
    "running": T("running"),
    "done": T("done"),
    "skipped": T("skipped"),
    "failed": T("failed"),
    "blocked": T("blocked"),
    "cancelled": T("stopped"),
    "undone": T("taken back"),
}
GLYPHS: dict[State, str] = {
    "todo": "○",
    "approved": "▷",
    "running": "▶",
    "done": "✓",
    "skipped": "–",
    "failed": "✗",
    "blocked": "■",
    "cancelled": "□",
    "undone": "↩",
}
OPEN: frozenset[State] = frozenset({"todo", "undone", "failed", "cancelled", "blocked"})
"""States from which a step can be approved (again)."""


@dataclass
class Cell:
    """One step on one host."""

    step: Step
    host: str
    plan: StepPlan
    state: State = "todo"
    began: float = 0.0
    """When it began to run, on the monotonic clock."""
    seconds: float | None = None
    """How long it took, once it has ended."""
    expected: float | None = None
    """How long it took the last time."""
    summary: Text = ""
    """The change under way."""
    doing: Text = ""
    """What is being done for it just now."""
    change: tuple[int, int] = (0, 0)
    """Its number, and how many there are."""
    progress: tuple[int, int] = (0, 0)
    """Bytes of the upload under way, and in all."""
    phase: str = ""
    """What a long job says it is doing."""
    heard: float = 0.0
    """When it last printed something."""
    made: list[Text] = field(default_factory=list)
    """Changes that are made."""
    error: CatherdError | None = None
    output: OutputLog = field(default_factory=OutputLog)
    findings: dict[str, Finding] = field(default_factory=dict)
    """What its checks said last, by id."""
    trials: list[events.Tried] = field(default_factory=list)

    @property
    def elapsed(self) -> float:
        """Seconds that it has run or took; 0 before it begins."""
        if self.seconds is not None:
            return self.seconds
        return time.monotonic() - self.began if self.state == "running" else 0.0


class Board:
    """Takes events, in the thread that draws; only ``write`` may be called from any other."""

    def __init__(
        self, plan: Plan, durations: Mapping[tuple[str, str], float] | None = None
    ) -> None:
        expected = durations or {}
        self.cells: dict[tuple[str, str], Cell] = {}
        for each in plan.steps:
            key = (each.step.id, each.host)
            self.cells[key] = Cell(each.step, each.host, each, expected=expected.get(key))
            self._looked(each)
        self.version = 0
        """Counts what has changed, for whoever draws only then."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps, in the runbook's order."""
        return tuple({cell.step.id: cell.step for cell in self.cells.values()}.values())

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts."""
        return tuple(dict.fromkeys(cell.host for cell in self.cells.values()))

    def of(self, step: str) -> tuple[Cell, ...]:
        """The cells of one step."""
        return tuple(cell for cell in self.cells.values() if cell.step.id == step)

    def state_of(self, step: str) -> State:
        """One word for a step on all its hosts: what needs attention first."""
        states = {cell.state for cell in self.of(step)}
        return next((each for each in _BY_URGENCY if each in states), "done")

    def awaited(self, step: str) -> tuple[Step, ...]:
        """The steps that an approved step still waits for, approved or not."""
        cells = [cell for cell in self.of(step) if cell.state == "approved"]
        wanted = {need for cell in cells for need in (*cell.step.needs, *cell.step.after)}
        return tuple(
            each
            for each in self.steps
            if each.id in wanted and self.state_of(each.id) not in ("done", "skipped")
        )

    @property
    def finished(self) -> bool:
        """Whether every step is done, or was skipped, on every host."""
        return all(cell.state in ("done", "skipped") for cell in self.cells.values())

    def write(self, step: str, host: str, data: bytes) -> None:
        """Keep what a command printed; from whatever thread heard it."""
        if (cell := self.cells.get((step, host))) is None:
            return
        cell.output.write(data)
        cell.heard = time.monotonic()
        if (at := data.rfind(b"== ")) >= 0 and (at == 0 or data[at - 1 : at] == b"\n"):
            cell.phase = harmless(data[at + 3 :].partition(b"\n")[0].decode("utf-8", "replace"))

    def mark(self, cells: Iterable[Cell], state: State) -> None:
        """Put cells into a state that no event tells of: approved, skipped, to do again."""
        for cell in cells:
            cell.state = state
        self.version += 1

    def take(self, event: Event) -> None:
        """Apply what the engine has told."""
        self.version += 1
        if isinstance(event, events.Looked):
            for each in event.plans:
                self._looked(each)
            return
        if isinstance(event, events.RunStarted | events.RunDone):
            return
        cell = self.cells.get((event.step, event.host))
        if cell is not None:
            _apply(cell, event)

    def _looked(self, plan: StepPlan) -> None:
        cell = self.cells.get((plan.step.id, plan.host))
        if cell is None:
            return
        cell.plan = plan
        cell.findings = {finding.check.id: finding for finding in plan.findings}
        if cell.state in ("running", "approved"):
            return
        if not plan.needed:
            cell.state = "done"
        elif cell.state == "done":
            cell.state = "todo"


_BY_URGENCY: tuple[State, ...] = (
    "failed",
    "running",
    "cancelled",
    "blocked",
    "approved",
    "undone",
    "todo",
    "skipped",
    "done",
)


def _apply(cell: Cell, event: Event) -> None:
    match event:
        case events.StepStarted():
            cell.state, cell.began, cell.seconds = "running", time.monotonic(), None
            cell.error, cell.doing, cell.phase, cell.change = None, "", "", (0, 0)
            cell.made, cell.trials = [], []
        case events.ChangeStarted(number=number, changes=changes, change=change):
            cell.summary = cell.doing = change.summary
            cell.change, cell.progress = (number, changes), (0, 0)
        case events.Uploading(name=name, done=done, total=total):
            cell.doing, cell.progress = T("upload {name}", name=name), (done, total)
            if done >= total:
                cell.doing, cell.progress = cell.summary, (0, 0)
        case events.JobJoined(joined=joined, title=title):
            cell.phase = harmless(joined.phase) or str(title)
            cell.began = time.monotonic() - joined.running
        case events.ChangeDone(change=change):
            cell.made.append(change.summary)
            cell.phase = ""
        case events.Checked(check=check, verdict=verdict):
            cell.findings[check.id] = Finding(check, verdict)
        case events.Tried():
            cell.trials.append(event)
        case events.StepDone(outcome=outcome, seconds=seconds, error=error):
            cell.state = "done" if outcome == "unchanged" else outcome
            since = time.monotonic() - cell.began if cell.began else 0.0
            cell.seconds = max(seconds, since)  # a compile that was joined began earlier
            cell.error, cell.doing, cell.phase = error, "", ""
        case _:
            pass
