"""What an operator does in a front end where nothing blocks: approve, retry, take back, leave."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from installer.engine.events import Emit, Event, Tried
from installer.frontend.board import Board
from installer.frontend.conductor import Conductor
from installer.frontend.session import Session
from installer.frontend.where import Where
from runbook.errors import Failed
from runbook.steps.proof import proof_again
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
    found = [each for cell in front.board.cells.values() for each in cell.findings.values()]
    assert [each.check.id for each in found if each.failed] == []
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


def test_a_proof_is_remembered_and_ended_by_leaving(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()

    def carry_out(
        targets: object, step: str, host: str, action: object, emit: Emit,
        cancelled: Callable[[], bool],
    ) -> None:  # fmt: skip
        emit(Tried(step, host, "A session survives", "kill", "200", "200", True, 0.1))
        begun.set()
        while not cancelled():
            time.sleep(0.01)
        raise Failed("The proof was stopped")

    monkeypatch.setattr("installer.engine.performing.carry_out_proof", carry_out)
    proving = threading.Thread(target=front.conductor.prove, args=(proof_again(False),))
    proving.start()
    assert begun.wait(20)
    assert front.conductor.at_work
    with pytest.raises(Failed, match="Something is running"):
        front.conductor.prove(proof_again(False))
    front.conductor.leave()
    proving.join(20)
    proof = front.conductor.proof
    assert proof is not None
    assert proof.ok is False
    assert [trial.title for trial in proof.trials] == ["A session survives"]
    assert "stopped" in str(proof.error)
    assert not front.conductor.at_work


def test_a_rollback_needs_no_archives(hosts: ThreeHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hosts.run().ok

    def gone(*_: object) -> None:
        raise Failed("the archive is gone")

    monkeypatch.setattr("installer.frontend.session.Session.plan", gone)
    session = Session(Where(), None)  # type: ignore[arg-type]
    conductor = Conductor(session, lambda event: None, lambda previewed, now: True)
    rollback, plan = conductor.what_undoes()
    assert conductor.undo(rollback, plan)
    assert not conductor.what_undoes()[1].changes
    session.journal.close()


def test_only_what_was_done_since_a_moment_is_taken_back(front: Front) -> None:
    front.conductor.approve(["preflight", "jdk"])
    front.until(lambda: front.board.state_of("jdk") == "done")
    middle = time.time()
    front.conductor.approve(["profile"])
    front.until(lambda: front.board.state_of("profile") == "done")
    _, plan = front.conductor.what_undoes(since=middle)
    assert {each.record.step for host in plan.hosts for each in host.steps} == {"profile"}
