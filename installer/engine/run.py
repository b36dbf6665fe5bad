"""Carrying the plan out: each step is planned again, compared, performed and verified."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from installer.engine import events
from installer.engine.change import unified_diff
from installer.engine.events import Emit
from installer.engine.installation import Installation
from installer.engine.journal import Journal
from installer.engine.lanes import Lanes, Task, tasks_for
from installer.engine.performing import Performer
from installer.engine.plan import Finding, Plan, StepPlan, findings_of, make_plan
from installer.engine.secrecy import hush
from installer.engine.witness import Witness
from installer.remote.target import Job
from runbook.errors import CatherdError, Failed
from runbook.probes import Facts, FileAt
from runbook.step import Step
from runbook.text import T

POLL = 0.25
"""Seconds between two looks at a check that may take a while to become true."""

Approve = Callable[[StepPlan, StepPlan], bool]
"""Asked when a step would now do something else than its preview said: (previewed, now)."""


def refuse(previewed: StepPlan, now: StepPlan) -> bool:
    """The answer of an unattended run to a plan that changed under its feet: stop."""
    return False


@dataclass
class Runner:
    """Runs the steps of a plan on their hosts."""

    installation: Installation
    journal: Journal
    facts: Mapping[str, Facts]
    """What was known of all hosts when the plan was made."""
    plan: Plan
    run_id: str
    emit: Emit
    approve: Approve = refuse

    def __post_init__(self) -> None:
        self._cancelled = threading.Event()
        self.emit = Witness(self.journal, self.run_id, self.installation.hide, self.emit)
        self._performer = Performer(
            self.installation, self.journal, self.run_id, self.emit, self._cancelled.is_set
        )
        self.tasks = tasks_for([(each.step, each.host) for each in self.plan.steps])
        self.lanes = Lanes(self.tasks, self._work, self._blocked)

    @property
    def jobs(self) -> dict[str, Job]:
        """What was started on hosts and may still go on there, by host."""
        return dict(self._performer.jobs)

    def tasks_of(self, step: Step) -> list[Task]:
        """The tasks of one step, one a host."""
        return [task for task in self.tasks if task.step is step]

    def look_again(self, steps: Iterable[Step], hosts: Sequence[str]) -> tuple[StepPlan, ...]:
        """Plan these steps afresh from how the hosts are now; the run goes by the new plans."""
        wanted = list(steps)
        facts = {**self.facts, **self.installation.survey(hosts, wanted)}
        found = make_plan(self.installation, facts, self.run_id, wanted, hosts).steps
        self.plan = self.plan.replaced(found)
        self.emit(events.Looked(found))
        return found

    def again(self, tasks: Iterable[Task]) -> None:
        """Let tasks that have ended be released once more; look at them again before."""
        self.lanes.again(tasks)

    def cancel(self) -> None:
        """Begin nothing more; what is detached on a host goes on there."""
        self._cancelled.set()
        self.lanes.stop()

    def abandon(self, patience: float = 15.0) -> None:
        """Begin nothing more, and give what is under way a moment to end whole."""
        self.cancel()
        self.lanes.drain(patience)

    def run_all(self) -> bool:
        """Release everything and wait; whether every step passed."""
        self.lanes.start()
        self.lanes.release(self.tasks)
        return self.finish()

    def finish(self) -> bool:
        """Wait for all that was released; an unexpected error of a lane is raised here."""
        ok = self.lanes.wait()
        if self.lanes.crash is not None:
            raise self.lanes.crash
        return ok

    def _work(self, task: Task) -> bool:
        step, host = task.step, task.host
        began = time.monotonic()
        self.emit(events.StepStarted(step.id, host))
        error: CatherdError | None = None
        outcome: events.Outcome = "failed"
        try:
            outcome = self._step(step, host)
        except CatherdError as problem:
            error = hush(problem, self.installation.hide)
        if self._cancelled.is_set() and outcome == "failed":
            outcome = "cancelled"
        previewed = self.plan.of(step.id, host)
        description = previewed.description if previewed else ""
        self.journal.end_step(self.run_id, step.id, host, outcome, str(error or ""), description)
        self.emit(events.StepDone(step.id, host, outcome, time.monotonic() - began, error))
        return outcome in ("done", "unchanged")

    def _blocked(self, task: Task) -> None:
        self.emit(events.StepDone(task.step.id, task.host, "blocked", 0.0))

    def _step(self, step: Step, host: str) -> events.Outcome:
        previewed = self.plan.of(step.id, host)
        assert previewed is not None
        digest = digest_of(previewed)
        self.journal.begin_step(self.run_id, step.id, host, digest)
        now = self._plan_again(step, host)
        if digest != digest_of(now):
            self.journal.begin_step(self.run_id, step.id, host, digest_of(now))
        if now.error:
            raise now.error
        if differs(previewed, now) and not self.approve(previewed, now):
            seen = self.installation.survey([host], [step])[host]
            raise changed_since(now, self.facts[host], seen)
        if not now.needed:
            self.emit(events.Looked((now,)))
            return "unchanged"
        barred = [each for each in now.findings if each.failed and each.check.beforehand]
        if barred and now.changes:
            raise failure_of(host, barred)
        if now.changes:
            self._performer.remember(step.id, host, now.changes)
        for number, change in enumerate(now.changes, 1):
            if self._cancelled.is_set():
                raise Failed(T("Stopped before the step was finished"))
            self._performer.perform(step.id, host, number, len(now.changes), change)
        self._verify(step, host)
        return "done"

    def _plan_again(self, step: Step, host: str) -> StepPlan:
        facts = self._facts(step, host)
        plan = make_plan(self.installation, facts, self.run_id, [step], [host])
        return plan.steps[0]

    def _facts(self, step: Step, host: str) -> dict[str, Facts]:
        """This host as it is now, the others as they were when the plan was made."""
        return {**self.facts, **self.installation.survey([host], [step])}

    def _verify(self, step: Step, host: str) -> None:
        """Look until every check holds or its patience ends; the last look counts."""
        began = time.monotonic()
        while True:
            facts = self._facts(step, host)
            findings = findings_of(
                step, self.installation.host(host, facts), self.installation.hide
            )
            failed = [finding for finding in findings if finding.failed]
            waited = time.monotonic() - began
            hopeful = failed and all(finding.check.patience > waited for finding in failed)
            if not hopeful or self._cancelled.is_set():
                break
            time.sleep(POLL)
        for finding in findings:
            self.emit(events.Checked(step.id, host, finding.check, finding.verdict))
        if failed:
            raise failure_of(host, failed)


def changed_since(step: StepPlan, then: Facts, now: Facts) -> Failed:
    """The error for a host that changed between preview and run, with what became of its files."""
    lines = []
    for change in step.changes:
        probe = FileAt(change.target) if change.kind in ("put", "edit") else None
        if probe is not None and probe in then and probe in now and then[probe] != now[probe]:
            lines.append(
                unified_diff(change.target, then[probe].data, now[probe].data or b"").rstrip()
            )
        else:
            lines.append(str(change.summary))
    return Failed(
        T("{host} has changed since the preview of this step", host=step.host),
        where=T("What has changed there: {changes}", changes="\n".join(lines)),
        remedy=T("Nothing was done. If that is as it should be, run again."),
    )


def failure_of(host: str, failed: list[Finding]) -> Failed:
    """One error that tells of all failed checks: seen, expected, usual cause, remedy."""
    first = failed[0]
    lines = "\n".join(
        str(
            T(
                "{title}: seen {seen}, expected {expected}",
                title=finding.check.title,
                seen=finding.verdict.seen,
                expected=finding.check.expected,
            )
        )
        for finding in failed
    )
    return Failed(
        lines,
        where=T("{host}; usual cause: {cause}", host=host, cause=first.check.usual_cause),
        remedy=first.check.remedy,
    )


def differs(previewed: StepPlan, now: StepPlan) -> bool:
    """Whether a step would do something that its preview did not show.

    What was "known after" another step may become known, and what has become true by itself
    may fall away; anything else is a difference.
    """
    shown = {change.digest for change in previewed.changes}
    open_targets = {change.target for change in previewed.changes if change.known_after}
    return any(
        change.digest not in shown and change.target not in open_targets for change in now.changes
    )


def digest_of(plan: StepPlan) -> str:
    """Digest of all that a step would do."""
    return hashlib.sha256("".join(change.digest for change in plan.changes).encode()).hexdigest()
