"""The init scripts carried out for real, with a small httpd and a small java: every verb, every
exit code; as strict shells and as a host of 2007 would."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from runbook.templates import render
from tests.old_tools import not_posix, too_new

HTTPD = """#!/bin/sh
echo "$*" >>ROOT/calls
case $1 in
-t) [ ! -f ROOT/broken ] || { echo 'Syntax error on line 3'; exit 1; } ;;
-k) [ -f ROOT/dies ] || "$0" serve </dev/null >/dev/null 2>&1 & ;;
serve)
  trap 'rm -f ROOT/logs/httpd.pid; exit' WINCH TERM
  [ ! -f ROOT/stubborn ] || trap '' WINCH TERM
  trap 'echo reloaded >>ROOT/calls' USR1
  echo $$ >ROOT/logs/httpd.pid
  while :; do sleep 0.05; done ;;
esac
"""
"""Says 0 whether it comes up or not, as the real one does."""

CATALINA = """#!/bin/sh
echo "$1 $JAVA_HOME $CATALINA_OPTS" >>ROOT/calls
case $1 in
run)
  echo $$ >"$CATALINA_BASE/logs/pid"
  exec "$JAVA_HOME/bin/java" "-Dcatalina.base=$CATALINA_BASE" "$(cat "$CATALINA_BASE/conf/port")" ;;
stop) [ ! -f ROOT/deaf ] && kill "$(cat "$CATALINA_BASE/logs/pid")" ;;
esac
"""
PYTHON = shutil.which("python3", path="/usr/bin:/bin") or sys.executable
JAVA = f"""#!{PYTHON} -IS
import os, signal, socket, sys, time
if os.path.exists("ROOT/dies"):
    sys.exit("SEVERE: no")
