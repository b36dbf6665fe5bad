from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from installer.engine import manager as manager_module
from installer.engine import proof_ground, trials
from installer.engine.manager import Manager
from installer.engine.probe_app import probe_deployed
from installer.engine.proof import Stopped, TrialResult, prove, trials_of
from installer.engine.visitor import Door
from installer.remote.operations import Extract, Remove, SetService, Shell
from runbook.errors import Failed
from tests.engine.fake_cluster import FakeCluster, Faults

ALL = [
    "distribution",
    "sticky",
    "replication",
    "failover",
    "return",
    "drain",
    "all-down",
    "manager-closed",
    "manager-forged",
]


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_ground, "PAUSE", 0.0)
    monkeypatch.setattr(proof_ground, "START", 0.2)
    monkeypatch.setattr(trials, "SETTLES", 0.0)
    monkeypatch.setattr(trials, "GRACE", -4.8)
    monkeypatch.setattr(manager_module, "_SETTLES", 0.1)


def run(cluster: FakeCluster) -> dict[str, TrialResult]:
    reported: list[TrialResult] = []
    results = prove(cluster.setup, cluster.target, reported.append)
    assert results == reported
    return {result.trial.id: result for result in results}


def is_whole(cluster: FakeCluster) -> bool:
    return all(node.pid and not node.draining and not node.failed for node in cluster.nodes)


@pytest.mark.parametrize("nodes", [2, 3, 5])
def test_a_correct_cluster_passes_every_trial(nodes: int) -> None:
    cluster = FakeCluster(nodes)
    results = run(cluster)
    assert list(results) == ALL
    assert {id: str(result.seen) for id, result in results.items() if not result.ok} == {}
    assert is_whole(cluster)


@pytest.mark.parametrize("one_copy", [False, True])
def test_a_standby_is_tried_too(one_copy: bool) -> None:
    cluster = FakeCluster(3, standbys=1, one_copy=one_copy)
    results = run(cluster)
    assert list(results) == [*ALL[:6], "standby", *ALL[6:]]
    assert {id: str(result.seen) for id, result in results.items() if not result.ok} == {}
    assert str(results["standby"].seen).startswith("200 tomcat")
    assert "→ 200 tomcat3 #2" in str(results["standby"].seen)
    assert is_whole(cluster)


@pytest.mark.parametrize(
    ("faults", "failing"),
    [
        (Faults(standby_takes_part=True), {"distribution"}),
        (Faults(standby_is_alone=True), {"replication", "standby"}),
    ],
)
def test_a_standby_that_is_none_fails(faults: Faults, failing: set[str]) -> None:
    results = run(FakeCluster(3, faults, standbys=1))
    assert failing <= {id for id, result in results.items() if not result.ok}


def test_a_session_that_keeps_its_old_name_is_only_right_with_one_copy() -> None:
    cluster = FakeCluster(3, one_copy=True)
    late = cluster.setup
    assert run(cluster)["failover"].ok
    cluster = FakeCluster(3, one_copy=True)
    cluster.setup = replace(late, one_copy=True)
    results = prove(replace(late, one_copy=False), cluster.target, lambda _: None)
    assert [each.trial.id for each in results if not each.ok] == ["failover"]


def test_nodes_that_share_a_host_are_killed_and_started_each_by_itself() -> None:
    cluster = FakeCluster(4, on_each=2)
    results = run(cluster)
    assert [id for id, result in results.items() if not result.ok] == []
    assert is_whole(cluster)
    kills = [op for _, op in cluster.applied if isinstance(op, Shell)]
    assert len(kills) == 1
    stops = [
        (host, op.name)
        for host, op in cluster.applied
        if isinstance(op, SetService) and op.action == "stop"
    ]
    everyone = {(node.host, node.service) for node in cluster.setup.nodes}
    assert set(stops) == everyone
    assert len(everyone) == 4


def test_a_node_that_shares_its_host_is_told_apart() -> None:
    cluster = FakeCluster(4, on_each=2)
    cluster.end(cluster.nodes[3])
    with pytest.raises(Failed, match=r"node2 \(tomcat-b\) does not serve the probe"):
        prove_quickly(cluster)


def test_a_node_that_finds_nobody_once_is_started_a_second_time() -> None:
    cluster = FakeCluster(2, Faults(lonely_starts=1))
    back = run(cluster)["return"]
    assert back.ok
    assert "at its second start" in str(back.seen)
    assert is_whole(cluster)
    never = run(FakeCluster(2, Faults(lonely_starts=2)))["return"]
    assert not never.ok
    assert "second start" not in str(never.seen)


def test_debts_of_earlier_visitors_do_not_matter() -> None:
    cluster = FakeCluster()
    cluster.nodes[0].status = 200
    cluster.nodes[1].status = -200
    assert run(cluster)["distribution"].ok


@pytest.mark.parametrize(
    ("faults", "failing"),
    [
        (Faults(weights=(1, 1)), {"distribution"}),
        (Faults(no_sticky=True), {"sticky", "drain"}),
        (Faults(no_failover=True), {"failover", "return"}),
        (Faults(no_replication=True), {"replication", "failover", "return"}),
        (Faults(loses_first_values=True), {"replication"}),
        (Faults(lonely_starts=2), {"return"}),
        (Faults(open_manager=True), {"manager-closed"}),
        (Faults(no_referer_check=True), {"manager-forged"}),
        (Faults(manager_is_deaf=True), {"drain"}),
        (Faults(drain_moves_sessions=True), {"drain"}),
    ],
)
def test_a_wrong_cluster_fails_the_trial_that_shows_it(faults: Faults, failing: set[str]) -> None:
    cluster = FakeCluster(2, faults)
    results = run(cluster)
    assert {id for id, result in results.items() if not result.ok} == failing
    assert list(results) == ALL
    assert is_whole(cluster)


