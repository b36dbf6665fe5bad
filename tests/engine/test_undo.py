"""Every change is recorded with its undo: carried out newest first, a host is bare again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from installer.engine.records import RECORDS
from installer.engine.world import STATE
from installer.remote.operations import SetService
from runbook.probes import ServiceState
from tests.engine.given import RICH
from tests.engine.memory_host import Crash, State
from tests.engine.moments import Moments
from tests.engine.three_hosts import ThreeHosts

pytestmark = pytest.mark.usefixtures("without_trials")

UNIT = "/etc/systemd/system/tomcat.service"
HTTPD_UNIT = "/etc/systemd/system/httpd.service"
TOMCAT = "/usr/local/tomcat"
SERVER_XML = f"{TOMCAT}/conf/server.xml"


def all_of(hosts: ThreeHosts) -> dict[str, State]:
    """Everything on the hosts, Catherd's own traces included; process ids aside.

    The directory of the lock goes with the lock, which hosts in memory keep elsewhere.
    """
    states = hosts.states()
    for state in states.values():
        if state.files.tree(STATE) == [STATE]:
            del state.files[STATE]
        state.builds = 0
        state.services = {name: replace(each, pid=0) for name, each in state.services.items()}
    return states


@pytest.fixture
def hosts(tmp_path: Path) -> ThreeHosts:
    """Hosts on which somebody has been: directories are in the way, files differ."""
    hosts = ThreeHosts(tmp_path, RICH)
    for host in hosts.hosts.values():
        host.files.put("/usr/local/apache/conf/httpd.conf", b"# by hand\n")
        host.files.put("/usr/local/apache/bin/httpd", b"older\n")
        host.files.put("/usr/local/tomcat/conf/server.xml", b"<Server/>\n")
        host.files.put(HTTPD_UNIT, b"[Service]\nExecStart=/usr/local/apache/bin/httpd -k start\n")
    return hosts


def test_a_whole_installation_can_be_taken_back(hosts: ThreeHosts) -> None:
    before = all_of(hosts)
    assert hosts.run().ok
    assert all_of(hosts) != before
    assert hosts.rollback().ok
    assert all_of(hosts) == before
    assert hosts.run().ok


def test_what_ran_before_runs_again(hosts: ThreeHosts) -> None:
    """An older Apache that ran all the time reads its own files again."""
    state = hosts["balancer"].state
    state.services["httpd"] = ServiceState(enabled=True, running=True, pid=7)
    before = all_of(hosts)
    assert hosts.run().ok
    rolled = hosts.rollback()
    assert rolled.ok
    (front,) = (each for each in rolled.plan.hosts if each.host == "balancer")
    assert [each.name for each in front.restarts] == ["httpd"]
    assert all_of(hosts)["balancer"].files == before["balancer"].files
    assert hosts["balancer"].service("httpd").running
    actions = [op.action for op in hosts["balancer"].log if isinstance(op, SetService)]
    assert actions[-3:] == ["stop", None, "start"]


def test_an_older_tomcat_runs_again_with_a_java_of_its_own(hosts: ThreeHosts) -> None:
    """That the JDK which Catherd brought goes away is nothing to it."""
    files, state = hosts["tomcat1"].files, hosts["tomcat1"].state
    files.put(UNIT, b"[Service]\nExecStart=/opt/older/catalina.sh run\n")
    files.put("/opt/older/catalina.sh", b"#!/bin/sh\n")
    state.services["tomcat"] = ServiceState(enabled=True, running=True, pid=7)
    assert hosts.run().ok
    assert hosts.rollback().ok
    assert hosts["tomcat1"].service("tomcat").running


def test_a_service_whose_programs_go_away_is_stopped(hosts: ThreeHosts) -> None:
    assert hosts.run().ok
    rolled = hosts.rollback(wanted=lambda record: record.step == "jdk")
    assert rolled.ok
    (restart,) = next(host for host in rolled.plan.hosts if host.host == "tomcat1").restarts
    assert restart.again is None
    assert not hosts["tomcat1"].service("tomcat").running


def test_what_is_left_at_any_moment_can_be_taken_back(hosts: ThreeHosts) -> None:
    before = all_of(hosts)
    for moment in Moments(hosts).distinct_after_run():
        hosts.restore(moment.states)
        assert hosts.rollback().ok, moment.at
        assert all_of(hosts) == before, moment.at


def test_a_resumed_installation_can_be_taken_back(hosts: ThreeHosts) -> None:
    """Changes of two runs, of which some never happened, some twice."""
    before = all_of(hosts)
    for moment in Moments(hosts).distinct_after_run()[::4]:
        hosts.restore(moment.states)
        assert hosts.run().ok, moment.at
        assert hosts.rollback().ok, moment.at
        assert all_of(hosts) == before, moment.at


def test_a_rollback_that_was_broken_off_anywhere_goes_on(hosts: ThreeHosts) -> None:
    hosts["balancer"].state.services["httpd"] = ServiceState(enabled=True, running=True, pid=7)
    before = all_of(hosts)
    assert hosts.run().ok
    whole, tried = hosts.states(), 0
    while _killed_after(hosts, tried):
        assert hosts.rollback().ok, tried
        after = all_of(hosts)
        assert after == before or _but_for_reads(after) == _but_for_reads(before), tried
        hosts.restore(whole)
        tried += 1
    assert tried > 60


def _killed_after(hosts: ThreeHosts, moments: int) -> bool:
    """Roll back until that many moments have passed; whether the controller was killed then."""
    left = [moments]

    def fuse(what: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Crash(what)

    for host in hosts.hosts.values():
        host.before = fuse
    try:
        hosts.rollback()
    except Crash:
        return True
    finally:
        for host in hosts.hosts.values():
            host.before = lambda what: None
    return False


def _but_for_reads(states: dict[str, State]) -> dict[str, State]:
    """A service that was restarted is known by what it has read."""
    for state in states.values():
        state.read = {}
    return states


def test_steps_are_taken_back_up_to_one_that_stays(hosts: ThreeHosts) -> None:
    assert hosts.run().ok
    done = {"preflight", "httpd-build", "httpd-service", "jdk", "profile", "tomcat"}
    assert hosts.rollback(wanted=lambda record: record.step not in done).ok
    assert hosts["tomcat1"].files[SERVER_XML].data != b"<Server/>\n"
    assert not hosts["tomcat1"].service("tomcat").running
    left = {path.rpartition("-")[2] for path in hosts["tomcat1"].files if RECORDS in path}
    assert left
    assert hosts.run().ok


def test_what_somebody_changed_since_is_kept_and_still_known(hosts: ThreeHosts) -> None:
    assert hosts.run().ok
    theirs = b"[Service]\nExecStart=/bin/false\n"
    hosts["tomcat1"].files.put(UNIT, theirs)
    rolled = hosts.rollback()
    assert [(each.host, each.path) for each in rolled.plan.conflicts] == [("tomcat1", UNIT)]
    assert hosts["tomcat1"].files[UNIT].data == theirs
    again = hosts.rollback({("tomcat1", UNIT): "overwrite"})
    assert again.ok
    assert UNIT not in hosts["tomcat1"].files
    kept = [path for path in hosts["tomcat1"].files if "/kept/" in path and "tomcat" in path]
    assert [hosts["tomcat1"].files[path].data for path in kept] == [theirs]


def test_an_edit_in_between_is_told_before_it_is_overwritten(hosts: ThreeHosts) -> None:
    """Catherd wrote it, somebody edited it, Catherd wrote it again: that edit is no original."""
    profile = "/etc/profile"
    assert hosts.run().ok
    edited = (hosts["tomcat1"].files[profile].data or b"").replace(b"JAVA_HOME=", b"JAVA_HOME=/x")
    hosts["tomcat1"].files.put(profile, edited + b"alias ll='ls -l'\n")
    assert hosts.run().ok
    rolled = hosts.rollback()
    (conflict,) = rolled.plan.conflicts
    assert conflict.path == profile
    assert "-alias ll='ls -l'" in conflict.diff
    assert b"alias ll" in (hosts["tomcat1"].files[profile].data or b"")


def test_work_of_others_in_a_directory_is_not_removed(hosts: ThreeHosts) -> None:
    assert hosts.run().ok
    war, log = f"{TOMCAT}/webapps/theirs.war", f"{TOMCAT}/logs/catalina.out"
    for path in (war, log):
        hosts["tomcat2"].files.put(path, b"...")
        hosts["tomcat2"].younger.add(path)
    hosts["tomcat2"].younger.add(SERVER_XML)
    rolled = hosts.rollback()
    (conflict,) = rolled.plan.conflicts
    assert (conflict.path, conflict.changed) == (TOMCAT, (war,))
    assert war in hosts["tomcat2"].files
    assert hosts["tomcat1"].files[SERVER_XML].data == b"<Server/>\n"
    assert hosts.rollback({("tomcat2", TOMCAT): "overwrite"}).ok
    assert hosts["tomcat2"].files[SERVER_XML].data == b"<Server/>\n"
    assert [path for path in hosts["tomcat2"].files if path.endswith("theirs.war")] != []


def test_an_original_that_is_lost_is_told(hosts: ThreeHosts) -> None:
    assert hosts.run().ok
    files = hosts["balancer"].files
    for path in [path for path in files if "/saved/" in path and "httpd.service" in path]:
        del files[path]
    rolled = hosts.rollback({("balancer", HTTPD_UNIT): "overwrite"})
    (conflict,) = rolled.plan.conflicts
    assert conflict.lost
    assert HTTPD_UNIT in files
