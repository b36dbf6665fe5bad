"""Carries the proof of a cluster out: trial after trial, and leaves the cluster as it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from installer.engine.proof_ground import Ground, Stopped, TargetOf
from installer.engine.trials import GRACE, GROUPS, Verdicts
from runbook.errors import CatherdError
from runbook.proof import Trial, protocol
from runbook.proof_setup import ProofSetup
from runbook.text import Text

__all__ = ["Stopped", "TrialResult", "prove", "trials_of"]


@dataclass(frozen=True)
class TrialResult:
    """A trial with what was seen."""

    trial: Trial
    seen: Text
    ok: bool
    seconds: float

    @property
    def tried(self) -> Text:
        """What was done."""
        return self.trial.tried

    @property
    def expected(self) -> Text:
        """What a correct cluster does."""
        return self.trial.expected

    @property
    def usual_cause(self) -> Text:
        """What is wrong, most of the time, where something else is seen."""
        return self.trial.usual_cause


def trials_of(setup: ProofSetup) -> list[Trial]:
    """The trials that this cluster would have to pass, in order, for a preview."""
    standbys = ", ".join(node.route for node in setup.standbys)
    trials = protocol(setup.shares, setup.exact, setup.outsider, setup.retry + GRACE, standbys)
    left_out = {*setup.beyond, *(() if setup.outage else ("standby", "all-down"))}
    return [trial for trial in trials if trial.id not in left_out]


def prove(
    setup: ProofSetup,
    target_of: TargetOf,
    report: Callable[[TrialResult], None],
    *,
    only: Collection[str] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[TrialResult]:
    """Try everything, or the trials named in ``only``; the probe application must be deployed.

    However a trial ends, nodes that it took down are started again and a drain is undone before
    the next one begins. A trial that cannot be carried out has failed; its error is what was seen.

    :param cancelled: asked in every wait and between trials; the cluster is restored first
    :raises Stopped: the operator wanted to stop
    :raises Failed: the cluster was not whole to begin with, or could not be made whole again
    """
    ground = Ground(setup, target_of, cancelled)
    ground.ready()
    results: list[TrialResult] = []

    def note(result: TrialResult) -> None:
        results.append(result)
        report(result)

    trials = {trial.id: trial for trial in trials_of(setup)}
    for ids, carry_out in GROUPS:
        ground.heed()
        wanted = [trials[id] for id in ids if id in trials]
        if only is None or any(trial.id in only for trial in wanted):
            _try(ground, wanted, carry_out, note)
    return results


def _try(
    ground: Ground,
    trials: list[Trial],
    carry_out: Callable[[Ground], Verdicts],
    note: Callable[[TrialResult], None],
) -> None:
    began = time.monotonic()
    pending = {trial.id: trial for trial in trials}
    try:
        for id, verdict in carry_out(ground) if pending else ():
            seconds, began = time.monotonic() - began, time.monotonic()
            note(TrialResult(pending.pop(id), verdict.seen, verdict.ok, seconds))
    except Stopped:
        raise
    except CatherdError as error:
        for trial in pending.values():
            note(TrialResult(trial, error.what, False, time.monotonic() - began))
    finally:
        ground.restore()