if os.path.exists("ROOT/stubborn"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(0.3)
open_port = socket.create_server(("127.0.0.1", int(sys.argv[-1])))
time.sleep(60)
"""


@dataclass
class Init:
    root: Path
    shell: str = "dash"
    script: str = "init"

    def __call__(self, verb: str, code: int) -> str:
        """What it prints; its exit code must be the one that is expected."""
        done = subprocess.run(
            [*self.shell.split(), self.root / self.script, verb],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=30, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout
        return done.stdout

    @property
    def calls(self) -> str:
        return (self.root / "calls").read_text()

    def has(self, name: str) -> Path:
        (self.root / name).write_text("")
        return self.root / name

    def wait(self, gone: int) -> None:
        while Path(f"/proc/{gone}/cmdline").exists() and Path(f"/proc/{gone}/cmdline").read_bytes():
            time.sleep(0.02)


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def install(root: Path, script: bytes, shell: str, name: str = "init") -> Init:
    """The script with its places below ``root``, for root who may be nobody in particular."""
    text = script.decode().replace("/var/", f"{root}/")
    text = re.sub("^PATH=", f"PATH={root}/tools:", text, flags=re.M)
    text = re.sub("^patience=[0-9]*", "patience=5", text, flags=re.M)
    program(root / name, text.replace("sleep 3.5", "sleep 0.1"))
    program(root / "tools/id", f'#!/bin/sh\n[ "$1" = -un ] && echo me || cat {root}/uid\n')
    (root / "uid").write_text("0\n")
    for place in ("logs", "run", "conf"):
        (root / place).mkdir(exist_ok=True)
    return Init(root, shell, name)


@pytest.fixture(params=["dash", "bash --posix"])
def shell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def httpd(tmp_path: Path, shell: str) -> Iterator[Init]:
    script = render("httpd.init.j2", prefix=str(tmp_path), cluster="tomcatcluster")
    init = install(tmp_path, script, shell)
    program(tmp_path / "bin/httpd", HTTPD.replace("ROOT", str(tmp_path)))
    yield init
    end(tmp_path)


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def tomcat_script(
    home: Path,
    port: int,
    user: str = "me",
    instance: str = "",
    before: str = "",
    rc_local: bool = False,
) -> bytes:
    service = f"tomcat-{instance}" if instance else "tomcat"
    return render(
        "tomcat.init.j2",
        service=service,
        before=before,
        rc_local=rc_local,
        base=f"{home}-{instance}" if instance else str(home),
        route="tomcat1",
        cluster="tomcatcluster",
        user=user,
        home=str(home),
        java_home=f"{home}/jdk",
        port_hex=f"{port:04X}",
        seen_after=0,
        drain=f"/var/run/{service}-drain",
        java_options=["-Djava.net.preferIPv4Stack=true"],
    )


@pytest.fixture
def tomcat(tmp_path: Path, shell: str, port: int) -> Iterator[Init]:
    init = install(tmp_path, tomcat_script(tmp_path, port), shell)
    programs(tmp_path, tmp_path)
    base(tmp_path, port)
    yield init
    end(tmp_path)


def programs(root: Path, home: Path) -> None:
    program(home / "bin/catalina.sh", CATALINA.replace("ROOT", str(root)))
    program(home / "jdk/bin/java", JAVA.replace("ROOT", str(root)))


def base(place: Path, port: int) -> None:
    for name in ("conf", "logs"):
        (place / name).mkdir(parents=True, exist_ok=True)
    (place / "conf/server.xml").write_text("<Server/>")
    (place / "conf/port").write_text(str(port))


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


def end(root: Path) -> None:
    for pidfile in (root / "logs/httpd.pid", *(root / "run").glob("tomcat*.pid")):
        if pidfile.exists() and (text := pidfile.read_text().strip()).isdigit():
            command = Path(f"/proc/{text}/cmdline")
            if command.exists() and str(root).encode() in command.read_bytes():
                os.kill(int(text), signal.SIGKILL)


@pytest.mark.erratum("apachectl-return-codes", "no-subsys-lock")
def test_httpd_from_start_to_stop(httpd: Init) -> None:
    assert "stopped" in httpd("status", 3)
    httpd("stop", 0)
    httpd("reload", 7)
    httpd("graceful", 7)
    httpd("condrestart", 0)
    httpd("try-restart", 0)
    httpd("status", 3)
    httpd("start", 0)
    pid = int((httpd.root / "logs/httpd.pid").read_text())
    assert f"(pid {pid}) is running" in httpd("status", 0)
    assert (httpd.root / "lock/subsys/httpd").exists()
    httpd("start", 0)
    assert httpd.calls.count("-k start") == 1
    for verb in ("reload", "graceful", "force-reload"):
        httpd(verb, 0)
    assert httpd.calls.count("reloaded") == 3
    for verb in ("restart", "condrestart", "try-restart"):
        httpd(verb, 0)
        assert int((httpd.root / "logs/httpd.pid").read_text()) != pid
        pid = int((httpd.root / "logs/httpd.pid").read_text())
    httpd("stop", 0)
    assert (
        not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    assert not (httpd.root / "lock/subsys/httpd").exists()
    httpd("status", 3)
    httpd("restart", 0)
    httpd("graceful-stop", 0)
    httpd("status", 3)


@pytest.mark.erratum("apachectl-return-codes")
def test_httpd_says_what_is_in_the_way(httpd: Init) -> None:
    assert "usage" in httpd("", 2)
    assert "usage" in httpd("fullstatus", 2)
    dies = httpd.has("dies")
    (httpd.root / "logs/error_log").write_text("AH01183: Cannot share balancer\n")
    # A real start that fails waits for ten seconds; here for less.
    text = (httpd.root / "init").read_text().replace("left=50", "left=3")
    (httpd.root / "init").write_text(text)
    assert "AH01183" in httpd("start", 1)
    dies.unlink()
    broken = httpd.has("broken")
    assert "line 3" in httpd("start", 6)
    httpd("configtest", 1)
    broken.unlink()
    httpd("start", 0)
    httpd.has("broken")
    httpd("reload", 6)
    httpd("restart", 6)
    httpd("status", 0)
    (httpd.root / "uid").write_text("1000\n")
    for verb in ("start", "stop", "restart", "reload"):
        httpd(verb, 4)
    (httpd.root / "uid").write_text("0\n")
    httpd("stop", 0)
    (httpd.root / "bin/httpd").unlink()
    httpd("start", 5)


def test_httpd_that_was_killed(httpd: Init) -> None:
    httpd("start", 0)
    pid = int((httpd.root / "logs/httpd.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    httpd.wait(pid)
    assert "pid file" in httpd("status", 1)
    httpd("reload", 7)
    (httpd.root / "logs/httpd.pid").unlink()
    assert "lock" in httpd("status", 2)
    (httpd.root / "logs/httpd.pid").write_text(f"{os.getpid()}\n")
    assert "pid file" in httpd("status", 1), "the number is another process by now"
    httpd("start", 0)
    httpd("stop", 0)
    httpd("status", 3)


def test_httpd_that_does_not_want_to_end(httpd: Init) -> None:
    httpd.has("stubborn")
    text = (
        (httpd.root / "init").read_text().replace('gone "$pid" 25 || kill', 'gone "$pid" 3 || kill')
    )
    (httpd.root / "init").write_text(text)
    httpd("start", 0)
    httpd("stop", 0)
    httpd("status", 3)


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


@pytest.mark.parametrize("name", ["httpd", "tomcat"])
@pytest.mark.erratum("chkconfig-description", "shebang-not-first")
def test_old_tools_suffice_and_the_header_is_read(name: str, tmp_path: Path) -> None:
    if name == "httpd":
        text = render("httpd.init.j2", prefix="/usr/local/apache", cluster="a").decode()
    else:
        text = tomcat_script(Path("/usr/local/tomcat"), 8080).decode()
    used = text.replace("/usr/local", "").replace("$local_fs", "")
    assert too_new(used) + not_posix(used) == []
    numbers = {"httpd": "85 15", "tomcat": "84 16"}[name]
    assert f"# chkconfig: 2345 {numbers}\n# description: " in text
    assert text.startswith("#!/bin/sh\n")
    assert re.search(
        rf"### BEGIN INIT INFO\n# Provides: {name}\n(# .*\n)+### END INIT INFO\n", text
    )
