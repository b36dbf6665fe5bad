"""Conducts the work on one cluster for a front end in which nothing blocks.

It looks at the hosts, holds them from the first approval until nothing is left to run, carries
out what is approved, and takes steps back. Methods that speak to hosts say so: they are for a
thread of their own. What happens is told as events, from whatever thread it happens in.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace

from installer.engine import events
from installer.engine.events import Emit, Event
from installer.engine.history import Reason
from installer.engine.lanes import ENDED, Task
from installer.engine.plan import Plan, StepPlan
from installer.engine.rollback import RollbackRunner
from installer.engine.rollback_plan import Rollback, RollbackPlan
from installer.engine.run import Approve, Runner
from installer.engine.undo import Choice
from installer.frontend.proof_run import ProofRun
from installer.frontend.session import Outcome, Session, concerned
from installer.frontend.undoing import Scope
from installer.remote.target import Job
from runbook.errors import Failed
from runbook.step import Step
from runbook.text import T, Text

Choices = dict[tuple[str, str], Choice]


class Conductor:
    """One cluster, as the operator works on it."""

    def __init__(self, session: Session, emit: Emit, approve: Approve) -> None:
        """``approve`` is asked, in a thread of a lane, when a host changed since its preview."""
        self.session, self._emit, self._approve = session, emit, approve
        self._guard = threading.RLock()
        self._held: ExitStack | None = None
        self._outcome = Outcome()
        self._runner: Runner | None = None
        self._undoing: RollbackRunner | None = None
        self.proof: ProofRun | None = None
        """The proof that was carried out last, outside of a run."""
        self.reasons: dict[tuple[str, str], Reason] = {}
        """Why steps that were begun before are due again, by step and host."""

    @property
    def runner(self) -> Runner:
        """The run that was planned last."""
        assert self._runner is not None, "look first"
        return self._runner

    @property
    def plan(self) -> Plan:
        """What would be done now."""
        return self.runner.plan

    @property
    def at_work(self) -> bool:
        """Whether the hosts are held: for a run that has not ended, a rollback or a proof."""
        return self._held is not None or self.proving or self._undoing is not None

    @property
    def proving(self) -> bool:
        """Whether the proof is being carried out."""
        return self.proof is not None and self.proof.ok is None

    @property
    def jobs(self) -> dict[str, Job]:
        """What is going on on hosts and would go on without Catherd, by host."""
        return self._runner.jobs if self._runner else {}

    def look(self) -> Plan:
        """Connect, look at all hosts and plan everything. Speaks to hosts.

        :raises CatherdError: a host cannot be reached or looked at
        """
        with self._guard:
            assert self._held is None, "a run is under way"
            run_id = self.session.new_run_id()
            facts, plan = self.session.plan(self.session.choose(()), run_id)
            self.reasons = self.session.history().reasons(plan)
            session = self.session
            self._runner = Runner(
                session.installation, session.journal, facts, plan, run_id, self._emit,
                self._approve,
            )  # fmt: skip
            return plan

    def approve(self, steps: Iterable[str]) -> None:
        """Let these steps run as soon as they can. Speaks to hosts where none is held yet.

        What is done already is checked again on the way, so that a step that waits for it can go.

        :raises Locked: another operator is at work
        """
        with self._guard:
            self._hold()
            wanted = set(steps)
            done = {task.step.id for task in self.runner.tasks} - self._due()
            self.runner.lanes.release(self._tasks(wanted | done))

    def skip(self, step: str) -> None:
        """Pass over a step; what needs it can run all the same. Speaks to hosts, as ``approve``."""
        with self._guard:
            self._hold()
            self.runner.lanes.skip(self._tasks([step]))

    def retry(self, steps: Sequence[str]) -> None:
        """Look at steps again, and run them. Speaks to hosts."""
        with self._guard:
            if self._held is None:
                again = self._released()
                self._emit(events.Looked(self.look().steps))
                self.approve([*again, *steps])
                return
            self.look_again(steps)
            self.runner.again([t for t in self._tasks(steps) if t.state != "done"])
            self.runner.lanes.release(self._tasks(steps))

    def look_again(self, steps: Iterable[str]) -> tuple[StepPlan, ...]:
        """Make the checks of steps again and plan them afresh. Speaks to hosts.

        A step that is no longer as it was installed can be approved again.
        """
        with self._guard:
            tasks = [task for task in self._tasks(steps) if task.state != "running"]
            hosts = list(dict.fromkeys(task.host for task in tasks))
            wanted = list({task.step.id: task.step for task in tasks}.values())
            found = self.runner.look_again(wanted, hosts) if tasks else ()
            due = {(each.step.id, each.host) for each in found if each.needed}
            if self._held is not None:
                self.runner.again([t for t in tasks if (t.step.id, t.host) in due & self._passed()])
            return found

    def what_undoes(
        self,
        steps: Iterable[str] | None = None,
        choices: Choices | None = None,
        since: float = 0.0,
    ) -> tuple[Rollback, RollbackPlan]:
        """What would take these steps (all by default) back. Speaks to hosts; needs no archives.

        :param since: only what was done from this moment on, in seconds since 1970
        """
        scope = Scope(None if steps is None else frozenset(steps), since)
        rollback = self.session.rollback(self.session.choose(()), self.session.new_run_id())
        return rollback, rollback.plan(scope.wants, choices)

    def undo(self, rollback: Rollback, plan: RollbackPlan) -> bool:
        """Take steps back as planned, then look at the hosts afresh. Speaks to hosts.

        Where nothing was ever planned, nothing is now: this needs no archives.

        :raises Failed: something is running on one of these hosts
        """
        with self._guard:
            self._refuse_while_running({each.host for each in plan.hosts})
            hosts = [each.host for each in plan.hosts]
            stack = ExitStack()
            if self._held is None:
                outcome = stack.enter_context(self.session.locked(rollback.run, hosts, "rollback"))
            else:
                outcome = stack.enter_context(self.session.recorded(rollback.run, "rollback"))
            with stack:
                runner = RollbackRunner(
                    self.session.targets, self.session.journal, plan, rollback.run, self._emit,
                    rollback.secrets.hide,
                )  # fmt: skip
                self._undoing = runner
                try:
                    outcome.ok = runner.run()
                finally:
                    self._undoing = None
            if self._held is None and self._runner is not None:
                self._emit(events.Looked(self.look().steps))
            elif self._held is not None:
                self.look_again([step.id for step in self.session.installation.steps])
            return outcome.ok

    def prove(self, step: Step) -> bool:
        """Carry out a step that is none of the runbook's, such as the proof. Speaks to hosts."""
        if self.at_work:
            raise Failed(
                T("Something is running on the hosts"), remedy=T("Wait until it has ended.")
            )
        self.proof = proof = ProofRun()
        try:
            with self._guard:
                proof.ok = self._prove(step, proof)
        finally:
            proof.ok = bool(proof.ok)
        return proof.ok

    def _prove(self, step: Step, proof: ProofRun) -> bool:
        def emit(event: Event) -> None:
            proof.take(event)
            self._emit(event)

        session, run_id = self.session, self.session.new_run_id()
        chosen = replace(session.choose(()), steps=(step,))
        facts, plan = session.plan(chosen, run_id)
        with session.locked(run_id, concerned(plan), "prove") as outcome:
            runner = Runner(session.installation, session.journal, facts, plan, run_id, emit)
            proof.cancel = runner.cancel
            outcome.ok = runner.run_all()
        return outcome.ok

    def leave(self, stop: bool = False) -> dict[str, list[Text]]:
        """Begin nothing more, and give the hosts free; what is detached goes on there.

        Speaks to hosts.

        :param stop: end what goes on on the hosts too; the next run begins it anew
        :return: what was ended, by host
        """
        jobs = self.jobs
        if self.proof is not None and self.proving:
            self.proof.cancel()
        if (undoing := self._undoing) is not None:
            undoing.cancel()
        if self._runner is not None and self._held is not None:
            self._runner.abandon()
        ended: dict[str, list[Text]] = {}
        for host in jobs if stop else ():
            ended[host] = list(self.session.targets[host].stop_jobs())
        self._settle()
        return ended

    def _hold(self) -> None:
        if self._held is not None:
            return
        runner = self.runner
        stack = ExitStack()
        run = self.session.locked(runner.run_id, concerned(runner.plan))
        self._outcome = stack.enter_context(run)
        self._held = stack
        self._emit(events.RunStarted(runner.run_id, runner.plan))
        runner.lanes.start()
        threading.Thread(target=self._watch, args=(runner,), name="watch", daemon=True).start()

    def _watch(self, runner: Runner) -> None:
        """Give the hosts free as soon as nothing is left to run."""
        began = time.monotonic()
        while True:
            ok = runner.lanes.wait()
            with self._guard:
                if runner.lanes.stopped or all(task.state in ENDED for task in runner.tasks):
                    break
        self._outcome.ok = ok
        self._settle()
        seconds = time.monotonic() - began
        self._emit(events.RunDone(runner.run_id, ok, seconds, runner.lanes.crash))

    def _settle(self) -> None:
        with self._guard:
            if self._held is not None:
                try:
                    self._held.close()
                finally:
                    self._held = None

    def _refuse_while_running(self, hosts: set[str]) -> None:
        if self._held is None:
            return
        busy = [t for t in self.runner.tasks if t.state in ("running", "released")]
        on = [task for task in busy if task.host in hosts]
        if on:
            raise Failed(
                T("{step} is under way on {host}", step=on[0].step.title, host=on[0].host),
                remedy=T("Wait until it has ended, or stop the run."),
            )

    def _tasks(self, steps: Iterable[str]) -> list[Task]:
        wanted = set(steps)
        return [task for task in self.runner.tasks if task.step.id in wanted]

    def _due(self) -> set[str]:
        return {each.step.id for each in self.plan.needed}

    def _passed(self) -> set[tuple[str, str]]:
        return {(t.step.id, t.host) for t in self.runner.tasks if t.state == "done"}

    def _released(self) -> list[str]:
        due = self._due()
        return list(
            dict.fromkeys(t.step.id for t in self.runner.tasks if t.released and t.step.id in due)
        )