def test_only_some_trials() -> None:
    cluster = FakeCluster()
    results = prove(cluster.setup, cluster.target, lambda _: None, only={"sticky", "return"})
    assert [result.trial.id for result in results] == ["sticky", "failover", "return"]


def test_without_an_outsider_the_manager_is_not_tried_from_outside() -> None:
    cluster = FakeCluster()
    setup = type(cluster.setup)(**{**vars(cluster.setup), "outsider": ""})
    assert [trial.id for trial in trials_of(setup)] == [id for id in ALL if id != "manager-closed"]
    assert len(prove(setup, cluster.target, lambda _: None)) == len(ALL) - 1


def test_a_node_without_its_member_is_told_at_once() -> None:
    cluster = FakeCluster()
    cluster.nodes[1].route = "other"
    with pytest.raises(Failed, match="no member with route tomcat2"):
        run(cluster)


def test_a_dead_node_is_told_before_anything_is_tried() -> None:
    cluster = FakeCluster()
    cluster.end(cluster.nodes[1])
    with pytest.raises(Failed, match="node2 does not serve the probe"):
        run(cluster)
    assert cluster.applied == []


def test_a_member_that_stays_out_is_told() -> None:
    cluster = FakeCluster()
    cluster.nodes[1].failed = True
    with pytest.raises(Failed, match=r"does not use tomcat2: Init Err"):
        prove_quickly(cluster)


def prove_quickly(cluster: FakeCluster) -> None:
    setup = type(cluster.setup)(**{**vars(cluster.setup), "retry": 0.0})
    prove(setup, cluster.target, lambda _: None)


@pytest.mark.parametrize("after", ALL[:-1])
def test_an_interruption_leaves_the_cluster_whole(after: str) -> None:
    cluster = FakeCluster()

    def interrupted(result: TrialResult) -> None:
        if result.trial.id == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prove(cluster.setup, cluster.target, interrupted)
    assert is_whole(cluster)


@pytest.mark.parametrize("when", range(12))
def test_stopping_leaves_the_cluster_whole(when: int, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = FakeCluster(2, Faults(no_failover=True))
    waits = iter(range(1000))
    monkeypatch.setattr(cluster, "_balance", _sluggish(cluster))
    with pytest.raises(Stopped):
        prove(cluster.setup, cluster.target, lambda _: None, cancelled=lambda: next(waits) >= when)
    assert is_whole(cluster)


def test_stopping_is_heeded_where_nothing_is_waited_for() -> None:
    cluster = FakeCluster()
    reported: list[TrialResult] = []
    with pytest.raises(Stopped):
        prove(cluster.setup, cluster.target, reported.append, cancelled=lambda: len(reported) > 1)
    assert [result.trial.id for result in reported] == ["distribution", "sticky"]


def _sluggish(cluster: FakeCluster):  # type: ignore[no-untyped-def]
    """Every second request is lost, so that there is always something to wait for."""
    balance, turn = cluster._balance, iter(range(100_000))
    return lambda *request: balance(*request) if next(turn) % 2 else (502, {}, b"")


def test_a_trial_that_cannot_be_carried_out_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Iterator[object]:
        raise Failed("sudo was refused")

    cluster = FakeCluster()
    monkeypatch.setattr("installer.engine.proof_ground.Ground.kill", broken)
    results = run(cluster)
    assert {id for id, result in results.items() if not result.ok} == {"failover", "return"}
    assert str(results["failover"].seen) == "sudo was refused"


def test_a_node_that_does_not_come_back_ends_the_proof() -> None:
    cluster = FakeCluster(2, Faults(does_not_start=True))
    results: list[TrialResult] = []
    with pytest.raises(Failed, match="it does not start"):
        prove(cluster.setup, cluster.target, results.append)
    assert [result.trial.id for result in results][-1] == "return"
    assert not results[-1].ok


def test_a_restart_remembers_what_the_process_reads() -> None:
    cluster = FakeCluster()
    run(cluster)
    restarts = [op for _, op in cluster.applied if getattr(op, "action", "") == "restart"]
    assert restarts
    assert all(getattr(op, "reads", None) == cluster.setup.nodes[0].reads for op in restarts)


def test_the_manager_reads_back() -> None:
    cluster = FakeCluster()
    manager = Manager(Door(cluster.target("balancer"), "127.0.0.1", 80), "cluster")
    assert manager.set("tomcat1", "N", True).draining
    assert cluster.nodes[0].draining
    assert not manager.set("tomcat1", "N", False).draining
    cluster.faults.manager_is_deaf = True
    with pytest.raises(Failed, match="did not change tomcat1"):
        manager.set("tomcat1", "N", True)


def test_a_closed_manager_is_told() -> None:
    cluster = FakeCluster()
    manager = Manager(Door(cluster.target("node1"), "10.0.0.4", 80), "cluster")
    with pytest.raises(Failed, match=r"does not answer as it should(.|\n)*403"):
        manager.members()


def test_the_probe_is_removed_however_the_proof_ends() -> None:
    cluster = FakeCluster(3)

    def trouble() -> None:
        with probe_deployed(cluster.setup.nodes, cluster.target):
            deployed = [op for _, op in cluster.applied if isinstance(op, Extract)]
            assert {op.to for op in deployed} == {"/usr/local/tomcat/webapps/catherd-probe"}
            raise RuntimeError("trouble")

    with pytest.raises(RuntimeError, match="trouble"):
        trouble()
    for node in ("node1", "node2", "node3"):
        mine = [op for name, op in cluster.applied if name == node]
        assert [type(op) for op in mine] == [Remove, Extract, Remove]
