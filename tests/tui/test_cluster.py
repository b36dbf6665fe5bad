"""The cluster screen: members as they are, a dead one, a silent balancer, drain, the proof."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import Any

import pytest

from installer.engine import events, proof_ground, trials
from installer.engine.proof import TrialResult, prove
from installer.frontend import watching
from runbook.cluster import Cluster
from runbook.software.httpd import httpd_line
from tests.engine.fake_cluster import FakeCluster
from tests.engine.three_hosts import ThreeHosts, proved
from tests.tui.stage import LARGE, SMALL, USUAL, Stage, play

SIZES = pytest.mark.parametrize("size", [SMALL, USUAL])


@pytest.fixture
def fake(hosts: ThreeHosts, monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    """A cluster behind the hosts in memory, whose proof is the real one."""
    fake = FakeCluster(name="tomcat", network="192.168.232", balancer="tomcatcluster")
    fake.probe_there = False
    for name, host in hosts.hosts.items():
        monkeypatch.setattr(host, "http", fake.target(name).http)
        monkeypatch.setattr(host, "connect", fake.target(name).connect)
    monkeypatch.setattr(watching, "PACE", 0.05)
    monkeypatch.setattr("installer.tui.screens.cluster.DRAW", 0.1)
    monkeypatch.setattr(proof_ground, "PAUSE", 0.0)
    monkeypatch.setattr(trials, "SETTLES", 0.0)
    monkeypatch.setattr(trials, "GRACE", -4.8)
    return fake


def play_cluster(story: Callable[[Stage], Any], size: tuple[int, int] = SMALL) -> None:
    play(story, start="cluster", size=size)


@pytest.mark.parametrize("size", [SMALL, USUAL, LARGE])
def test_members_are_shown_as_they_are(fake: FakeCluster, size: tuple[int, int]) -> None:
    fake.nodes[0].elected = 1234

    async def story(stage: Stage) -> None:
        await stage.until_shown("tomcat1", "tomcat2", "● in service", "1234", "67%", "history")
        await stage.until_shown("2 of 2 in service", "Ok: gets requests")
        assert ("httpd says" in stage.text().splitlines()[3]) == (size != SMALL)
        stage.assert_fits()

    play_cluster(story, size)


@SIZES
def test_a_dead_member_is_seen_going_down_and_coming_back(
    fake: FakeCluster, size: tuple[int, int]
) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("2 of 2 in service")
        fake.end(fake.nodes[0])
        await stage.until_shown("✗ down", "refused, for")
        stage.assert_fits()
        fake.nodes[0].failed = True
        await stage.until_shown("1 of 2 in service")
        fake.begin(fake.nodes[0])
        await stage.until_shown("2 of 2 in service")
        assert "down" not in stage.text()

    play_cluster(story, size)


@SIZES
def test_a_balancer_that_does_not_answer_is_told(fake: FakeCluster, size: tuple[int, int]) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("2 of 2 in service")
        fake.unplugged.add("balancer")
        await stage.until_shown("✗ its manager does not answer", "timed out", "◌ answers")
        stage.assert_fits()
        fake.unplugged.clear()
        await stage.until_shown("2 of 2 in service")

    play_cluster(story, size)


def test_no_host_is_asked_while_nobody_looks(fake: FakeCluster) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("2 of 2 in service")
        await stage.press("question_mark")
        await stage.pilot.pause(0.2)
        asked = len(fake.asked)
        await stage.pilot.pause(0.3)
        assert len(fake.asked) == asked
        await stage.press("escape")
        await stage.until(lambda: len(fake.asked) > asked)

    play_cluster(story)


def test_a_member_is_drained_once_that_is_confirmed(fake: FakeCluster) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("2 of 2 in service")
        await stage.press("down", "d")
        await stage.until_shown("Drain tomcat2?")
        await stage.press("enter")
        assert not fake.nodes[1].draining
        await stage.press("d", "down", "enter")
        await stage.until_shown("◐ draining", "keeps its sessions, gets no new ones")
        assert fake.nodes[1].draining
        await stage.press("e", "down", "enter")
        await stage.until_shown("2 of 2 in service")

    play_cluster(story)


def test_an_apache_that_cannot_drain_is_not_asked_to(
    fake: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cluster, "httpd_line", property(lambda _: httpd_line("2.2.34")))

    async def story(stage: Stage) -> None:
        await stage.until_shown("2 of 2 in service", "It cannot be drained")
        assert stage.app.screen.check_action("drain", ()) is None
        await stage.press("down", "d")
        await stage.until_shown("2 of 2 in service")
        assert "Drain tomcat2?" not in stage.text()

    play_cluster(story)


def test_members_are_ordered_by_what_needs_attention(fake: FakeCluster) -> None:
    fake.end(fake.nodes[1])

    async def story(stage: Stage) -> None:
        await stage.until_shown("✗ down")
        assert stage.text().index("tomcat1") < stage.text().index("tomcat2")
        await stage.press("o")
        await stage.until_shown("what needs attention first")
        assert stage.text().index("tomcat2") < stage.text().index("tomcat1")

    play_cluster(story)


@SIZES
def test_the_proof_is_seen_happening(
    fake: FakeCluster, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    dead, seen = threading.Event(), threading.Event()
    end = fake.end

    def ended(node: Any) -> None:
        end(node)
        dead.set()
        assert seen.wait(20)

    monkeypatch.setattr(fake, "end", ended)

    def carry_out(targets: Any, step: str, host: str, action: Any, emit: Any, *_: object) -> None:
        fake.probe_there = True

        def report(result: TrialResult) -> None:
            emit(
                events.Tried(
                    step, host, result.trial.title, result.tried, result.expected, result.seen,
                    result.ok, result.seconds,
                )
            )  # fmt: skip

        only: Collection[str] = ("distribution", "failover", "return", "drain")
        results = prove(fake.setup, fake.target, report, only=only)
        assert all(result.ok for result in results)
        fake.probe_there = False
        proved(targets, step, host, action)

    monkeypatch.setattr("installer.engine.performing.carry_out_proof", carry_out)

    async def story(stage: Stage) -> None:
        await stage.until_shown("2 of 2 in service")
        await stage.press("p")
        await stage.until_shown("Run the proof?")
        await stage.press("down", "enter")
        await stage.until(dead.is_set)
        await stage.until_shown("✗ down", "▶ The proof is running …")
        stage.assert_fits()
        seen.set()
        await stage.until_shown("The cluster is proved.")
        await stage.until_shown("2 of 2 in service")
        proof = stage.app.conductor and stage.app.conductor.proof
        assert proof
        assert len(proof.trials) == 4
        await stage.press("tab", "home")
        await stage.until_shown("✓ New sessions are shared out")
        stage.assert_fits()

    play_cluster(story, size)


def test_a_proof_that_fails_says_what_was_seen(
    fake: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runbook.errors import Failed

    def carry_out(targets: Any, step: str, host: str, action: Any, emit: Any, *_: object) -> None:
        emit(events.Tried(step, host, "A session survives", "kill", "200", "502", False, 0.1))
        raise Failed("The proof failed: A session survives", remedy="look")

    monkeypatch.setattr("installer.engine.performing.carry_out_proof", carry_out)

    async def story(stage: Stage) -> None:
        await stage.until_shown("2 of 2 in service")
        await stage.press("p", "down", "enter")
        await stage.until_shown("✗ A session survives", "expected: 200", "is not proved", "→ look")
        stage.assert_fits()

    play_cluster(story)


def test_answers_that_cannot_be_read_are_told() -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("This did not work", "cluster.toml")
        stage.assert_fits()

    play_cluster(story)
