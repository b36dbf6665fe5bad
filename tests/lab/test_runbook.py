"""The main job on real software: bare hosts become a proven cluster, stay one, and are mended."""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.events import Stage
from bench.steady import Load, Plan, Window
from installer import lab
from installer.lab.cluster import write_answers
from installer.lab.hosts import container_name
from installer.lab.lab import open_podman
from runbook.probe_page import CONTEXT
from tests.lab import killing, letter
from tests.lab.commands import CATHERD, catherd, on, say
from tests.lab.killing import compiles, count_compiles
from tests.lab.terminal import Terminal

pytestmark = pytest.mark.lab

TRIALS = 9


@dataclass(frozen=True)
class Broken:
    """What somebody does to a host, and the checks that must find it: ``check@host``."""

    host: str
    script: str
    found_by: frozenset[str]
    by_hand: str = ""
    """How it is mended, where Catherd leaves that to people."""


def broken(host: str, script: str, *found_by: str, by_hand: str = "") -> Broken:
    return Broken(host, script, frozenset(found_by), by_hand)


WRONG_ROUTE = broken(
    "tomcat1",
    'sed -i \'s/jvmRoute="tomcat1"/jvmRoute="tomcat2"/\' /usr/local/tomcat/conf/server.xml;'
    " systemctl restart tomcat",
    "server-xml@tomcat1",
)
STOPPED = broken(
    "tomcat2", "systemctl stop tomcat", "tomcat-runs@tomcat2", "tomcat-answers@tomcat2"
)
KILLED = broken(
    "tomcat1", "kill -9 $(systemctl show -p MainPID --value tomcat)", "tomcat-runs@tomcat1"
)
NOT_DISTRIBUTABLE = broken(
    "tomcat1",
    "sed -i '/<distributable/d' /usr/local/tomcat/webapps/ROOT/WEB-INF/web.xml",
    "distributable-ROOT@tomcat1",
)
OPEN_MANAGER = broken(
    "balancer",
    "sed -i 's/Require local/Require all granted/'"
    " /usr/local/apache/conf/extra/httpd-modproxy.conf;"
    " /usr/local/apache/bin/httpd -k graceful; sleep 1",
    "modproxy@balancer", "manager-closed@tomcat1",
)  # fmt: skip
NO_MODULE = broken(
    "balancer",
    "sed -i 's/^LoadModule slotmem_shm/#&/' /usr/local/apache/conf/httpd.conf",
    "httpd-conf@balancer", "httpd-current@balancer",
)  # fmt: skip
NOT_AT_BOOT = broken("tomcat2", "systemctl -q disable tomcat", "tomcat-boot@tomcat2")
ANOTHER_JAVA = broken(
    "tomcat2",
    "printf 'JAVA_HOME=/usr/java/jdk1.7.0\\n' >> /etc/profile",
    "login-java@tomcat2",
    by_hand="sed -i '/jdk1.7.0/d' /etc/profile",
)
BROKEN = {
    "wrong route, stopped Tomcat, manager open to all": [WRONG_ROUTE, STOPPED, OPEN_MANAGER],
    "killed Tomcat, not at boot, module switched off": [KILLED, NOT_AT_BOOT, NO_MODULE],
    "distributable deleted, another java first": [NOT_DISTRIBUTABLE, ANOTHER_JAVA],
}
"""On different hosts at once, so that they do not hide each other."""


def failed_checks(output: str) -> set[str]:
    """Each check that failed, and the host that it was made on: ``check@host``."""
    return {
        f"{check['check']}@{step['host']}"
        for step in json.loads(output)["steps"]
        for check in step["checks"]
        if not check["ok"] and not check["advice"]
    }


@pytest.fixture(scope="module")
def cluster(lab_hosts: lab.Lab) -> lab.Lab:
    """The lab, bare, with its answers; the balancer lacks a header that Apache needs."""
    write_answers(lab_hosts, say)
    on(lab_hosts, "balancer", "apt-get -q -y purge libexpat1-dev >/dev/null 2>&1 || exit 1")
    count_compiles(lab_hosts)
    return lab_hosts


def test_the_plan_shows_everything_and_touches_nothing(cluster: lab.Lab) -> None:
    mark = "touch /root/mark; sleep 1.1"
    for host in cluster.hosts:
        on(cluster, host.name, mark)
    document = json.loads(catherd(cluster, "plan", "--json", code=2))
    changes = {
        (step["host"], change["target"]): change
        for step in document["steps"]
        for change in step["changes"]
    }
    assert "libexpat1-dev" in next(c["summary"] for c in changes.values() if c["kind"] == "run")
    server_xml = changes["tomcat1", "/usr/local/tomcat/conf/server.xml"]
    assert '+    <Engine name="Catalina" defaultHost="localhost" jvmRoute="tomcat1">' in (
        server_xml["diff"].splitlines()
    )
    assert changes["balancer", "/usr/local/apache/conf/httpd.conf"]["known_after"] == "httpd-build"
    for host in cluster.hosts:
        newer = "find /etc /usr /var/lib /opt /root -newer /root/mark ! -type d"
        assert on(cluster, host.name, newer).split() == []


