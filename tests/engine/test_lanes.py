"""Lanes: hosts in parallel, each step when what it needs is done."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from installer.engine.lanes import Lanes, Task, tasks_for
from runbook.step import Step
from runbook.steps.check import check
from runbook.steps.start import start_tomcat
from runbook.text import T


def a_step(name: str, **relations: Any) -> Step:
    return Step(
        name, T(name), ("tomcat",), T(""), lambda host: iter(()), lambda host: iter(()), **relations
    )


def run(pairs: list[tuple[Step, str]], fail: set[tuple[str, str]] | None = None) -> list[str]:
    """Run everything; returns what began and ended, in order."""
    log: list[str] = []
    guard = threading.Lock()

    def work(task: Task) -> bool:
        with guard:
            log.append(f"+{task.step.id}@{task.host}")
        time.sleep(0.01)
        with guard:
            log.append(f"-{task.step.id}@{task.host}")
        return (task.step.id, task.host) not in (fail or set())

    tasks = tasks_for(pairs)
    lanes = Lanes(tasks, work, lambda task: log.append(f"blocked {task.step.id}@{task.host}"))
    lanes.start()
    lanes.release(tasks)
    lanes.wait()
    assert lanes.crash is None
    return log


def test_hosts_do_not_wait_for_each_other() -> None:
    barrier = threading.Barrier(2, timeout=5)
    step = a_step("unpack")
    tasks = tasks_for([(step, "one"), (step, "two")])

    def work(task: Task) -> bool:
        barrier.wait()
        return True

    lanes = Lanes(tasks, work, lambda task: None)
    lanes.start()
    lanes.release(tasks)
    assert lanes.wait()


def test_a_step_waits_for_what_it_needs_on_every_host() -> None:
    tomcat, apache = a_step("tomcat"), a_step("apache", after=("tomcat",))
    log = run([(tomcat, "one"), (tomcat, "two"), (apache, "front")])
    assert log.index("+apache@front") > max(log.index("-tomcat@one"), log.index("-tomcat@two"))


def test_one_at_a_time_keeps_the_order_of_the_hosts() -> None:
    start = a_step("start", one_at_a_time=True)
    log = run([(start, "one"), (start, "two"), (start, "three")])
    assert log == [f"{sign}start@{host}" for host in ("one", "two", "three") for sign in ("+", "-")]


def test_a_failure_blocks_what_needs_it_and_nothing_else() -> None:
    unpack, edit, other = a_step("unpack"), a_step("edit", needs=("unpack",)), a_step("other")
    pairs = [(unpack, "one"), (edit, "one"), (other, "one"), (unpack, "two"), (edit, "two")]
    log = run(pairs, fail={("unpack", "one")})
    assert "blocked edit@one" in log
    assert "-other@one" in log
    assert "-edit@two" in log


def test_nothing_runs_before_it_is_released_and_a_skip_lets_others_pass() -> None:
    first, second = a_step("first"), a_step("second", needs=("first",))
    tasks = tasks_for([(first, "one"), (second, "one")])
    ran: list[str] = []

    def work(task: Task) -> bool:
        ran.append(task.step.id)
        return True

    lanes = Lanes(tasks, work, lambda task: None)
    lanes.start()
    time.sleep(0.05)
    assert ran == []
    lanes.skip(tasks[:1])
    lanes.release(tasks[1:])
    assert lanes.wait()
    assert ran == ["second"]


def test_a_crash_of_a_lane_ends_the_wait_and_is_kept() -> None:
    def work(task: Task) -> bool:
        raise ZeroDivisionError

    tasks = tasks_for([(a_step("first"), "one"), (a_step("second"), "one")])
    lanes = Lanes(tasks, work, lambda task: None)
    lanes.start()
    lanes.release(tasks)
    assert not lanes.wait()
    assert isinstance(lanes.crash, ZeroDivisionError)


@pytest.mark.parametrize("released", [0, 1])
def test_stop_begins_nothing_more(released: int) -> None:
    tasks = tasks_for([(a_step("first"), "one"), (a_step("second"), "one")])
    running, go_on = threading.Event(), threading.Event()

    def work(task: Task) -> bool:
        running.set()
        return go_on.wait(5)

    lanes = Lanes(tasks, work, lambda task: None)
    lanes.start()
    lanes.release(tasks[:released])
    if released:
        assert running.wait(5)
    lanes.stop()
    go_on.set()
    assert not lanes.wait()
    lanes.drain(5)
    assert [task.state for task in tasks[released:]] == ["waiting"] * (2 - released)


def test_what_has_failed_and_what_it_blocked_go_on_when_it_is_let_again() -> None:
    first, second = a_step("first"), a_step("second", needs=("first",))
    tasks = tasks_for([(first, "one"), (second, "one")])
    answers = iter([False, True, True])
    log: list[str] = []

    def work(task: Task) -> bool:
        log.append(task.step.id)
        return next(answers)

    lanes = Lanes(tasks, work, lambda task: log.append(f"blocked {task.step.id}"))
    lanes.start()
    lanes.release(tasks)
    assert not lanes.wait()
    assert log == ["first", "blocked second"]
    lanes.again([tasks[0]])
    assert [task.state for task in tasks] == ["waiting", "released"]
    lanes.release([tasks[0]])
    assert lanes.wait()
    assert log == ["first", "blocked second", "first", "second"]
    assert lanes.crash is None


def test_a_lane_that_has_ended_begins_again_many_times() -> None:
    """A lane ends in the very moment in which a task is let again."""
    step = a_step("step")
    tasks = tasks_for([(step, "one")])
    ran = []

    def work(task: Task) -> bool:
        ran.append(1)
        return True

    lanes = Lanes(tasks, work, lambda task: None)
    lanes.start()
    for _ in range(500):
        lanes.release(tasks)
        while tasks[0].state != "done":
            time.sleep(0)
        lanes.again(tasks)
    assert len(ran) == 500
    lanes.stop()
    lanes.drain(5)


def test_what_was_not_released_waits_after_it_was_blocked() -> None:
    first, second = a_step("first"), a_step("second", needs=("first",))
    tasks = tasks_for([(first, "one"), (second, "one")])
    lanes = Lanes(tasks, lambda task: False, lambda task: None)
    lanes.start()
    lanes.release([tasks[0]])
    lanes.wait()
    lanes.again([tasks[0]])
    assert [task.state for task in tasks] == ["waiting", "waiting"]


def test_the_check_waits_for_whatever_is_started() -> None:
    """Also where the balancer, whose start waits for all Tomcats, is not worked on."""
    nodes = ("tomcat1", "tomcat2")
    tasks = tasks_for([(step, name) for step in (start_tomcat, check) for name in nodes])
    waits = {task.host: {(n.step.id, n.host) for n in task.needs} for task in tasks[2:]}
    assert waits == {name: {("start-tomcat", node) for node in nodes} for name in nodes}
