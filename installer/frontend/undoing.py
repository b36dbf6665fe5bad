"""What a rollback takes back and what became of it, in words; for every front end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from installer.engine.records import Record
from installer.engine.rollback_plan import HostRollback, RecordUndo, RollbackPlan
from installer.engine.undo import Reversal
from runbook.steps import RUNBOOK
from runbook.text import T, Text, listed


@dataclass(frozen=True)
class Scope:
    """Which changes are taken back; everything by default."""

    steps: frozenset[str] | None = None
    since: float = 0.0
    """Only what was begun from this moment on, in seconds since 1970."""

    def wants(self, record: Record) -> bool:
        """Whether a record on a host is taken back."""
        return record.began >= self.since and (self.steps is None or record.step in self.steps)


def title_of(step: str) -> Text:
    """A step's title; one that this Catherd does not know goes by its id."""
    return next((each.title for each in RUNBOOK if each.id == step), step)


def after(step: str) -> tuple[str, ...]:
    """The steps of the runbook that come after this one."""
    ids = [each.id for each in RUNBOOK]
    return tuple(ids[ids.index(step) + 1 :]) if step in ids else ()


def newest_first(plan: RollbackPlan) -> list[tuple[HostRollback, RecordUndo]]:
    """Together what was done together: by run, then by step, then by host."""
    ids = [step.id for step in RUNBOOK]

    def order(pair: tuple[HostRollback, RecordUndo]) -> tuple[str, int]:
        step = pair[1].record.step
        return pair[1].record.run, ids.index(step) if step in ids else -1

    pairs = [(host, step) for host in plan.hosts for step in host.steps if step.reversals]
    return sorted(pairs, key=order, reverse=True)


def reversals(plan: RollbackPlan) -> Iterator[Reversal]:
    """Everything that is taken back or left, host by host."""
    return (each for host in plan.hosts for step in host.steps for each in step.reversals)


def leaning(plan: RollbackPlan) -> list[Text]:
    """Warnings of steps that stay although they build on one that goes."""
    needs = {step.id: frozenset(step.needs) for step in RUNBOOK}
    return [
        T(
            "these build on “{step}” and stay: {others}",
            step=title_of(step),
            others=listed(title_of(other) for other in sorted(others)),
        )
        for step, others in plan.leaning_on(needs).items()
    ]


def amount(plan: RollbackPlan) -> Text:
    """How much is taken back."""
    return T(
        "{changes} things are taken back on {hosts} hosts.",
        changes=plan.changes,
        hosts=len(plan.hosts),
    )


def done(plan: RollbackPlan, seconds: float) -> Text:
    """What was taken back, in the end."""
    return T(
        "Taken back in {seconds:.0f} s: {changes} things on {hosts} hosts.",
        seconds=seconds,
        changes=plan.changes,
        hosts=len(plan.hosts),
    )


def left_as_it_is(left: RollbackPlan) -> list[tuple[str, str]]:
    """Host and path of what was kept because somebody had changed it."""
    return [(conflict.host, conflict.path) for conflict in left.conflicts]


def notes(plan: RollbackPlan) -> list[Text]:
    """Where copies lie of what was overwritten."""
    return [each.note for each in reversals(plan) if each.note and each.operations]