def test_a_run_that_is_killed_while_it_uploads_is_told(cluster: lab.Lab) -> None:
    killed = killing.run(cluster, killing.change("unpack"), 0.1)
    assert killed.killed
    assert "unpack" in str(killed.doing())
    assert "was interrupted in " in catherd(cluster, "status")


def test_a_compile_goes_on_without_its_run_until_it_is_stopped(cluster: lab.Lab) -> None:
    """Stopped while it is configured: the next run begins it anew."""
    assert killing.run(cluster, killing.building(cluster), 1).killed
    time.sleep(1)
    assert killing.at_work(cluster)
    status = catherd(cluster, "status")
    assert "was interrupted in " in status
    assert "step 2 “Compile and install Apache” on balancer" in status
    assert "was stopped; no process of it is left." in catherd(cluster, "stop")
    assert killing.at_work(cluster) == []
    assert "balancer: nothing was at work." in catherd(cluster, "stop")
    count_compiles(cluster)  # it may have come to make before it was stopped


@pytest.mark.parametrize(("keys", "goes_on"), [("\x1b[B\r", False), ("\r", True)])
def test_ctrl_c_asks_what_becomes_of_a_compile(cluster: lab.Lab, keys: str, goes_on: bool) -> None:
    """It goes on unless the operator says otherwise."""
    terminal = Terminal([str(CATHERD), "run", "--yes", "--lab", cluster.name])
    terminal.see("configure, ")
    terminal.type("\x03")
    terminal.see("Still at work: ")
    terminal.type(keys)
    assert terminal.end() == 130
    said = f"catherd stop --lab {cluster.name}" if goes_on else "no process of it is left"
    assert said in terminal.shown
    assert bool(killing.at_work(cluster)) is goes_on
    if not goes_on:
        count_compiles(cluster)


def test_a_run_that_is_killed_is_continued(cluster: lab.Lab) -> None:
    """While it compiles, and while it only watches the compile."""
    assert killing.run(cluster, killing.change("build"), 3).killed
    watching = killing.run(cluster, killing.joined, 1)
    assert watching.killed
    assert compiles(cluster) <= 1
    (joined,) = (each for each in watching.told if each["event"] == "job-joined")
    assert joined["phase"] in ("", "unpack", "configure", "make")
    assert joined["running"] >= 2


@pytest.mark.erratum(
    "enable-modules-so",
    "proxypass-slash",
    "manager-swallowed",
    "no-route",
    "nofailover",
    "manager-open",
    "manager-referer",
    "not-serializable",
    "classes-gone",
    "host-name-loopback",
    "start-at-once",
    "tomcat-as-root",
)
def test_bare_hosts_become_a_proven_cluster(cluster: lab.Lab) -> None:
    lines = [json.loads(line) for line in catherd(cluster, "run", "--yes", "--json").splitlines()]
    trials = [line for line in lines if line["event"] == "tried"]
    assert len(trials) == TRIALS
    assert all(trial["ok"] for trial in trials)
    ended = {(line["step"], line["host"]) for line in lines if line["event"] == "step-done"}
    assert ("proof", "balancer") in ended
    assert compiles(cluster) == 1
    assert not on(cluster, "tomcat1", "ls -d /usr/local/tomcat/webapps/catherd-probe || :")
    assert on(cluster, "tomcat1", "ps -o user= -p $(systemctl show -p MainPID --value tomcat)") in (
        "tomcat",
        "tomcat\n",
    )
    letter.keep_installed(cluster)


def test_a_second_run_has_nothing_to_do(cluster: lab.Lab) -> None:
    assert "Nothing to do" in catherd(cluster, "run", "--yes")
    assert catherd(cluster, "plan", "--json")
    assert json.loads(catherd(cluster, "verify", "--json"))["ok"] is True
    status = json.loads(catherd(cluster, "status", "--json"))
    assert all(step["done"] for step in status["steps"])


