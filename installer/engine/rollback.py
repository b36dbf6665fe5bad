"""Carries a rollback out: every host on its own, newest step first, verified in the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from installer.engine import events
from installer.engine.events import Emit
from installer.engine.journal import Journal
from installer.engine.records import RESTART, Undoable, restart_record
from installer.engine.rollback_plan import HostRollback, RecordUndo, RollbackPlan
from installer.engine.secrecy import Hide, hidden_bytes, hush
from installer.engine.world import STATE
from installer.remote.operations import Remove, SetService
from installer.remote.target import OnOutput, Target
from runbook.errors import CatherdError
from runbook.text import as_written


@dataclass
class RollbackRunner:
    """Takes the steps of a plan back. Broken off anywhere, another one goes on from there."""

    targets: Mapping[str, Target]
    journal: Journal
    plan: RollbackPlan
    run_id: str
    emit: Emit
    hide: Hide
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        """Begin no further step."""
        self._cancelled.set()

    def run(self) -> bool:
        """Take everything back on all hosts at once; whether all of it succeeded."""
        with ThreadPoolExecutor(max_workers=max(1, len(self.plan.hosts))) as pool:
            return all(list(pool.map(self._host, self.plan.hosts)))

    def _host(self, plan: HostRollback) -> bool:
        target = self.targets[plan.host]
        began = time.monotonic()
        steps = [each for each in plan.steps if each.record.step != RESTART]
        try:
            self._stop_services(plan, target)
            for step in steps:
                if self._cancelled.is_set() or not self._step(step, plan, target):
                    return False
            self._start_services(plan, target)
            target.unstage()
        except CatherdError as error:
            self._done(RESTART, plan.host, "failed", began, hush(error, self.hide))
            return False
        return True

    def _stop_services(self, plan: HostRollback, target: Target) -> None:
        """Stop what must not run meanwhile; the host remembers to start it again."""
        changes = [
            Undoable("service", restart.name, as_written(restart.summary), (restart.again,))
            for restart in plan.restarts
            if restart.again is not None
        ]
        if changes:
            changes += [change for step in _owed(plan) for change in step.record.changes]
            target.apply(restart_record(self.run_id, plan.host, tuple(changes)).write())
        for restart in plan.restarts:
            target.apply(SetService(restart.name, action="stop"))

    def _start_services(self, plan: HostRollback, target: Target) -> None:
        for name in plan.look_again:
            target.apply(SetService(name))
        owed = [operation for step in _owed(plan) for operation in step.record.operations]
        starts = [restart.again for restart in plan.restarts if restart.again is not None]
        for operation in (*starts, *owed):
            target.apply(operation)
        if starts or owed:
            target.apply(restart_record(self.run_id, plan.host, ()).forget())

    def _step(self, step: RecordUndo, plan: HostRollback, target: Target) -> bool:
        record, began = step.record, time.monotonic()
        self.emit(events.StepStarted(record.step, plan.host))
        self.journal.begin_step(self.run_id, record.step, plan.host, "")
        target.at_step(record.step)
        try:
            for reversal in step.reversals:
                for operation in reversal.operations:
                    target.apply(operation, self._output(record.step, plan.host))
            self._forget(step, plan, target)
        except CatherdError as error:
            self._done(record.step, plan.host, "failed", began, hush(error, self.hide))
            return False
        self.journal.taken_back(record.run, record.step, plan.host)
        self._done(record.step, plan.host, "undone", began)
        return True

    def _forget(self, step: RecordUndo, plan: HostRollback, target: Target) -> None:
        """The host keeps the record and the originals of what was left as it is, nothing else."""
        record, remaining = step.record, step.remaining
        if remaining.changes:
            target.apply(remaining.write())
            return
        others = self.plan.records[plan.host]
        if not any(each.saved == record.saved and each.path != record.path for each in others):
            target.apply(Remove(record.saved, keep=STATE))
        target.apply(record.forget())

    def _done(
        self,
        step: str,
        host: str,
        outcome: events.Outcome,
        began: float,
        error: CatherdError | None = None,
    ) -> None:
        if step != RESTART:
            self.journal.end_step(self.run_id, step, host, outcome, str(error or ""))
        self.emit(events.StepDone(step, host, outcome, time.monotonic() - began, error))

    def _output(self, step: str, host: str) -> OnOutput:
        def output(data: bytes) -> None:
            self.emit(events.Output(step, host, hidden_bytes(data, self.hide)))

        return output


def _owed(plan: HostRollback) -> list[RecordUndo]:
    """What an earlier rollback has stopped and did not come to start again."""
    return [each for each in plan.steps if each.record.step == RESTART]
