"""Lanes: every host works through its steps on its own, and waits only for what a step needs.

One thread a host. A task may begin when somebody has released it, the steps it needs are done
on its host, the steps it comes after are done on all hosts, and, for a step that hosts take
one at a time, the host before it is done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from runbook.step import Step

State = Literal["waiting", "released", "running", "done", "skipped", "failed", "blocked"]
ENDED: frozenset[State] = frozenset({"done", "skipped", "failed", "blocked"})
PASSED: frozenset[State] = frozenset({"done", "skipped"})


@dataclass
class Task:
    """One step on one host and the tasks that must have passed before it."""

    step: Step
    host: str
    needs: list[Task] = field(default_factory=list)
    state: State = "waiting"
    released: bool = False
    """Whether it may run as soon as it can, also after it was blocked."""


def tasks_for(pairs: Sequence[tuple[Step, str]]) -> list[Task]:
    """Tasks in the runbook's order with their dependencies among one another."""
    tasks = [Task(step, host) for step, host in pairs]
    for position, task in enumerate(tasks):
        for other in tasks[:position]:
            same_host = other.host == task.host and other.step.id in task.step.needs
            everywhere = other.step.id in task.step.after
            in_turn = task.step.one_at_a_time and other.step.id == task.step.id
            if same_host or everywhere or in_turn:
                task.needs.append(other)
    return tasks


class Lanes:
    """Runs tasks on one thread a host; ``work`` returns whether the task succeeded."""

    def __init__(
        self,
        tasks: list[Task],
        work: Callable[[Task], bool],
        on_blocked: Callable[[Task], None],
    ) -> None:
        self._tasks, self._work, self._on_blocked = tasks, work, on_blocked
        self._change = threading.Condition()
        self.stopped = False
        """Whether nothing more begins."""
        self._threads: list[threading.Thread] = []
        self._open: set[str] = set()
        """Hosts whose lane has not ended."""
        self.crash: BaseException | None = None
        """What a lane died of, when that was no ordinary failure of a task."""

    def start(self) -> None:
        """Start the lanes; nothing runs before it is released."""
        with self._change:
            for host in dict.fromkeys(task.host for task in self._tasks):
                self._start(host)

    def _start(self, host: str) -> None:
        self._open.add(host)
        thread = threading.Thread(target=self._lane, args=(host,), name=host, daemon=True)
        self._threads.append(thread)
        thread.start()

    def release(self, tasks: Iterable[Task]) -> None:
        """Let these tasks run as soon as what they need has passed."""
        self._set(tasks, "released")

    def skip(self, tasks: Iterable[Task]) -> None:
        """Pass over these tasks; what needs them runs all the same, at the operator's word."""
        self._set(tasks, "skipped")

    def again(self, tasks: Iterable[Task]) -> None:
        """Let tasks that have ended wait for their release once more, and what they blocked."""
        with self._change:
            for task in tasks:
                if task.state in ENDED:
                    task.state, task.released = "waiting", False
            for task in self._tasks:
                if task.state == "blocked" and not _barred(task):
                    task.state = "released" if task.released else "waiting"
            for host in dict.fromkeys(task.host for task in self._tasks):
                waits = any(t.host == host and t.state not in ENDED for t in self._tasks)
                if waits and host not in self._open and not self.stopped:
                    self._start(host)
            self._change.notify_all()

    def stop(self) -> None:
        """Begin no further task; running ones end in their own time."""
        with self._change:
            self.stopped = True
            self._change.notify_all()

    def wait(self, tasks: Iterable[Task] | None = None) -> bool:
        """Wait for these tasks (all by default); whether each of them passed."""
        wanted = list(self._tasks if tasks is None else tasks)
        with self._change:
            while self._open and not all(task.state in ENDED for task in wanted):
                self._change.wait(0.5)
        return all(task.state in PASSED for task in wanted)

    def drain(self, patience: float) -> None:
        """Wait until no task is running any more, but no longer than ``patience`` seconds."""
        deadline = time.monotonic() + patience
        for thread in list(self._threads):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _set(self, tasks: Iterable[Task], state: State) -> None:
        with self._change:
            for task in tasks:
                if task.state == "waiting":
                    task.state = state
                if state == "released":
                    task.released = True
            self._change.notify_all()

    def _lane(self, host: str) -> None:
        try:
            while task := self._next(host):
                passed = self._work(task)
                with self._change:
                    task.state = "done" if passed else "failed"
                    self._change.notify_all()
        except BaseException as error:  # carried to the thread that waits
            self.crash = error
            with self._change:
                self._open.discard(host)
            self.stop()

    def _next(self, host: str) -> Task | None:
        with self._change:
            while True:
                mine = [t for t in self._tasks if t.host == host and t.state not in ENDED]
                if self.stopped or not mine:
                    self._open.discard(host)  # here, so that “again” sees that it has ended
                    self._change.notify_all()
                    return None
                for task in mine:
                    if _barred(task):
                        task.state = "blocked"
                        self._change.notify_all()
                        self._on_blocked(task)
                    elif task.state == "released" and all(n.state in PASSED for n in task.needs):
                        task.state = "running"
                        return task
                if any(task.state not in ENDED for task in mine):
                    self._change.wait(0.5)


def _barred(task: Task) -> bool:
    """Whether something that must have passed before has ended otherwise."""
    return any(need.state in ENDED - PASSED for need in task.needs)
