"""Who may change a host: one run at a time, on real hosts, however the last one has ended."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from installer import lab
from installer.lab.cluster import write_answers
from installer.remote import locking
from installer.remote.host import FabricTarget
from installer.remote.operations import Shell
from installer.remote.running import Runner
from installer.remote.script import Script
from installer.remote.ssh import NoCredentials, SshSettings
from runbook.errors import Locked
from tests.lab.commands import CATHERD, catherd, on, say

pytestmark = pytest.mark.lab

HOLD = """
import sys, time
from installer.cli.opening import open_session
from installer.frontend.where import Where
with open_session(Where(lab=sys.argv[1])) as session:
    with session.locked(session.new_run_id()):
        print("held", flush=True)
        time.sleep(900)
"""


@pytest.fixture(scope="module")
def cluster(lab_hosts: lab.Lab) -> lab.Lab:
    write_answers(lab_hosts, say)
    return lab_hosts


def lock_of(hosts: lab.Lab, name: str) -> str:
    return on(hosts, name, f"cat {locking.LOCK} 2>/dev/null || :").strip()


def locks(hosts: lab.Lab) -> list[str]:
    return [lock_of(hosts, host.name) for host in hosts.hosts]


@pytest.fixture
def holding(cluster: lab.Lab) -> Iterator[subprocess.Popen[str]]:
    """Another Catherd that has locked all hosts and does nothing."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, cluster.name], stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def start(hosts: lab.Lab) -> subprocess.Popen[str]:
    """A run that brings the JDK to one node."""
    words = ["run", "--yes", "--lab", hosts.name, "--only", "jdk", "--host", "tomcat1"]
    return subprocess.Popen(
        [CATHERD, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_however_a_run_ends_the_next_one_may_begin(
    cluster: lab.Lab, holding: subprocess.Popen[str], number: signal.Signals
) -> None:
    assert all("catherd run" in held for held in locks(cluster))
    holding.send_signal(number)
    holding.wait(120)
    if number is not signal.SIGKILL:
        assert locks(cluster) == ["", "", ""]
        return
    assert all(locks(cluster)), "nobody could take it away"
    status = json.loads(catherd(cluster, "status", "--json"))
    assert set(status["locks"]) == {"balancer", "tomcat1", "tomcat2"}
    again = subprocess.Popen([sys.executable, "-c", HOLD, cluster.name], stdout=subprocess.PIPE)
    assert again.stdout is not None
    assert again.stdout.readline() == b"held\n", "but that of a dead process is taken silently"
    again.terminate()
    again.wait()
    assert locks(cluster) == ["", "", ""]


def test_the_second_operator_is_refused_told_and_may_take_over(
    cluster: lab.Lab, holding: subprocess.Popen[str]
) -> None:
    words = ("run", "--yes", "--only", "jdk", "--host", "tomcat1")
    said = catherd(cluster, *words, code=75)
    assert "in use by another run of Catherd" in said
    assert f"(process {holding.pid}): catherd run 20" in " ".join(said.split())
    assert "catherd unlock" in said
    asked = catherd(cluster, "unlock", "tomcat1", code=65)
    assert "--yes" in asked
    freed = " ".join(catherd(cluster, "unlock", "--yes", "tomcat1", "balancer").split())
    assert freed.count("still runs on this machine") == 2
    assert "tomcat1 is free" in freed
    assert lock_of(cluster, "tomcat1") == ""
    assert lock_of(cluster, "tomcat2") != ""
    assert "tomcat1 is not locked" in catherd(cluster, "unlock", "--yes", "tomcat1")
    holding.terminate()
    holding.wait(120)
    assert locks(cluster) == ["", "", ""], "what is left of its locks it gives back"


def test_of_two_runs_at_once_one_is_refused(cluster: lab.Lab) -> None:
    on(cluster, "tomcat1", "rm -rf /usr/java")
    runs = [start(cluster), start(cluster)]
    told = [run.communicate(timeout=200)[0] for run in runs]
    codes = sorted(run.returncode for run in runs)
    assert codes == [0, 75], told
    refused = " ".join(told[0 if runs[0].returncode == 75 else 1].split())
    assert "in use by another run" in refused
    assert locks(cluster) == ["", "", ""]


def test_a_run_that_has_lost_its_lock_changes_nothing_more(cluster: lab.Lab) -> None:
    on(cluster, "tomcat1", "rm -rf /usr/java")
    run = start(cluster)
    while not lock_of(cluster, "tomcat1") and run.poll() is None:
        time.sleep(0.02)
    on(cluster, "tomcat1", f"rm {locking.LOCK}")
    said = " ".join(run.communicate(timeout=200)[0].split())
    assert run.returncode in (1, 75), said
    assert "no longer ours: nothing more is changed there" in said
    assert on(cluster, "tomcat1", "ls -d /usr/java/* 2>/dev/null || :") == ""
    assert locks(cluster) == ["", "", ""]


@pytest.fixture
def targets(cluster: lab.Lab) -> Iterator[tuple[FabricTarget, FabricTarget]]:
    settings = SshSettings("tomcat1", "tomcat1", config=str(cluster.ssh_config), alias="tomcat1")
    pair = FabricTarget(settings, NoCredentials()), FabricTarget(settings, NoCredentials())
    yield pair
    for target in pair:
        target.close()


def test_the_lock_names_the_step_at_no_cost(
    targets: tuple[FabricTarget, FabricTarget], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, other = targets
    scripts = []
    run = Runner.run

    def counted(runner: Runner, script: Script, *rest: Any, **more: Any) -> Any:
        scripts.append(script)
        return run(runner, script, *rest, **more)

    ours.lock(locking.holder("catherd run 1"))
    monkeypatch.setattr(Runner, "run", counted)
    for number in range(5):
        ours.at_step(f"step-{number}")
        ours.apply(Shell(":"))
    assert len(scripts) == 5, "a change is one round trip, whatever it tells the lock"
    with pytest.raises(Locked, match="step step-4"):
        other.lock("somebody else")
    ours.unlock()
