"""Plants faults on the hosts of an open cluster, shows them, mends them, and sees what is wrong."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from installer.remote.operations import Shell
from runbook.training.fault import Fault, On, Shown, scripts

if TYPE_CHECKING:
    from installer.engine.plan import Finding, Plan
    from installer.frontend.session import Session

LONGEST = 300.0
"""Seconds that a script may take: a Tomcat that restarts on a busy machine takes a minute."""
SETTLED = 240.0
"""Seconds that a cluster is given until it is in service, after a boot or a mend."""

STEADY = 3
"""Looks in a row at which nothing was wrong that might pass."""


def commands(session: Session, wanted: Iterable[On]) -> list[tuple[str, str]]:
    """Host and script of each, with the names of this cluster."""
    node = session.cluster.tomcats[0].name
    return list(scripts(wanted, session.installation.host(node, {})))


def carry_out(session: Session, wanted: Iterable[On]) -> str:
    """Run scripts as root, one after the other; what they printed.

    :raises Failed: one of them did not exit 0
    """
    printed = []
    for name, script in commands(session, wanted):
        result = session.targets[name].apply(Shell(script, timeout=LONGEST))
        printed.append(result.text)
    return "\n".join(filter(None, printed))


def observe(session: Session, shown: Shown) -> tuple[str, bool]:
    """What one sees of a fault, and whether it is what the runbook says."""
    printed = carry_out(session, [On(shown.on.place, f"{{ {shown.on.script}\n}} 2>&1 || :")])
    return printed, bool(re.search(shown.prints, printed))


def wrong(plan: Plan) -> dict[str, Finding]:
    """The checks that do not hold, as ``check@host``."""
    return {
        f"{one.check.id}@{each.host}": one
        for each in plan.steps
        for one in each.findings
        if one.failed
    }


def look(session: Session, steps: tuple[str, ...] = (), patience: float = 0.0) -> Plan:
    """The hosts as they are now; while only what takes time is wrong, looked at again.

    :param steps: only these steps, all by default
    :param patience: seconds after which what is seen is taken for final
    """
    chosen = session.choose((), steps)
    until = time.monotonic() + patience
    while True:
        _, plan = session.plan(chosen)
        open_ones = wrong(plan).values()
        may_change = open_ones and all(each.check.patience for each in open_ones)
        if not may_change or time.monotonic() >= until:
            return plan
        time.sleep(1)


def settle(
    session: Session, expected: frozenset[str] = frozenset(), steps: tuple[str, ...] = ()
) -> dict[str, Finding]:
    """Wait until just these checks do not hold, none by default; those that do not in the end.

    Services start, and a busy machine answers late: that may take minutes. What no time will
    change is not waited for.
    """
    until = time.monotonic() + SETTLED
    steady = 0
    while True:
        found = wrong(look(session, steps))
        steady = 0 if any(each.check.patience for each in found.values()) else steady + 1
        if found.keys() == expected or steady == STEADY or time.monotonic() >= until:
            return found
        time.sleep(1)


def plant(session: Session, fault: Fault) -> None:
    """Bring the fault about. Speaks to hosts."""
    carry_out(session, fault.plant)


def mend(session: Session, fault: Fault) -> None:
    """Mend it, by the way that the runbook states. Speaks to hosts."""
    carry_out(session, fault.mend)
