"""The controller dies, at every single moment: what it leaves, another one takes up."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.engine.journal import Journal
from installer.remote.operations import RemoveAccount, SetService, Shell
from tests.engine.given import RICH
from tests.engine.moments import Fuse, Moment, Moments, WatchedJournal, run_until
from tests.engine.three_hosts import ThreeHosts

pytestmark = pytest.mark.usefixtures("without_trials")

KILLS = 8
"""How many controllers are killed for real; the other moments are looked at without."""


@pytest.fixture
def rich(tmp_path: Path) -> ThreeHosts:
    return ThreeHosts(tmp_path, RICH)


def test_every_change_is_on_disk_before_it_is_begun(rich: ThreeHosts) -> None:
    journal = WatchedJournal(rich.place / "watched.db", rich.guard)
    reader = Journal(rich.place / "watched.db")
    unrecorded: list[str] = []

    def look(what: str) -> None:
        host = what.partition(":")[0]
        looked_at.append(what)
        going_on = [each for each in reader.changes() if not each.done and each.host == host]
        if len(going_on) != 1 and not what.partition(": ")[2].startswith("stage"):
            unrecorded.append(what)

    looked_at: list[str] = []
    for host in rich.hosts.values():
        host.before = look
    assert rich.run(journal).ok
    assert len(looked_at) > 80
    assert unrecorded == []
    assert all(change.done for change in reader.changes())


def test_each_change_that_is_made_has_its_undo_recorded(rich: ThreeHosts) -> None:
    assert rich.run().ok
    recorded = rich.journal().changes()
    assert [each.target for each in recorded if not each.undo] == []
    kinds = {type(operation) for each in recorded for operation in each.undo}
    assert {RemoveAccount, SetService, Shell} <= kinds


def test_a_run_resumed_at_any_moment_ends_like_an_undisturbed_one(rich: ThreeHosts) -> None:
    """A new controller knows nothing but the hosts, so equal hosts are tried once."""
    moments = Moments(rich)
    frozen = moments.record()
    assert len(frozen) > 300
    whole = rich.outside()
    assert rich["balancer"].state.builds == 1
    for moment in moments.distinct():
        _resume(rich, moment)
        assert rich.outside() == whole, moment.at
        assert rich["balancer"].state.builds == 1, moment.at


def _resume(hosts: ThreeHosts, moment: Moment) -> None:
    hosts.restore(moment.states)
    journal = WatchedJournal(hosts.place / "resumed.db")
    ran = hosts.run(journal)
    journal.close()
    assert ran.ok, (moment.at, ran.errors())


def test_a_killed_controller_is_replaced(tmp_path: Path) -> None:
    """The lanes of all hosts end with it; nothing that it held is needed any more."""
    moments = len(Moments(ThreeHosts(tmp_path / "whole", RICH)).record())
    for number in range(KILLS):
        hosts = ThreeHosts(tmp_path / str(number), RICH)
        fuse = Fuse(1 + number * (moments - 5) // (KILLS - 1))
        run_until(hosts, fuse)
        assert fuse.dead
        done = [len(host.log) for host in hosts.hosts.values()]
        assert sum(done) <= fuse.passed
        ran = hosts.run(WatchedJournal(hosts.place / "resumed.db"))
        assert ran.ok, ran.errors()
        assert hosts["balancer"].state.builds == 1
        assert hosts.plan().needed == ()
