"""Whether a cluster is still as it was installed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from installer.engine.plan import Finding, Plan, StepPlan


@dataclass(frozen=True)
class Departures:
    """What is not as installed; nothing of it is false."""

    failed: tuple[Finding, ...]
    """Checks that do not hold."""
    drifted: tuple[StepPlan, ...]
    """Steps that would change something, or cannot be planned."""

    def __bool__(self) -> bool:
        return bool(self.failed or self.drifted)


def departures(plan: Plan) -> Departures:
    """What a plan that was just made says of the hosts."""
    return Departures(
        tuple(one for each in plan.steps for one in each.findings if one.failed),
        tuple(each for each in plan.steps if each.changes or each.error),
    )
