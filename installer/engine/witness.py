"""Keeps what a run was seen to do: output, checks and trials go into the journal with each step.

It is evidence for people afterwards; what is to be done, the hosts decide.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from installer.engine import events
from installer.engine.events import Emit, Event
from installer.engine.journal import Journal
from installer.engine.plan import Finding
from installer.engine.secrecy import Hide
from runbook.errors import CatherdError

FIRST, LAST = 16_384, 65_536
"""Bytes that are kept of the beginning and of the end of what a step printed."""


@dataclass
class _Seen:
    first: bytes = b""
    last: bytes = b""
    left_out: int = 0
    checks: dict[str, dict[str, Any]] = field(default_factory=dict)
    trials: list[dict[str, Any]] = field(default_factory=list)

    def hear(self, data: bytes) -> None:
        room = max(0, FIRST - len(self.first))
        self.first += data[:room]
        self.last += data[room:]
        if len(self.last) > 2 * LAST:
            self.left_out += len(self.last) - LAST
            self.last = self.last[-LAST:]

    @property
    def output(self) -> str:
        gap = f"\n… {self.left_out} …\n".encode() if self.left_out else b""
        return (self.first + gap + self.last).decode("utf-8", "replace")

    def check(self, finding: Finding) -> None:
        check, verdict = finding.check, finding.verdict
        self.checks[check.id] = {
            "id": check.id,
            "title": str(check.title),
            "ok": verdict.ok,
            "advice": verdict.advice,
            "seen": str(verdict.seen),
            "expected": str(check.expected),
            "usual_cause": str(check.usual_cause),
            "remedy": str(check.remedy),
        }


def _plain(trial: events.Tried) -> dict[str, Any]:
    words = {name: str(getattr(trial, name)) for name in ("title", "tried", "expected", "seen")}
    return {**words, "ok": trial.ok, "seconds": trial.seconds}


class Witness:
    """Listens to a run, writes down what it saw, and passes every event on."""

    def __init__(self, journal: Journal, run_id: str, hide: Hide, emit: Emit) -> None:
        self._journal, self._run, self._hide, self._emit = journal, run_id, hide, emit
        self._seen: dict[tuple[str, str], _Seen] = {}
        """By step and host; a lane touches its own only."""

    def __call__(self, event: Event) -> None:
        """Take one event."""
        match event:
            case events.StepStarted(step, host):
                self._seen[step, host] = _Seen()
            case events.Looked(plans):
                for plan in plans:
                    if seen := self._seen.get((plan.step.id, plan.host)):
                        for finding in plan.findings:
                            seen.check(finding)
            case events.Output(step, host, data):
                if seen := self._seen.get((step, host)):
                    seen.hear(data)
            case events.Checked(step, host, check, verdict):
                if seen := self._seen.get((step, host)):
                    seen.check(Finding(check, verdict))
            case events.Tried(step, host):
                if seen := self._seen.get((step, host)):
                    seen.trials.append(_plain(event))
            case events.StepDone(step, host):
                self._write(step, host)
            case _:
                pass
        self._emit(event)

    def _write(self, step: str, host: str) -> None:
        """What was done is recorded already: that this cannot be is no reason to fail."""
        if (seen := self._seen.pop((step, host), None)) is None:
            return
        evidence = {
            "output": self._hide(seen.output),
            "checks": list(seen.checks.values()),
            "trials": seen.trials,
        }
        with suppress(CatherdError):
            self._journal.keep_evidence(self._run, step, host, evidence)
