"""Commands of tests on the practice lab: Catherd as a user calls it, and root on a host."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from installer import lab
from installer.lab.hosts import container_name
from installer.lab.lab import open_podman
from runbook.text import Text

NAME = "-".join(
    filter(None, [os.environ.get("CATHERD_TEST_LAB", "test"), os.getenv("PYTEST_XDIST_WORKER")])
)
"""The lab of these tests: each process that runs tests has one of its own."""
CATHERD = Path(sys.executable).with_name("catherd")


def catherd(hosts: lab.Lab, *arguments: str, code: int | None = 0) -> str:
    """Run the command on the test lab, as a user would; its output.

    :param code: the exit code that it must have; None where it may have any
    """
    done = subprocess.run(
        [CATHERD, *arguments, "--lab", hosts.name],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=2000,
        check=False,
    )
    assert "Traceback" not in done.stdout
    assert code in (None, done.returncode), done.stdout
    return done.stdout


def await_verified(hosts: lab.Lab, *arguments: str) -> None:
    """Wait until all checks hold: Apache looks for nodes that have just come back each second."""
    end = time.monotonic() + 120
    while "✗" in catherd(hosts, "verify", *arguments, code=None) and time.monotonic() < end:
        time.sleep(1)
    catherd(hosts, "verify", *arguments)


def on(hosts: lab.Lab, name: str, script: str) -> str:
    """Run a script as root on a host, past Catherd: through Podman."""
    container = container_name(hosts, hosts.host(name))
    return open_podman().do("exec", container, "sh", "-c", script)


def last_words() -> list[tuple[str, str]]:
    """What Tomcat said last of itself and the cluster, for each node of the lab that has one."""
    lines = "WARN|SEVERE|member(Added|Disappeared)|AllSessions|version number|Server startup in"
    script = f"cat /usr/local/tomcat/logs/catalina.*.log | grep -E '{lines}' | tail -n 20"
    found = []
    for node in ("tomcat1", "tomcat2"):
        said = open_podman().ask("exec", f"{NAME}-{node}", "sh", "-c", f"{script} | cut -c1-200")
        if said.out.strip():
            found.append((f"Tomcat on {node}", said.out))
    return found


def say(text: Text) -> None:
    """Tell what the lab is doing."""
    print(text)
