"""The init script of Tomcat carried out for real: every verb, every exit code; in strict shells."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.software.init_scripts import (
    Init,
    base,
    end,
    install,
    program,
    programs,
    tomcat_script,
)


@pytest.fixture
def tomcat(tmp_path: Path, shell: str, port: int) -> Iterator[Init]:
    init = install(tmp_path, tomcat_script(tmp_path, port), shell)
    programs(tmp_path, tmp_path)
    base(tmp_path, port)
    yield init
    end(tmp_path)


@pytest.fixture
def pair(tmp_path: Path, shell: str) -> Iterator[tuple[Init, Init]]:
    """Two Tomcats of one host: one home, and a base each."""
    home = tmp_path / "tomcat"
    programs(tmp_path, home)
    inits = []
    for name, before in (("a", ""), ("b", "tomcat-a")):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        script = tomcat_script(home, port, instance=name, before=before)
        inits.append(install(tmp_path, script, shell, f"init-{name}"))
        base(tmp_path / f"tomcat-{name}", port)
    yield inits[0], inits[1]
    end(tmp_path)


def test_tomcat_from_start_to_stop(tomcat: Init) -> None:
    root = tomcat.root
    tomcat("status", 3)
    tomcat("stop", 0)
    tomcat("reload", 7)
    tomcat("condrestart", 0)
    tomcat("start", 0)
    pid = int((root / "run/tomcat.pid").read_text())
    assert f"run {root}/jdk -Djava.net.preferIPv4Stack=true" in tomcat.calls
    assert f"(pid {pid}) is running" in tomcat("status", 0)
    assert (root / "run/tomcat-drain/state").read_text() == "in service\n"
    assert (root / "lock/subsys/tomcat").exists()
    assert b"java" in Path(f"/proc/{pid}/cmdline").read_bytes()
    tomcat("start", 0)
    tomcat("reload", 3)
    for verb in ("restart", "condrestart", "try-restart", "force-reload"):
        tomcat(verb, 0)
        assert int((root / "run/tomcat.pid").read_text()) != pid
        pid = int((root / "run/tomcat.pid").read_text())
    tomcat("stop", 0)
    assert "stop " in tomcat.calls
    tomcat("status", 3)
    assert not list((root / "run").iterdir())
    assert not (root / "lock/subsys/tomcat").exists()


@pytest.mark.erratum("rc-local")
def test_a_control_script_does_the_same_and_no_manager_takes_it_for_its_own(
    tomcat: Init, port: int
) -> None:
    root = tomcat.root
    (root / "init").unlink()
    for name in ("logs", "run", "conf"):
        (root / name).rename(root / f"{name}.before")
    script = tomcat_script(root, port, rc_local=True)
    assert not re.search(b"chkconfig|BEGIN INIT INFO", script)
    install(root, script.replace(b"sleep 3.5", b"sleep 0.1"), tomcat.shell)
    base(root, port)
    (root / "deaf").write_text("")
    tomcat("start", 0)
    pid = int((root / "run/tomcat-rc.local.pid").read_text())
    assert f"run {root}/jdk " in tomcat.calls
    assert f"(pid {pid})" in tomcat("status", 0)
    tomcat("stop", 0)
    tomcat("status", 3)


@pytest.mark.erratum("startup-exit-code")
def test_tomcat_says_what_is_in_the_way(tomcat: Init) -> None:
    root = tomcat.root
    tomcat("fly", 2)
    dies = tomcat.has("dies")
    assert "SEVERE: no" in tomcat("start", 1)
    tomcat("status", 3)
    dies.unlink()
    (root / "uid").write_text("1000\n")
    tomcat("start", 4)
    tomcat("stop", 4)
    (root / "uid").write_text("0\n")
    (root / "conf/server.xml").rename(root / "server.xml")
    tomcat("start", 6)
    (root / "jdk").rename(root / "elsewhere")
    tomcat("start", 5)


def test_tomcat_that_was_killed(tomcat: Init) -> None:
    tomcat("start", 0)
    pid = int((tomcat.root / "run/tomcat.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    tomcat.wait(pid)
    tomcat("status", 1)
    (tomcat.root / "run/tomcat.pid").unlink()
    tomcat("status", 2)
    tomcat("start", 0)
    tomcat("stop", 0)


def test_tomcat_that_does_not_listen_is_killed(tomcat: Init) -> None:
    """Neither to the shutdown port nor to SIGTERM."""
    tomcat.has("deaf")
    tomcat.has("stubborn")
    tomcat("start", 0)
    pid = int((tomcat.root / "run/tomcat.pid").read_text())
    tomcat("stop", 0)
    tomcat.wait(pid)
    tomcat("status", 3)


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes somebody else")
@pytest.mark.erratum("tomcat-as-root", "rc-local")
def test_tomcat_runs_as_its_own_user(tomcat: Init, port: int) -> None:
    text = tomcat_script(tomcat.root, port, "nobody").decode()
    script = tomcat.root / "init"
    script.write_text(script.read_text().replace("user=me\n", "user=nobody\n"))
    assert "user=nobody" in text
    for place in (tomcat.root, *tomcat.root.parents):
        if place != Path("/"):
            place.chmod(place.stat().st_mode | 0o055)
    os.chown(tomcat.root / "logs", 65534, 65534)
    (tomcat.root / "calls").write_text("")
    (tomcat.root / "calls").chmod(0o666)
    tomcat("start", 0)
    pid = int((tomcat.root / "run/tomcat.pid").read_text())
    assert os.stat(f"/proc/{pid}").st_uid == 65534
    assert (tomcat.root / "logs/catalina.out").stat().st_uid == 65534
    assert (tomcat.root / "run/tomcat.pid").stat().st_uid == 0
    tomcat("stop", 0)


def test_two_tomcats_of_one_host_leave_each_other_alone(pair: tuple[Init, Init]) -> None:
    a, b = pair
    run = a.root / "run"
    a("start", 0)
    assert "tomcat-b is stopped" in b("status", 3)
    b("start", 0)
    pids = [int((run / f"tomcat-{name}.pid").read_text()) for name in "ab"]
    a("restart", 0)
    assert f"(pid {pids[1]}) is running" in b("status", 0)
    assert (run / "tomcat-b-drain/state").read_text() == "in service\n"
    a("stop", 0)
    assert "tomcat-a is stopped" in a("status", 3)
    assert f"(pid {pids[1]}) is running" in b("status", 0)
    assert [path.name for path in (a.root / "lock/subsys").iterdir()] == ["tomcat-b"]
    # A number left over from before is not taken for this Tomcat when it is the other one's.
    (run / "tomcat-a.pid").write_text(f"{pids[1]}\n")
    assert "pid file" in a("status", 1)
    a("stop", 0)
    b("status", 0)
    os.kill(pids[1], signal.SIGKILL)
    b.wait(pids[1])
    assert "tomcat-b is dead" in b("status", 1)


def test_each_instance_has_its_own_name_and_its_place_in_the_order() -> None:
    home = Path("/usr/local/tomcat")
    first = tomcat_script(home, 8080, instance="a").decode()
    second = tomcat_script(home, 8081, instance="b", before="tomcat-a").decode()
    assert "# Provides: tomcat-a\n" in first
    assert "Should-Start" not in first
    assert "# Provides: tomcat-b\n" in second
    assert "# Should-Start: tomcat-a\n" in second
    assert "# pidfile: /var/run/tomcat-b.pid\n" in second
    assert "# config: /usr/local/tomcat-b/conf/server.xml\n" in second
    assert "CATALINA_HOME=/usr/local/tomcat\nCATALINA_BASE=/usr/local/tomcat-b\n" in second


@pytest.fixture
def alive(shell: str) -> Callable[[object], bool]:
    """The script's own answer to whether a process lives."""
    script = tomcat_script(Path("/usr/local/tomcat"), 8080).decode()
    found = re.search(r"^alive\(\) .*?^}.*?$|^alive\(\) {.*}.*$", script, re.M | re.S)
    assert found

    def alive(pid: object) -> bool:
        words = [*shell.split(), "-c", f'{found[0]}\nalive "$1"', "-", str(pid)]
        return subprocess.run(words, check=False).returncode == 0

    return alive


def test_a_process_that_becomes_another_program_is_alive(
    alive: Callable[[object], bool], tmp_path: Path
) -> None:
    """As Tomcat's does at its start: for a moment it has no command line."""
    program(tmp_path / "becoming", '#!/bin/sh\nexec "$0"\n')
    with subprocess.Popen([tmp_path / "becoming"]) as becoming:
        seen = [alive(becoming.pid) for _ in range(100)]
        becoming.kill()
    assert all(seen)


def test_what_has_ended_is_not_alive(alive: Callable[[object], bool]) -> None:
    with subprocess.Popen(["true"]) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        assert not alive(ended.pid), "nobody has asked how it ended"
    assert not alive(ended.pid)
    assert not alive(""), "it was never started"
