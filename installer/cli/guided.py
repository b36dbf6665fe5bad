"""A guided run: each step is shown, then run, explained or skipped at the operator's word.

A long build goes on in the background while the next steps are looked at.
"""

from __future__ import annotations

import time

import questionary
from prompt_toolkit.patch_stdout import patch_stdout
from questionary import Choice

from installer.cli import interrupted, recalling, show
from installer.cli.display import RunDisplay
from installer.cli.endings import Leaving
from installer.cli.show import Again
from installer.engine.lanes import ENDED, Task
from installer.engine.plan import Plan, StepPlan
from installer.engine.run import Runner
from installer.frontend import recall
from installer.frontend.session import Chosen, Session, concerned
from runbook.step import Step
from runbook.text import T, listed

QUIT = 3


def run(session: Session, chosen: Chosen) -> int:
    """Walk through the steps that have something to do; the exit code says how it went."""
    began = time.monotonic()
    run_id = session.new_run_id()
    facts, plan = session.plan(chosen, run_id)
    if not plan.needed:
        session.nothing_to_do(run_id, chosen)
        show.out().print(str(T("Nothing to do: every check holds.")))
        return 0
    installation = session.installation
    history = session.history()
    recalling.show_history(history, installation.steps)
    display = RunDisplay(installation.steps, live=False)
    again = recall.texts(history.reasons(plan))
    with session.locked(run_id, concerned(plan)) as outcome:
        runner = Runner(
            installation, session.journal, facts, plan, run_id, display.emit, approve=_ask_again
        )
        try:
            with display:
                code = Guide(runner, plan, display, installation.steps, again).walk()
        except Leaving:
            interrupted.leave(session, runner)
            raise
        except KeyboardInterrupt:
            interrupted.leave_or_stop(session, runner)
            raise
        if code == QUIT:
            interrupted.leave_or_stop(session, runner)
        outcome.ok = code == 0
    if code == 0:
        show.show_end(True, time.monotonic() - began, display.trials)
    return code


class Guide:
    """Asks about one step after the other and lets the lanes run what was approved."""

    def __init__(
        self,
        runner: Runner,
        plan: Plan,
        display: RunDisplay,
        steps: tuple[Step, ...],
        again: Again,
    ) -> None:
        self._runner, self._plan, self._display = runner, plan, display
        self._numbers = {step.id: number for number, step in enumerate(steps, 1)}
        self._again = again
        self._all = False

    def walk(self) -> int:
        """Through all steps; 0 when all is done, 1 when a step failed, 3 when the operator quit."""
        self._runner.lanes.start()
        pending = list(self._plan.by_step().values())
        try:
            while pending:
                step_plans = self._next(pending)
                self._display.settle()
                if self._failed():
                    self._runner.abandon()
                    return 1
                pending.remove(step_plans)
                if not self._decide(step_plans[0].step, step_plans):
                    self._runner.abandon()
                    show.out().print(str(T("Stopped. “catherd run” continues from here.")))
                    return QUIT
            return 0 if self._runner.finish() else 1
        except KeyboardInterrupt:
            interrupted.abandon(self._runner)
            raise

    def _next(self, pending: list[tuple[StepPlan, ...]]) -> tuple[StepPlan, ...]:
        """The first step that waits for nothing; while Apache compiles, that is a later one."""
        if self._all:
            return pending[0]
        for step_plans in pending:
            if not self._awaited(step_plans):
                return step_plans
        waiting = self._awaited(pending[0])
        names = listed(dict.fromkeys(str(task.step.title) for task in waiting))
        show.out().print(str(T("Waiting for: {names}", names=names)))
        self._runner.lanes.wait(waiting)
        return pending[0]

    def _awaited(self, step_plans: tuple[StepPlan, ...]) -> list[Task]:
        step = step_plans[0].step
        needs = (need for task in self._runner.tasks_of(step) for need in task.needs)
        return [need for need in needs if need.step is not step and need.state not in ENDED]

    def _failed(self) -> bool:
        return any(task.state == "failed" for task in self._runner.tasks)

    def _decide(self, step: Step, step_plans: tuple[StepPlan, ...]) -> bool:
        """Whether the walk goes on after this step."""
        tasks = self._runner.tasks_of(step)
        needed = [each for each in step_plans if each.needed]
        if not needed or self._all:
            self._release(tasks, wait=not self._all)
            return True
        show.out().rule(f"{self._numbers[step.id]}. {step.title}", align="left")
        show.out().print(str(step.prose).partition("\n\n")[0])
        for each in needed:
            show.show_step_plan(each, self._again.get((step.id, each.host), ""))
        while True:
            match _ask(step):
                case "run":
                    background = any(change.job for each in needed for change in each.changes)
                    self._release(tasks, wait=not background)
                    return True
                case "all":
                    self._all = True
                    self._release(tasks, wait=False)
                    return True
                case "explain":
                    show.show_prose(step)
                case "skip":
                    self._runner.lanes.skip(tasks)
                    return True
                case _:
                    return False

    def _release(self, tasks: list[Task], wait: bool) -> None:
        self._runner.lanes.release(tasks)
        if wait:
            self._runner.lanes.wait(tasks)


def _ask(step: Step) -> str:
    choices = [
        Choice(str(T("Run this step")), "run"),
        Choice(str(T("Run this and all that follow")), "all"),
        Choice(str(T("Explain it")), "explain"),
        Choice(str(T("Skip it")), "skip"),
        Choice(str(T("Quit")), "quit"),
    ]
    with patch_stdout(raw=True):
        answer = questionary.select(str(T("What now?")), choices=choices).ask()
    return answer or "quit"


def _ask_again(previewed: StepPlan, now: StepPlan) -> bool:
    """The host has changed since the preview: show the new one and ask."""
    show.out().print(str(T("{host} has changed since this preview. Now:", host=now.host)))
    show.show_step_plan(now)
    with patch_stdout(raw=True):
        return bool(questionary.confirm(str(T("Run it like this?")), default=False).ask())
