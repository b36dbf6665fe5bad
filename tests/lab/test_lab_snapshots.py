from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from installer import lab
from installer.lab import hosts, state
from installer.lab.podman import Podman
from runbook.errors import BadInput
from tests.lab.commands import NAME

pytestmark = pytest.mark.lab

Shell = Callable[[str, str], str]


@pytest.fixture
def on() -> Shell:
    def run(host: str, script: str) -> str:
        words = [*lab.ssh_command(NAME, host), script]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout

    return run


def test_a_snapshot_brings_back_what_was_installed_on_every_host(
    lab_hosts: lab.Lab, on: Shell
) -> None:
    for host in lab_hosts.hosts:
        on(host.name, f"echo {host.name} > installed")
    on("tomcat1", "sudo sed -i 's/^127.0.0.1.*/& tomcat1/' /etc/hosts")
    lab.snapshot(NAME, "as-it-was", print)
    lab.reset(NAME, print)
    assert on("tomcat1", "ls; grep -c 127.0.0.1.*tomcat1 /etc/hosts || true") == "0\n"

    assert lab.restore(NAME, "as-it-was", print).running

    for host in lab_hosts.hosts:
        assert on(host.name, "cat installed") == f"{host.name}\n"
    assert "tomcat1" in on("tomcat1", "getent hosts 127.0.0.1"), "what stood in /etc/hosts stays"
    last = lab_hosts.hosts[-1].name
    password = lab_hosts.sudo_password.read_text().strip()
    assert on(last, f"echo {password} | sudo -S -p '' id -un") == "root\n"


def test_a_newer_snapshot_takes_the_place_of_the_older(lab_hosts: lab.Lab, on: Shell) -> None:
    lab.snapshot(NAME, "twice", print)
    on("balancer", "touch newer")
    lab.snapshot(NAME, "twice", print)
    on("balancer", "rm newer")
    lab.restore(NAME, "twice", print)
    assert "newer" in on("balancer", "ls")


def test_an_unknown_snapshot_is_refused_and_nothing_is_touched(
    lab_hosts: lab.Lab, on: Shell
) -> None:
    on("balancer", "touch here")
    with pytest.raises(BadInput, match="no snapshot called never"):
        lab.restore(NAME, "never", print)
    assert "here" in on("balancer", "ls")


def test_a_snapshot_that_fails_on_one_host_is_none(
    lab_hosts: lab.Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = hosts.container_name
    monkeypatch.setattr(
        hosts,
        "container_name",
        lambda lab, host: named(lab, host) + ("-lost" if host.name == "tomcat2" else ""),
    )
    before = _images()
    with pytest.raises(Exception, match="commit failed"):
        lab.snapshot(NAME, "partly", print)
    assert "partly" not in lab.snapshots(NAME)
    assert _images() == before


@pytest.mark.parametrize("tag", ["", "-x", "A", "a/b", "a:b", "x" * 70])
def test_a_snapshot_needs_a_usable_name(lab_hosts: lab.Lab, tag: str) -> None:
    with pytest.raises(BadInput, match="name of a snapshot"):
        lab.snapshot(NAME, tag, print)


def _images() -> list[str]:
    return sorted(Podman(state.podman_memory()).images(NAME))


def test_what_catherd_made_is_not_taken_for_changed_since(lab_hosts: lab.Lab, on: Shell) -> None:
    younger = "find made ! -type d -cnewer made/.catherd"
    on("tomcat1", "mkdir made; cd made; seq 2000 | xargs touch; sleep 1; touch .catherd")
    lab.snapshot(NAME, "made", print)
    lab.restore(NAME, "made", print)
    assert on("tomcat1", younger) == ""
    on("tomcat1", "touch -d 2020-02-02 made/2001")
    assert on("tomcat1", younger) == "made/2001\n"
