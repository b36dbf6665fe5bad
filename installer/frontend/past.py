"""Past runs of a cluster as people look at them: read from the journal alone, no host is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from installer.engine.journal import Journal
from runbook.text import T, Text

COMMANDS: dict[str, Text] = {
    "run": T("run"),
    "prove": T("proof"),
    "rollback": T("rollback"),
    "uninstall": T("uninstall"),
}
OUTCOMES: dict[str, tuple[str, Text]] = {
    "done": ("✓", T("done")),
    "unchanged": ("✓", T("nothing to do")),
    "skipped": ("–", T("skipped")),
    "failed": ("✗", T("failed")),
    "blocked": ("■", T("blocked")),
    "cancelled": ("□", T("stopped")),
    "undone": ("↩", T("taken back")),
    "interrupted": ("?", T("interrupted")),
}
"""Glyph and word for how a step ended."""


@dataclass(frozen=True)
class PastRun:
    """One run."""

    id: str
    began: float
    seconds: float | None
    """None where it was interrupted."""
    operator: str
    command: Text
    version: str
    ok: bool | None

    @property
    def glyph(self) -> str:
        """How it ended, as a sign."""
        return {True: "✓", False: "✗", None: "?"}[self.ok]

    @property
    def ending(self) -> Text:
        """How it ended, in a word."""
        if self.ok is None:
            return T("interrupted")
        return T("succeeded") if self.ok else T("did not finish")


@dataclass(frozen=True)
class PastStep:
    """A step on a host in one run."""

    run: str
    step: str
    host: str
    began: float
    seconds: float | None
    outcome: str
    error: str

    @property
    def glyph(self) -> str:
        """How it ended, as a sign."""
        return OUTCOMES.get(self.outcome, ("?", ""))[0]

    @property
    def ending(self) -> Text:
        """How it ended, in a word."""
        return OUTCOMES.get(self.outcome, ("?", self.outcome))[1]


@dataclass(frozen=True)
class PastChange:
    """A change that a step made, or was about to make."""

    target: str
    summary: str
    diff: str
    done: bool
    undone: float | None
    """When it was taken back."""


def runs(journal: Journal) -> tuple[PastRun, ...]:
    """All runs, newest first."""
    return tuple(
        PastRun(
            row["id"],
            row["began"],
            _seconds(row),
            row["operator"],
            COMMANDS.get(row["command"], row["command"]),
            row["version"],
            None if row["ok"] is None else bool(row["ok"]),
        )
        for row in journal.runs()
    )


def steps(journal: Journal, run: str) -> tuple[PastStep, ...]:
    """The steps of a run, in the order in which they began."""
    return tuple(
        PastStep(
            row["run"],
            row["step"],
            row["host"],
            row["began"],
            _seconds(row),
            "interrupted" if row["ended"] is None else row["outcome"] or "interrupted",
            row["error"] or "",
        )
        for row in journal.steps(run)
    )


def counted(steps: Iterable[PastStep]) -> list[tuple[str, Text, int]]:
    """How many steps ended in which way: glyph, word, count; a step counts on each host."""
    counts = Counter(step.outcome for step in steps)
    return [(*OUTCOMES.get(how, ("?", how)), count) for how, count in counts.items()]


def changes(journal: Journal, step: PastStep) -> tuple[PastChange, ...]:
    """What a step changed on its host, in order."""
    return tuple(
        PastChange(
            row["target"], row["summary"], row["diff"], row["ended"] is not None, row["undone"]
        )
        for row in journal.changes_of(step.run, step.step, step.host)
    )


def _seconds(row: dict[str, Any]) -> float | None:
    return None if row["ended"] is None else max(0.0, row["ended"] - row["began"])
