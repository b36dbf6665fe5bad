"""Two Tomcats on one host, and one on another: a base, a service, ports and a route each."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from installer import lab
from installer.lab.cluster import write_answers
from tests.lab.commands import NAME, catherd, on, say
from tests.lab.letter import until
from tests.lab.test_runbook import failed_checks
from tests.lab.test_taken_back import Prints, differences, prints

pytestmark = pytest.mark.lab
TWO = f"{NAME}-two"
FIRST = '\nname = "tomcat1"\n'
INSTANCES = 'instances = [{ name = "a" }, { name = "b" }]\n'
ROUTES = {"tomcat1-a", "tomcat1-b", "tomcat2"}
PID = "systemctl show -p MainPID --value"
SINCE = "systemctl show -p ActiveEnterTimestampMonotonic --value"
BEGAN = "systemctl show -p ExecMainStartTimestampMonotonic --value"


@pytest.fixture(scope="module")
def cluster() -> Iterator[lab.Lab]:
    """A lab of its own; Apache gets few modules, which takes half the time."""
    lab.down(TWO)
    hosts = lab.up(lab.LabSpec(TWO), say)
    answers = write_answers(hosts, say, modules="few")
    text = answers.read_text("utf-8")
    assert text.count(FIRST) == 1
    answers.write_text(text.replace(FIRST, FIRST + INSTANCES), "utf-8")
    yield hosts
    lab.down(TWO)


@pytest.fixture(scope="module")
def bare(cluster: lab.Lab) -> Prints:
    return prints(cluster)


def pids(cluster: lab.Lab) -> list[str]:
    return [on(cluster, "tomcat1", f"{PID} tomcat-{name}").strip() for name in "ab"]


def test_three_tomcats_on_two_hosts_become_a_proven_cluster(cluster: lab.Lab, bare: Prints) -> None:
    shown = catherd(cluster, "plan", code=2)
    assert "unpack conf, logs, temp, webapps, work of apache-tomcat" in shown
    lines = [json.loads(line) for line in catherd(cluster, "run", "--yes", "--json").splitlines()]
    trials = [line for line in lines if line["event"] == "tried"]
    assert len(trials) == 9
    assert all(trial["ok"] for trial in trials)
    shares = next(trial["seen"] for trial in trials)
    assert all(route in shares for route in ROUTES), shares


def test_each_has_its_own_and_shares_the_programs(cluster: lab.Lab, bare: Prints) -> None:
    foreign = "find /usr/local/tomcat ! -user root | head -n 3"
    assert on(cluster, "tomcat1", foreign) == ""
    inside = on(cluster, "tomcat1", "ls /usr/local/tomcat-a").split()
    assert inside == ["conf", "logs", "temp", "webapps", "work"]
    for name, pid in zip("ab", pids(cluster), strict=True):
        words = on(cluster, "tomcat1", f"tr '\\000' ' ' </proc/{pid}/cmdline")
        assert f"-Dcatalina.base=/usr/local/tomcat-{name} " in words
        assert "-Dcatalina.home=/usr/local/tomcat " in words
        assert on(cluster, "tomcat1", f"ps -o user= -p {pid}").strip() == "tomcat"
        assert "catalina." in on(cluster, "tomcat1", f"ls /usr/local/tomcat-{name}/logs")
    assert on(cluster, "tomcat1", "ls /usr/local/tomcat/logs") == ""


def test_nothing_is_due_afterwards_and_nothing_to_complain_of(cluster: lab.Lab) -> None:
    assert "Nothing to do" in catherd(cluster, "run", "--yes")
    hosts = ("--host", "balancer", "--host", "tomcat1", "--host", "tomcat2")
    clean = json.loads(catherd(cluster, "lint", *hosts, "--json"))
    assert clean["findings"] == []
    assert clean["files"] >= 10


def checks_that_fail(cluster: lab.Lab) -> set[str]:
    return failed_checks(catherd(cluster, "verify", "--json", code=None))


def test_one_is_restarted_or_stopped_and_the_other_goes_on(cluster: lab.Lab) -> None:
    a, b = pids(cluster)
    on(cluster, "tomcat1", "systemctl restart tomcat-a")
    new, same = pids(cluster)
    assert (new != a, same) == (True, b)
    on(cluster, "tomcat1", "systemctl stop tomcat-b")
    failing = checks_that_fail(cluster)
    assert {"tomcat-runs-b@tomcat1", "tomcat-answers-b@tomcat1"} <= failing
    assert not [check for check in failing if "-a@" in check and "membership" not in check]
    catherd(cluster, "run", "--yes")
    assert pids(cluster)[0] == new


def test_a_changed_file_restarts_the_one_it_is_for(cluster: lab.Lab) -> None:
    conf = "/usr/local/tomcat-b/conf/server.xml"
    on(cluster, "tomcat1", f'sed -i \'s/jvmRoute="tomcat1-b"/jvmRoute="tomcat1-a"/\' {conf}')
    on(cluster, "tomcat1", "systemctl restart tomcat-b")
    assert "server-xml-b@tomcat1" in checks_that_fail(cluster)
    a, b = pids(cluster)
    catherd(cluster, "run", "--yes")
    same, new = pids(cluster)
    assert (same, new != b) == (a, True)
    assert 'jvmRoute="tomcat1-b"' in on(cluster, "tomcat1", f"cat {conf}")


def test_after_a_reboot_they_start_one_after_the_other(cluster: lab.Lab) -> None:
    lab.reboot(TWO, "tomcat1")
    until(lambda: not checks_that_fail(cluster), "both Tomcats of the host are back")
    up, begun = (
        int(on(cluster, "tomcat1", command).strip())
        for command in (f"{SINCE} tomcat-a", f"{BEGAN} tomcat-b")
    )
    assert begun >= up > 0


def test_the_way_back_leaves_every_file_as_it_was(cluster: lab.Lab, bare: Prints) -> None:
    assert set(differences(bare, prints(cluster))) == {host.name for host in cluster.hosts}
    catherd(cluster, "uninstall", "--yes")
    assert differences(bare, prints(cluster)) == {}
