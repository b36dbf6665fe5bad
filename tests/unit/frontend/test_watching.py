"""Watching a cluster: what is told of members that work, are drained, die and come back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from installer.engine.manager import Manager
from installer.engine.visitor import Door, Visitor
from installer.frontend.watching import Member, Watch
from runbook.cluster import Cluster
from runbook.errors import NotPermitted
from tests.engine.fake_cluster import FakeCluster, FakeTarget
from tests.engine.given import ANSWERS

HOSTS = ("balancer", "tomcat1", "tomcat2")


@pytest.fixture
def fake() -> FakeCluster:
    return FakeCluster(name="tomcat", network="192.168.232", balancer="tomcatcluster")


@pytest.fixture
def watch(fake: FakeCluster) -> Iterator[Watch]:
    targets = {name: fake.target(name) for name in HOSTS}
    watch = Watch(Cluster.model_validate(ANSWERS), targets, pace=0.02)
    yield watch
    watch.stop()


def look(watch: Watch) -> dict[str, Member]:
    for name in HOSTS:
        watch.look(name)
    return {member.name: member for member in watch.snapshot().members}


def until(so: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_nothing_is_known_before_the_first_look(watch: Watch) -> None:
    snapshot = watch.snapshot()
    assert not snapshot.known
    assert [member.state for member in snapshot.members] == ["unknown", "unknown"]
    assert snapshot.rate is None


def test_members_are_told_as_httpd_sees_them(watch: Watch, fake: FakeCluster) -> None:
    visitor = Visitor(Door(fake.target("balancer"), "127.0.0.1", 80))
    for _ in range(3):
        visitor.visit()
    members = look(watch)
    assert {name: member.state for name, member in members.items()} == {
        "tomcat1": "ok",
        "tomcat2": "ok",
    }
    assert members["tomcat2"].loadfactor == 2
    assert members["tomcat2"].share == pytest.approx(2 / 3)
    assert sum(member.elected or 0 for member in members.values()) == 3
    assert members["tomcat1"].address == "192.168.232.5:8080"


def test_each_host_is_asked_once_and_no_application_is_touched(
    watch: Watch, fake: FakeCluster
) -> None:
    look(watch)
    assert fake.asked == [
        ("127.0.0.1", "GET", "/balancer-manager?xml=1"),
        ("192.168.232.5", "OPTIONS", "*"),
        ("192.168.232.6", "OPTIONS", "*"),
    ]
    assert all(not node.sessions for node in fake.nodes)


def test_a_rate_is_told_from_the_second_look_on(watch: Watch, fake: FakeCluster) -> None:
    assert look(watch)["tomcat1"].rate is None
    fake.nodes[0].elected += 10
    time.sleep(0.02)
    rate = look(watch)["tomcat1"].rate
    assert rate is not None
    assert 0 < rate <= 10 / 0.02
    assert watch.snapshot().rate == rate
    assert watch.snapshot().members[0].history[-1] == rate


def test_a_httpd_that_counts_anew_has_no_rate_below_zero(watch: Watch, fake: FakeCluster) -> None:
    fake.nodes[0].elected = 100
    look(watch)
    fake.nodes[0].elected = 3
    assert look(watch)["tomcat1"].rate is None


def test_a_drained_member_is_told_so(watch: Watch, fake: FakeCluster) -> None:
    door = Door(fake.target("balancer"), "127.0.0.1", 80)
    Manager(door, "tomcatcluster").set("tomcat1", "N", True)
    assert look(watch)["tomcat1"].state == "drain"


def test_a_dead_node_is_down_before_httpd_notices(watch: Watch, fake: FakeCluster) -> None:
    fake.end(fake.nodes[0])
    member = look(watch)["tomcat1"]
    assert (member.state, member.status) == ("down", "Init Ok")
    assert "refused" in str(member.error)


def test_what_httpd_has_given_up_is_out_of_service(watch: Watch, fake: FakeCluster) -> None:
    fake.nodes[1].failed = True
    assert look(watch)["tomcat2"].state == "failed"


def test_without_the_balancer_nodes_are_told_by_their_own_word(
    watch: Watch, fake: FakeCluster
) -> None:
    look(watch)
    fake.unplugged.add("balancer")
    fake.end(fake.nodes[0])
    members = look(watch)
    assert {name: member.state for name, member in members.items()} == {
        "tomcat1": "down",
        "tomcat2": "up",
    }
    assert watch.snapshot().error
    assert members["tomcat2"].elected is None


def test_sessions_are_known_only_while_the_proof_has_its_page_there(
    watch: Watch, fake: FakeCluster
) -> None:
    Visitor(Door(fake.target("balancer"), "127.0.0.1", 80)).visit()
    assert look(watch)["tomcat1"].sessions is None
    watch.proving = True
    assert look(watch)["tomcat1"].sessions == 1
    fake.probe_there = False
    members = look(watch)
    assert (members["tomcat1"].sessions, members["tomcat1"].state) == (None, "ok")


def test_a_host_that_comes_back_is_watched_again(watch: Watch, fake: FakeCluster) -> None:
    fake.unplugged.add("tomcat1")
    watch.start()
    until(lambda: watch.snapshot().members[0].state == "down")
    assert "cannot be reached" in str(watch.snapshot().members[0].error)
    assert watch.snapshot().members[1].state == "ok"
    fake.unplugged.clear()
    until(lambda: watch.snapshot().members[0].state == "ok")
    assert watch.snapshot().members[0].silent == 0


def test_nobody_is_asked_once_it_has_stopped(watch: Watch, fake: FakeCluster) -> None:
    watch.start()
    until(lambda: watch.snapshot().known)
    watch.stop()
    assert not watch.watching
    time.sleep(0.1)
    asked = len(fake.asked)
    time.sleep(0.1)
    assert len(fake.asked) == asked
    watch.start()
    until(lambda: len(fake.asked) > asked)


def test_who_was_refused_is_asked_again_only_when_told_to(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def refuse(target: FakeTarget) -> None:
        tried.append(target.name)
        raise NotPermitted("wrong password")

    monkeypatch.setattr(FakeTarget, "connect", refuse)
    watch.start()
    until(lambda: len(tried) == 3)
    time.sleep(0.1)
    watch.stop()
    watch.start()
    time.sleep(0.1)
    assert len(tried) == 3
    watch.refresh()
    until(lambda: len(tried) == 6)


def test_a_member_is_drained_and_takes_visitors_again(watch: Watch, fake: FakeCluster) -> None:
    watch.drain("tomcat2")
    assert look(watch)["tomcat2"].state == "drain"
    watch.enable("tomcat2")
    assert look(watch)["tomcat2"].state == "ok"
