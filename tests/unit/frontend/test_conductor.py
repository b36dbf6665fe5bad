"""What an operator does in a front end where nothing blocks: approve, retry, take back, leave."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from installer.engine.events import Event
from installer.frontend.board import Board
from installer.frontend.conductor import Conductor
from installer.frontend.session import Session
from installer.frontend.where import Where
from runbook.errors import Failed
from tests.engine.sessions import sessions_in_memory
from tests.engine.three_hosts import ThreeHosts


class Front:
    """A front end without a screen: its board takes each event at once."""

    def __init__(self) -> None:
        self.session = Session(Where(), None)  # type: ignore[arg-type]
        self.conductor = Conductor(self.session, self._take, lambda previewed, now: True)
        self.told: list[Event] = []
        self.board = Board(self.conductor.look())

    def _take(self, event: Event) -> None:
        self.told.append(event)
        self.board.take(event)

    def states(self) -> dict[str, str]:
        return {step.id: self.board.state_of(step.id) for step in self.board.steps}

    def until(self, so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not so():
            assert time.monotonic() < deadline, self.states()
            time.sleep(0.01)

    def ended(self) -> bool:
        return not self.conductor.at_work


def full(what: str) -> None:
    raise Failed("disk full")


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ThreeHosts:
    return sessions_in_memory(tmp_path, monkeypatch)


@pytest.fixture
def front(hosts: ThreeHosts) -> Iterator[Front]:
    front = Front()
    yield front
    front.conductor.leave()
    front.session.journal.close()


def test_all_steps_are_approved_and_the_hosts_given_free(front: Front, hosts: ThreeHosts) -> None:
    assert not front.conductor.at_work
    front.conductor.approve([step.id for step in front.board.steps])
    assert front.conductor.at_work
    front.until(front.ended)
    assert set(front.states().values()) == {"done"}
    assert front.board.finished
    last = front.session.journal.last_run()
    assert last is not None
    assert last["ok"] == 1
    assert all(host.holder is None for host in hosts.hosts.values())


def test_one_step_runs_and_the_others_wait_for_their_approval(front: Front) -> None:
    first, second = front.board.steps[0].id, front.board.steps[1].id
    front.conductor.approve([first])
    front.until(lambda: front.board.state_of(first) == "done")
    assert front.board.state_of(second) == "todo"
    assert front.conductor.at_work


def test_a_step_that_failed_is_tried_again_in_the_same_run(front: Front, hosts: ThreeHosts) -> None:
    hosts["tomcat1"].before = full
    front.conductor.approve(["preflight", "jdk"])
    front.until(lambda: front.board.cells["jdk", "tomcat1"].state == "failed")
    assert front.board.cells["jdk", "tomcat1"].error is not None
    hosts["tomcat1"].before = lambda what: None
    front.conductor.retry(["jdk"])
    front.until(lambda: front.board.state_of("jdk") == "done")
    assert front.conductor.at_work


def test_a_run_that_failed_to_its_end_is_taken_up_by_a_new_one(
    front: Front, hosts: ThreeHosts
) -> None:
    hosts["tomcat1"].before = full
    front.conductor.approve([step.id for step in front.board.steps])
    front.until(front.ended)
    assert front.board.state_of("jdk") == "failed"
    assert front.board.cells["check", "balancer"].state == "blocked"
    hosts["tomcat1"].before = lambda what: None
    front.conductor.retry(["jdk"])
    front.until(front.ended)
    assert set(front.states().values()) == {"done"}


def test_a_step_is_taken_back_and_done_again(front: Front) -> None:
    front.conductor.approve(["preflight", "jdk", "profile"])
    front.until(lambda: front.board.state_of("profile") == "done")
    rollback, plan = front.conductor.what_undoes(["profile"])
    assert plan.changes
    assert front.conductor.undo(rollback, plan)
    assert front.board.state_of("profile") == "undone"
    front.conductor.approve(["profile"])
    front.until(lambda: front.board.state_of("profile") == "done")


def test_nothing_is_taken_back_under_a_running_step(front: Front) -> None:
    front.conductor.approve(["preflight", "jdk"])
    front.until(lambda: front.board.state_of("jdk") == "done")
    rollback, plan = front.conductor.what_undoes(["jdk"])
    task = front.conductor.runner.tasks_of(front.session.installation.step("profile"))[0]
    task.state = "running"
    with pytest.raises(Failed, match="under way on tomcat1"):
        front.conductor.undo(rollback, plan)
    task.state = "waiting"


def test_a_step_that_somebody_changed_can_be_approved_again(
    front: Front, hosts: ThreeHosts
) -> None:
    front.conductor.approve(["preflight", "jdk", "profile"])
    front.until(lambda: front.board.state_of("profile") == "done")
    hosts["tomcat1"].state.files.put("/etc/profile", b"# somebody was here\n")
    front.conductor.look_again(["profile"])
    assert front.board.cells["profile", "tomcat1"].state == "todo"
    assert front.board.cells["profile", "tomcat2"].state == "done"
    front.conductor.approve(["profile"])
    front.until(lambda: front.board.state_of("profile") == "done")


def test_leaving_gives_the_hosts_free(front: Front, hosts: ThreeHosts) -> None:
    front.conductor.approve(["preflight"])
    front.until(lambda: front.board.state_of("preflight") == "done")
    front.conductor.leave()
    assert not front.conductor.at_work
    last = front.session.journal.last_run()
    assert last is not None
    assert (last["ended"] is not None, last["ok"]) == (True, 0)
