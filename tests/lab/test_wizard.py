"""The wizard on a real terminal and real hosts, by keys alone: to the proof, and back again."""

from __future__ import annotations

import os
import re
import signal
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer import lab
from installer.lab.cluster import write_answers
from tests.lab.commands import CATHERD, on, say
from tests.lab.tmux import Tmux

pytestmark = pytest.mark.lab
CLUSTER = "tomcatcluster"
COMPILE, RUN = 1200, 600
"""Seconds that a compile, and what follows it, may take on a busy machine."""


@pytest.fixture(scope="module")
def hosts(lab_hosts: lab.Lab) -> lab.Lab:
    """The lab, bare, with its software on this machine."""
    write_answers(lab_hosts, say)
    return lab_hosts


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Nothing of this machine's user: neither what Catherd remembers, nor how it looks."""
    kept = {"CATHERD_CACHE": os.environ.get("CATHERD_CACHE", "")}
    return {
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        **{name: value for name, value in kept.items() if value},
    }


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty directory."""
    place = tmp_path / "here"
    place.mkdir()
    return place


@pytest.fixture
def wizard(place: Path, environment: dict[str, str]) -> Iterator[Tmux]:
    terminal = Tmux([str(CATHERD)], place=place, environment=environment)
    yield terminal
    terminal.close()


def test_from_nothing_to_the_proof_and_back(
    hosts: lab.Lab, place: Path, wizard: Tmux, environment: dict[str, str]
) -> None:
    password = hosts.sudo_password.read_text().strip()
    wizard.see("New installation", "Nothing is here yet")
    wizard.press("Enter")
    answer(wizard, hosts)
    connect(wizard, password)
    wizard.press("w")
    wizard.see(r"cluster\.toml is written", "Install now")
    assert (place / "cluster.toml").exists()
    wizard.press("Enter")
    unlock(wizard, password, "All .* checks hold")
    wizard.press("c")
    wizard.see("Runbook", "0 of 15 steps done|1 of 15 steps done")
    wizard.press("Home", "Down", "a")
    wizard.see(r"Compile and install Apache[^\n]*\n[^\n]*running", seconds=60)
    wizard.press("u")
    wizard.see(r"Install the JDK\s+done", seconds=120)
    wizard.press("Home", "Down", "3")
    wizard.see("following", "lines", seconds=60)
    os.kill(wizard.pids()[-1], signal.SIGKILL)
    wizard.see("ended with 137")

    again = Tmux([str(CATHERD)], place=place, environment=environment, size=(80, 24), name="again")
    try:
        again.see("Continue", "was interrupted")
        again.press("Enter")
        unlock(again, password, "Runbook", "steps done")
        again.press("Home", "u")
        again.see("Report", seconds=COMPILE + RUN)
        assert on(hosts, "balancer", "ls -d /usr/local/apache*").split() == ["/usr/local/apache"]
        again.press("Escape", "Escape")
        again.see("Home", "Verify")
        again.press("b")
        again.see("things are taken back on 3 hosts", seconds=60)
        again.press("t")
        again.see("Type the name of the cluster")
        again.type(CLUSTER)
        again.press("Enter")
        again.see("Taken back in", seconds=RUN)
        again.press("Escape", "C-q")
        again.see("ended with 0")
    finally:
        again.close()
    for host in hosts.hosts:
        left = on(hosts, host.name, "ls -d /usr/local/apache /usr/local/tomcat /usr/java || :")
        assert left == "", left


def answer(wizard: Tmux, hosts: lab.Lab) -> None:
    """The questions, with what the practice lab has for its own answers."""
    known = tomllib.loads((hosts.directory / "cluster.toml").read_text())
    on_page(wizard, "The cluster")
    wizard.go_on()
    for kind, title in (("httpd", "Apache httpd"), ("tomcat", "Tomcat"), ("jdk", "Java")):
        on_page(wizard, title)
        fill(wizard, known["software"][kind]["version"])
        fill(wizard, known["software"][kind]["source"])
    for number, host in enumerate(known["hosts"]):
        on_page(wizard, "The balancer" if number == 0 else f"Tomcat {number} of 2")
        fill(wizard, host["name"])
        fill(wizard, host["address"])
        if number == 0:
            wizard.go_on()  # from the port
        reach(wizard, host["ssh"]["alias"], str(hosts.directory / "ssh_config"))
        if number == 0:
            on_page(wizard, "The Tomcats")
            wizard.go_on()
    on_page(wizard, "The applications")
    for _ in range(8):  # the defaults will do
        if "Summary of the answers" in wizard.screen():
            break
        wizard.press("C-s")


def on_page(wizard: Tmux, title: str) -> None:
    """Wait for a page of the questions; one that is still being built takes no keys."""
    wizard.see(rf"Page \d+ of \d+: {title}")
    wizard.until(lambda: wizard.field() != "")


def reach(wizard: Tmux, alias: str, config: str) -> None:
    """Say how ssh gets there; the page asks first whether anything is to be said."""
    wizard.see(r"Page \d+ of \d+: How ssh reaches", "○ Yes +● No")
    wizard.press("Left")
    wizard.see("● Yes", "SSH alias")
    go_to(wizard, "SSH alias")
    fill(wizard, alias)
    go_to(wizard, "SSH configuration")
    fill(wizard, config)
    wizard.go_on()  # from old algorithms


def go_to(wizard: Tmux, label: str) -> None:
    """Go on until the field with this label takes the keys."""
    for _ in range(12):
        if label in wizard.field():
            return
        wizard.go_on()
    raise AssertionError(f"{label} not reached:\n{wizard.screen()}")


def fill(wizard: Tmux, text: str) -> None:
    """Put a text into the field under the cursor, in place of what stands there."""
    wizard.press("End", "C-u")
    time.sleep(0.3)
    wizard.type(text)
    wizard.see(re.escape(text[-20:]))
    wizard.go_on()


def connect(wizard: Tmux, password: str) -> None:
    """The summary tries each host; one of them asks for sudo's password."""
    unlock(wizard, password, "✓ balancer", "✓ tomcat1", "✓ tomcat2")


def unlock(wizard: Tmux, password: str, *patterns: str) -> None:
    """Give sudo's password where it is asked for, until the screen shows all of these."""
    asked = "sudo password of"

    def through() -> bool:
        screen = wizard.screen()
        if asked in screen:
            wizard.type(password)
            wizard.press("Enter")
            wizard.until(lambda: asked not in wizard.screen(), "the password is asked for")
        return all(re.search(each, screen) for each in patterns)

    wizard.until(through, f"{patterns} not seen", seconds=120)
