"""A proof as a step: a receipt says that this cluster was proved, and only that."""

from __future__ import annotations

import pytest

from installer.engine import manager as manager_module
from installer.engine import proof_ground, trials
from installer.engine.events import Event
from installer.engine.proving import carry_out_proof
from installer.remote.operations import Remove, WriteFile
from runbook.actions import Prove
from runbook.errors import Failed
from tests.engine.fake_cluster import FakeCluster, Faults

RECEIPT = "/var/lib/catherd/proof"


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_ground, "PAUSE", 0.0)
    monkeypatch.setattr(proof_ground, "START", 0.2)
    monkeypatch.setattr(trials, "SETTLES", 0.0)
    monkeypatch.setattr(trials, "GRACE", -4.8)
    monkeypatch.setattr(manager_module, "_SETTLES", 0.1)


def carry_out(cluster: FakeCluster) -> list[Event]:
    told: list[Event] = []
    names = ("balancer", *(node.host for node in cluster.setup.nodes))
    targets = {name: cluster.target(name) for name in names}
    action = Prove(setup=cluster.setup, subject="this one", receipt=RECEIPT, why="because")
    carry_out_proof(targets, "proof", "balancer", action, told.append, lambda: False)
    return told


def about_the_receipt(cluster: FakeCluster) -> list[type]:
    return [
        type(operation)
        for host, operation in cluster.applied
        if host == "balancer" and getattr(operation, "path", "") == RECEIPT
    ]


def test_a_proof_leaves_a_receipt() -> None:
    cluster = FakeCluster()
    assert len(carry_out(cluster)) == 9
    assert about_the_receipt(cluster) == [Remove, WriteFile]


def test_one_that_fails_takes_the_receipt_of_an_earlier_one_away() -> None:
    cluster = FakeCluster(faults=Faults(no_replication=True))
    with pytest.raises(Failed, match="The proof failed"):
        carry_out(cluster)
    assert about_the_receipt(cluster) == [Remove]
