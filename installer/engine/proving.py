"""Carries a ``Prove`` out: the probe application comes, the trials are made, it goes again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from installer.engine import events
from installer.engine.events import Emit
from installer.engine.probe_app import probe_deployed
from installer.engine.proof import TrialResult, prove
from installer.remote.operations import Remove, WriteFile
from installer.remote.target import Target
from runbook.actions import Prove
from runbook.errors import Failed
from runbook.text import T


def carry_out_proof(
    targets: Mapping[str, Target],
    step: str,
    host: str,
    action: Prove,
    emit: Emit,
    cancelled: Callable[[], bool],
) -> None:
    """Try everything, tell each result, and leave a receipt on the host when all is well.

    The receipt of an earlier proof goes first: a cluster that fails is not a proved one.

    :raises Failed: a trial did not show what a correct cluster does
    """

    def report(result: TrialResult) -> None:
        emit(
            events.Tried(
                step,
                host,
                result.trial.title,
                result.tried,
                result.expected,
                result.seen,
                result.ok,
                result.seconds,
            )
        )

    def target_of(name: str) -> Target:
        return targets[name]

    targets[host].apply(Remove(action.receipt))
    with probe_deployed(action.setup.nodes, target_of):
        results = prove(action.setup, target_of, report, cancelled=cancelled)
    failed = [result.trial.title for result in results if not result.ok]
    if failed:
        raise Failed(
            T(
                "The proof failed: {trials}",
                trials=str(T("; ")).join(str(title) for title in failed),
            ),
            where=host,
            remedy=T("What was seen is told with each trial; “catherd verify” names the cause."),
        )
    receipt = WriteFile(action.receipt, action.subject.encode() + b"\n", mode=0o600)
    targets[host].apply(receipt)
