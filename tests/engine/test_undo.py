"""Every change is recorded with its undo: carried out newest first, a host is bare again."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook.errors import Failed
from tests.engine.given import RICH
from tests.engine.moments import Moments, WatchedJournal, undo
from tests.engine.three_hosts import ThreeHosts

pytestmark = pytest.mark.usefixtures("without_trials")


@pytest.fixture
def hosts(tmp_path: Path) -> ThreeHosts:
    """Hosts on which somebody has been: directories are in the way, files differ."""
    hosts = ThreeHosts(tmp_path, RICH)
    for host in hosts.hosts.values():
        host.files.put("/usr/local/apache/conf/httpd.conf", b"# by hand\n")
        host.files.put("/usr/local/tomcat/conf/server.xml", b"<Server/>\n")
        host.files.put("/etc/systemd/system/httpd.service", b"[Service]\nExecStart=/bin/true\n")
    return hosts


def test_a_whole_installation_can_be_taken_back(hosts: ThreeHosts) -> None:
    before = hosts.outside()
    assert hosts.run().ok
    assert hosts.outside() != before
    undo(hosts, hosts.journal().changes())
    assert hosts.outside() == before
    assert hosts.run().ok


def test_what_is_left_at_any_moment_can_be_taken_back(hosts: ThreeHosts) -> None:
    before = hosts.outside()
    for moment in Moments(hosts).record():
        hosts.restore(moment.states)
        undo(hosts, moment.recorded)
        assert hosts.outside() == before, moment.at


def test_a_resumed_installation_can_be_taken_back(hosts: ThreeHosts) -> None:
    """Changes of two runs, of which some never happened, some twice."""
    before = hosts.outside()
    moments = Moments(hosts)
    moments.record()
    for number, moment in enumerate(moments.distinct()[::4]):
        hosts.restore(moment.states)
        journal = WatchedJournal(hosts.place / f"resumed{number}.db")
        assert hosts.run(journal).ok, moment.at
        undo(hosts, journal.changes() + moment.recorded)
        journal.close()
        assert hosts.outside() == before, moment.at


def test_an_undo_that_was_broken_off_goes_on(hosts: ThreeHosts) -> None:
    before = hosts.outside()
    assert hosts.run().ok
    whole, recorded = hosts.states(), hosts.journal().changes()
    kept = next(each for each in recorded if each.target == "/usr/local/tomcat")
    later = recorded[: recorded.index(kept)]
    for carried_out in range(len(kept.undo)):
        hosts.restore(whole)
        undo(hosts, later)
        for operation in kept.undo[:carried_out]:
            hosts[kept.host].apply(operation)
        undo(hosts, recorded[recorded.index(kept) :])
        assert hosts.outside() == before


def test_what_somebody_changed_since_is_not_taken_back(hosts: ThreeHosts) -> None:
    assert hosts.run().ok
    unit = "/etc/systemd/system/tomcat.service"
    hosts["tomcat1"].files.put(unit, b"[Service]\nExecStart=/bin/false\n")
    change = next(
        each for each in hosts.journal().changes() if (each.host, each.target) == ("tomcat1", unit)
    )
    with pytest.raises(Failed, match="has changed since"):
        undo(hosts, [change])
    assert hosts["tomcat1"].files[unit].data == b"[Service]\nExecStart=/bin/false\n"
