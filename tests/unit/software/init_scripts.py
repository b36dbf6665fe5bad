"""Init scripts put where they can be carried out, with a small httpd and a small java."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from runbook.templates import render

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
        forgotten_after=0,
        drain=f"/var/run/{service}-drain",
        java_options=["-Djava.net.preferIPv4Stack=true"],
    )


def programs(root: Path, home: Path) -> None:
    program(home / "bin/catalina.sh", CATALINA.replace("ROOT", str(root)))
    program(home / "jdk/bin/java", JAVA.replace("ROOT", str(root)))


def base(place: Path, port: int) -> None:
    for name in ("conf", "logs"):
        (place / name).mkdir(parents=True, exist_ok=True)
    (place / "conf/server.xml").write_text("<Server/>")
    (place / "conf/port").write_text(str(port))


def end(root: Path) -> None:
    for pidfile in (root / "logs/httpd.pid", *(root / "run").glob("tomcat*.pid")):
        if pidfile.exists() and (text := pidfile.read_text().strip()).isdigit():
            command = Path(f"/proc/{text}/cmdline")
            if command.exists() and str(root).encode() in command.read_bytes():
                os.kill(int(text), signal.SIGKILL)
