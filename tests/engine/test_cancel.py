"""The operator stops a run: nothing more is begun, and nothing is left half done."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from installer.engine import events
from installer.engine.events import Event
from installer.engine.run import Runner
from tests.engine.three_hosts import Ran, ThreeHosts

pytestmark = pytest.mark.usefixtures("without_trials")


def cancelled_at(hosts: ThreeHosts, wanted: Callable[[Event], bool]) -> tuple[Runner, list[Event]]:
    told: list[Event] = []
    holder: list[Runner] = []

    def emit(event: Event) -> None:
        told.append(event)
        if wanted(event):
            holder[0].cancel()

    runner = hosts.runner(emit)
    holder.append(runner)
    assert not runner.run_all()
    return runner, told


def test_cancelling_a_build_leaves_it_to_itself(hosts: ThreeHosts) -> None:
    """It goes on on the host; the next run takes it up where it is then."""
    runner, told = cancelled_at(hosts, lambda event: isinstance(event, events.Output))
    ran = Ran(False, runner.plan, told)
    assert "httpd-build@balancer" in ran.ended("cancelled")
    assert any("it goes on by itself" in error for error in ran.errors())
    assert "failed" not in ran.outcomes().values()
    assert hosts.run().ok
    assert hosts["balancer"].state.builds == 1


def test_cancelling_begins_no_further_change(hosts: ThreeHosts) -> None:
    runner, told = cancelled_at(
        hosts,
        lambda event: isinstance(event, events.ChangeDone) and event.change.kind == "account",
    )
    ran = Ran(False, runner.plan, told)
    hurt = ran.ended("cancelled") | ran.ended("failed")
    assert hurt & {"tomcat@tomcat1", "tomcat@tomcat2"}
    assert ran.ended("failed") == set()
    rows = runner.journal.steps(runner.run_id)
    assert all(row["ended"] for row in rows)
    assert hosts.run().ok


def test_abandoning_waits_for_what_is_under_way(hosts: ThreeHosts) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def slowly(what: str) -> None:
        if what == "tomcat1: Extract /usr/java/jdk-17.0.15":
            reached.set()
            assert go_on.wait(5)

    hosts["tomcat1"].before = slowly
    runner = hosts.runner()
    runner.lanes.start()
    runner.lanes.release(runner.tasks)
    assert reached.wait(5)
    threading.Timer(0.05, go_on.set).start()
    runner.abandon(5)
    recorded = [each for each in runner.journal.changes() if each.host == "tomcat1"]
    assert [(each.target, each.done) for each in recorded] == [("/usr/java/jdk-17.0.15", True)]
    assert hosts.run().ok