def test_lint_looks_through_the_files_of_hosts(cluster: lab.Lab) -> None:
    hosts = ("--host", "balancer", "--host", "tomcat1", "--host", "tomcat2")
    clean = json.loads(catherd(cluster, "lint", *hosts, "--json"))
    assert clean["findings"] == []
    assert clean["files"] >= 8
    conf = "/usr/local/tomcat/conf/server.xml"
    on(cluster, "tomcat1", f"cp -a {conf} {conf}.kept")
    on(cluster, "tomcat1", f'sed -i \'s/jvmRoute="tomcat1"/jvmRoute="tomcat2"/\' {conf}')
    (found,) = json.loads(catherd(cluster, "lint", *hosts, "--json", code=1))["findings"]
    assert (found["path"], found["erratum"]) == (f"tomcat2:{conf}", "no-route")
    on(cluster, "tomcat1", f"mv {conf}.kept {conf}")


def await_all_sessions(cluster: lab.Lab, stage: Stage, number: int) -> None:
    """Start the first node again where it found nobody at its start, and so no sessions."""
    hosts = letter.LabHosts(cluster)
    there = letter.Browser(hosts.door("tomcat1", 8080))
    for _ in range(3):
        if (there.visit(f"{CONTEXT}/?peek=1").sessions or 0) >= number:
            break
        stage.stop("tomcat1")
        stage.start("tomcat1")
        stage.await_all()
    hosts.close()


@pytest.mark.erratum("replication-not-waited-for")
def test_no_session_is_lost_under_load(cluster: lab.Lab) -> None:
    stage = Stage(cluster)
    load = Load(Plan(stage.port))
    with stage.probe_deployed():
        stage.await_all()
        load.start()
        stopped = stage.stop("tomcat1")
        stage.start("tomcat1")
        stage.await_all()
        await_all_sessions(cluster, stage, len(load.guests))
        # All sessions have moved there, so all are struck.
        killed = stage.kill("tomcat2")
        time.sleep(4)
        load.stop()
        stage.start("tomcat2")
    assert load.lost == {}
    assert len(load.asked) > 3 * len(load.guests)
    before = [each for each in load.asked if each.ended < killed.began]
    assert Window(before, *stopped, "").failed == []
    assert Window(load.asked, *killed, "tomcat2").failed_later == []


@pytest.mark.erratum("startup-exit-code", "distributable-missing", "java-home", "modules-missing")
@pytest.mark.parametrize("what", BROKEN)
def test_what_was_broken_by_hand_is_named_and_mended(cluster: lab.Lab, what: str) -> None:
    for each in BROKEN[what]:
        on(cluster, each.host, each.script)
    output = catherd(cluster, "verify", "--json", code=1)
    assert {check for each in BROKEN[what] for check in each.found_by} <= failed_checks(output)
    for step in json.loads(output)["steps"]:
        for check in step["checks"]:
            if not check["ok"]:
                assert check["why"]
                assert check["usual_cause"]
                assert check["remedy"]
    for each in BROKEN[what]:
        if each.by_hand:
            on(cluster, each.host, each.by_hand)
    catherd(cluster, "run", "--yes")
    assert json.loads(catherd(cluster, "verify", "--json"))["ok"] is True


@pytest.mark.erratum("ajp-or-http", "multicast-dual-stack")
def test_members_over_ajp_multicast_and_encryption(cluster: lab.Lab) -> None:
    options = {
        "members": "ajp",
        "membership": "multicast",
        "encrypt": True,
        "environment": "profile.d",
    }
    write_answers(cluster, say, options=options)
    shown = catherd(cluster, "plan", code=2)
    shown += catherd(cluster, "run", "--yes")
    assert "The proof" in shown
    secrets = on(cluster, "tomcat1", "cat /var/lib/catherd/secrets/*").split()
    assert len(secrets) == 2
    assert secrets == on(cluster, "tomcat2", "cat /var/lib/catherd/secrets/*").split()
    journals = Path.home().joinpath(".local/state/catherd/clusters").glob("*/journal.db*")
    kept = b""
    for path in journals:
        with suppress(FileNotFoundError):  # of another process of the tests
            kept += path.read_bytes()
    for secret in secrets:
        assert re.search(secret, shown) is None
        assert secret.encode() not in kept
    modes = "stat -c %a /var/lib/catherd/secrets/* /usr/local/tomcat/conf/server.xml"
    assert on(cluster, "tomcat1", modes).split() == ["600", "600", "640"]


def test_tomcat_9_on_fresh_nodes(cluster: lab.Lab) -> None:
    open_podman().remove([container_name(cluster, node) for node in cluster.tomcats])
    hosts = lab.up(lab.LabSpec(cluster.name), say)
    write_answers(hosts, say, tomcat="tomcat9")
    assert "The proof" in catherd(cluster, "run", "--yes")
    assert "Nothing to do" in catherd(cluster, "run", "--yes")
