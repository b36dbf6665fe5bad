"""Makes one change on one host: what it needs is brought, it is recorded, then it is made."""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from installer.engine import events
from installer.engine.change import Change
from installer.engine.events import Emit
from installer.engine.installation import Installation
from installer.engine.journal import Journal
from installer.engine.proving import carry_out_proof
from installer.engine.records import record_of
from installer.engine.secrecy import hidden_bytes
from installer.remote.operations import Extract, Operation, Shell
from installer.remote.outcome import job_failure
from installer.remote.script import quote
from installer.remote.target import Job, Joined, OnOutput, Target
from runbook.errors import Failed
from runbook.text import T


@dataclass
class Performer:
    """Makes the changes of one run."""

    installation: Installation
    journal: Journal
    run_id: str
    emit: Emit
    cancelled: Callable[[], bool]
    jobs: dict[str, Job] = field(default_factory=dict)
    """What was started and may still go on, by host."""

    def remember(self, step: str, host: str, changes: tuple[Change, ...]) -> None:
        """Let the host know what is about to be changed there, and how it is taken back."""
        now, operator = time.time(), getpass.getuser()
        record = record_of(self.run_id, step, host, operator, now, changes)
        target = self.installation.targets[host]
        target.at_step(step)
        target.apply(record.write())

    def perform(self, step: str, host: str, number: int, count: int, change: Change) -> None:
        """Make the change; where it fails, the next run finds out how far it came.

        :raises CatherdError: it could not be made, or the operator does not want to wait for it
        """
        target = self.installation.targets[host]
        began = time.monotonic()
        self.emit(events.ChangeStarted(step, host, number, count, change))
        staged = self._stage(step, host, change, target)

        def output(data: bytes) -> None:
            self.emit(events.Output(step, host, hidden_bytes(data, self.installation.hide)))

        with self.journal.change(self.run_id, step, host, change):
            if change.job is not None:
                self._build(step, target, change.job, change.operations, staged, output)
            else:
                _apply(target, change.operations, staged, output)
            if change.prove is not None:
                targets, prove = self.installation.targets, change.prove
                carry_out_proof(targets, step, host, prove, self.emit, self.cancelled)
        if staged:
            target.unstage()
        self.emit(events.ChangeDone(step, host, change, time.monotonic() - began))

    def _stage(self, step: str, host: str, change: Change, target: Target) -> str:
        artefact = change.artefact
        if artefact is None:
            return ""

        def progress(done: int, total: int) -> None:
            self.emit(events.Uploading(step, host, artefact.name, done, total))

        return target.stage(self.installation.depot.path(artefact), artefact.sha256, progress)

    def _build(
        self,
        step: str,
        target: Target,
        job: Job,
        operations: tuple[Operation, ...],
        staged: str,
        output: OnOutput,
    ) -> None:
        """Run the job or attach to it; one whose result is of no use is forgotten."""

        def watched(data: bytes) -> None:
            if data:
                output(data)
            if self.cancelled():
                raise Failed(
                    T("Stopped watching {title}: it goes on by itself", title=job.title),
                    where=host,
                    remedy=T("The next run takes it up where it is then."),
                )

        def joined(joined: Joined) -> None:
            self.emit(events.JobJoined(step, host, job.title, joined))

        script, host = f"set -- {quote(staged)}\n{job.script}", target.name
        self.jobs[host] = job
        result = target.run_job(replace(job, script=script), watched, joined)
        del self.jobs[host]
        try:
            if not result.ok:
                raise job_failure(host, job, result)
            _apply(target, operations, staged, output)
        except Failed:
            target.forget_job(job.id)
            raise
        target.forget_job(job.id)


def _apply(
    target: Target, operations: tuple[Operation, ...], staged: str, output: OnOutput
) -> None:
    for operation in operations:
        if isinstance(operation, Extract | Shell) and operation.archive:
            operation = replace(operation, archive=staged)
        target.apply(operation, output)
