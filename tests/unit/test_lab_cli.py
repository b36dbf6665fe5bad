from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from installer import lab
from installer.cli.main import main
from runbook.errors import BadInput
from runbook.text import T

HOSTS = (
    lab.LabHost("balancer", "balancer", "192.168.232.4", 22204, 8232, state="running"),
    lab.LabHost("tomcat1", "tomcat", "192.168.232.5", 22205, state="running"),
    lab.LabHost("tomcat2", "tomcat", "192.168.232.6", 22206, None, True, state="running"),
)


@pytest.fixture
def standing(tmp_path: Path) -> lab.Lab:
    return lab.Lab("catherd", "192.168.232.0/24", HOSTS, tmp_path)


def catherd(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["catherd", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_up_asks_for_what_the_options_say(
    monkeypatch: pytest.MonkeyPatch, standing: lab.Lab, capfd: pytest.CaptureFixture[str]
) -> None:
    asked: list[lab.LabSpec] = []

    def up(spec: lab.LabSpec, say: object) -> lab.Lab:
        asked.append(spec)
        return standing

    monkeypatch.setattr(lab, "up", up)
    assert catherd(monkeypatch, "lab", "up") == 0
    assert catherd(monkeypatch, "lab", "up", "--name", "two", "--tomcats", "3") == 0
    assert asked == [lab.LabSpec(), lab.LabSpec("two", 3)]
    told = capfd.readouterr().out
    assert "http://127.0.0.1:8232/" in told
    assert str(standing.sudo_password) in told


def test_the_demo_can_be_given_on_hosts_of_the_documents_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[lab.LabSpec] = []

    def up(spec: lab.LabSpec, say: object) -> lab.Lab:
        asked.append(spec)
        raise BadInput(T("Enough."))

    monkeypatch.setattr("installer.lab.lab.up", up)
    words = ("lab", "demo", "--name", "old", "--init", "sysv", "--yes")
    assert catherd(monkeypatch, *words) == BadInput.exit_code
    assert asked == [lab.LabSpec("old", init="sysv")]


def test_status_for_programs_says_where_everything_lies(
    monkeypatch: pytest.MonkeyPatch, standing: lab.Lab, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lab, "status", lambda name: standing)
    assert catherd(monkeypatch, "lab", "status", "--json") == 0
    told = json.loads(capfd.readouterr().out)
    assert told["running"] is True
    assert told["ssh_config"] == str(standing.ssh_config)
    assert [host["asks_password"] for host in told["hosts"]] == [False, False, True]


def test_status_fails_when_a_host_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, standing: lab.Lab, capfd: pytest.CaptureFixture[str]
) -> None:
    hosts = (*HOSTS[:2], replace(HOSTS[2], state="not answering"))
    monkeypatch.setattr(lab, "status", lambda name: replace(standing, hosts=hosts))
    assert catherd(monkeypatch, "lab", "status") == 1
    assert "not answering" in capfd.readouterr().out


def test_an_unknown_lab_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert catherd(monkeypatch, "lab", "status", "--name", "nowhere") == BadInput.exit_code
    assert "catherd lab up --name nowhere" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["tomcat1"], ["ssh", "-F", "config", "tomcat1"]),
        (
            ["tomcat1", "--", "ls", "-l", "/"],
            ["ssh", "-F", "config", "tomcat1", "--", "ls", "-l", "/"],
        ),
    ],
)
def test_ssh_hands_the_terminal_over(
    monkeypatch: pytest.MonkeyPatch, words: list[str], command: list[str]
) -> None:
    ran: list[list[str]] = []

    def execvp(file: str, argv: list[str]) -> None:
        ran.append(argv)

    monkeypatch.setattr(os, "execvp", execvp)
    monkeypatch.setattr(lab, "ssh_command", lambda name, host: ["ssh", "-F", "config", host])
    assert catherd(monkeypatch, "lab", "ssh", *words) == 0
    assert ran == [command]


@pytest.mark.parametrize(("found", "told"), [(True, "is gone"), (False, "There was no lab")])
def test_down_says_whether_there_was_anything(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], found: bool, told: str
) -> None:
    purged: list[bool] = []

    def down(name: str, *, image_too: bool) -> bool:
        purged.append(image_too)
        return found

    monkeypatch.setattr(lab, "down", down)
    assert catherd(monkeypatch, "lab", "down", "--purge") == 0
    assert purged == [True]
    assert told in capfd.readouterr().out
