"""The order of the steps becomes plays: as few as can be, each for the hosts of one kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runbook.host import Role
from runbook.step import Step


@dataclass(frozen=True)
class Play:
    """Steps that the same hosts take one after the other."""

    hosts: tuple[Role, ...]
    steps: tuple[Step, ...]

    @property
    def one_at_a_time(self) -> bool:
        """Whether one host must be done before the next begins."""
        return any(step.one_at_a_time for step in self.steps)


def plays_of(steps: Iterable[Step]) -> list[Play]:
    """Plays in an order that works.

    Hosts of a kind that can take all their steps at once go first, so that what changes for a
    service and its restart stand in one play.
    """
    left = list(steps)
    plays: list[Play] = []
    while left:
        kinds = dict.fromkeys(step.roles for step in left)
        ready = {kind: _ready(kind, left) for kind in kinds}
        whole = [kind for kind in kinds if len(ready[kind]) == _count(kind, left)]
        chosen = next(kind for kind in (*whole, *kinds) if ready[kind])
        plays.append(Play(chosen, tuple(ready[chosen])))
        left = [step for step in left if step not in ready[chosen]]
    return plays


def _count(kind: tuple[Role, ...], left: Sequence[Step]) -> int:
    return sum(step.roles == kind for step in left)


def _ready(kind: tuple[Role, ...], left: Sequence[Step]) -> list[Step]:
    """The steps of these hosts that wait for nobody else's."""
    waiting = {step.id for step in left}
    ready: list[Step] = []
    for step in left:
        if step.roles == kind and not waiting.intersection((*step.needs, *step.after)):
            ready.append(step)
            waiting.discard(step.id)
    return ready
