"""What the journal says of the time before: how the last run ended, and why a step is due again.

The hosts decide what there is to do; this only explains it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from installer.engine.description import Answers, Changed, answers_of, changed_answers
from installer.engine.journal import Journal
from installer.engine.plan import Plan, StepPlan
from runbook.cluster import Cluster

Why = Literal[
    "interrupted",  # the controller died in it
    "failed",
    "cancelled",  # the operator stopped it
    "undone",  # a rollback took it back
    "answers",  # cluster.toml says something else now
    "version",  # Catherd describes the step in another way now
    "follows",  # what comes before it is done again
    "owed",  # a service still runs with what it read before
    "drift",  # somebody changed the host
]


@dataclass(frozen=True)
class Reason:
    """Why a step that was begun before is to be done (again) on a host."""

    why: Why
    when: float
    """When it was begun, or taken back."""
    error: str = ""
    """What went wrong, for one that failed."""
    version: str = ""
    """The Catherd that did it last."""


@dataclass(frozen=True)
class Stop:
    """Where a run stopped."""

    step: str
    host: str
    why: Literal["interrupted", "failed", "cancelled"]
    error: str = ""


@dataclass(frozen=True)
class LastRun:
    """The newest run: when, whose, and how it ended."""

    id: str
    began: float
    operator: str
    version: str
    ok: bool | None
    """None: it was interrupted."""
    stops: tuple[Stop, ...]
    changed: tuple[Changed, ...]
    """Answers that are others now."""

    @property
    def settled(self) -> bool:
        """Whether it leaves nothing to tell."""
        return self.ok is True and not self.changed


class History:
    """The journal of a cluster, read for a plan that was just made."""

    def __init__(self, journal: Journal, cluster: Cluster) -> None:
        self._answers = answers_of(cluster)
        self._newest = {(row["step"], row["host"]): row for row in journal.newest_steps()}
        self.last = self._last_run(journal)

    def reasons(self, plan: Plan) -> dict[tuple[str, str], Reason]:
        """By step and host, for what is needed now and was begun before."""
        found: dict[tuple[str, str], Reason] = {}
        due: set[str] = set()
        for each in plan.needed:
            key = (each.step.id, each.host)
            if row := self._newest.get(key):
                found[key] = self._reason(each, row, bool(due - {each.step.id}))
            due.add(each.step.id)
        return found

    def _reason(self, plan: StepPlan, row: Mapping[str, Any], others: bool) -> Reason:
        if row["undone"] or row["outcome"] == "undone":
            return Reason("undone", row["undone"] or row["ended"])
        if how := _stopped(row):
            return Reason(how, row["began"], row["error"] or "")
        why = self._why_again(plan, row, others)
        return Reason(why, row["began"], version=row["version"])

    def _why_again(self, plan: StepPlan, row: Mapping[str, Any], others: bool) -> Why:
        described = row["description"] and plan.description
        if described and row["description"] != plan.description:
            return "answers" if self._changed(row["answers"]) else "version"
        if not plan.changes:
            return "follows" if others else "drift"
        if all(change.follows for change in plan.changes):
            return "follows"
        if all(change.follows or change.owed for change in plan.changes):
            return "owed"
        return "drift"

    def _changed(self, answers: str) -> tuple[Changed, ...]:
        return changed_answers(_read(answers) or self._answers, self._answers)

    def _last_run(self, journal: Journal) -> LastRun | None:
        row = journal.last_run()
        if row is None:
            return None
        stops = (
            Stop(step["step"], step["host"], how, step["error"] or "")
            for step in journal.steps(row["id"])
            if (how := _stopped(step))
        )
        return LastRun(
            row["id"],
            row["began"],
            row["operator"],
            row["version"],
            None if row["ok"] is None else bool(row["ok"]),
            tuple(stops),
            self._changed(row["answers"]),
        )


def as_recorded(cluster: Cluster) -> str:
    """The answers as the journal keeps them."""
    return json.dumps(answers_of(cluster), ensure_ascii=False)


def _read(answers: str) -> Answers:
    """Answers as they were recorded; none where an older Catherd kept only their digest."""
    try:
        found = json.loads(answers)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _stopped(row: Mapping[str, Any]) -> Literal["interrupted", "failed", "cancelled"] | None:
    if row["ended"] is None:
        return "interrupted"
    return row["outcome"] if row["outcome"] in ("failed", "cancelled") else None
