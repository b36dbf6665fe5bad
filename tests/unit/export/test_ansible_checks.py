"""Checks whose judge is a record, as tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.export.ansible.checks import check_of
from installer.export.ansible.naming import Naming
from installer.export.ansible.units import Place, Task
from runbook.check import Check, Judge, Verdict
from runbook.judges import answers, exists, runs, shows, starts_at_boot, succeeds
from runbook.probes import FileAt, Http, ServiceAt, Sh
from tests.unit.export.ansible_project import exported, loaded

HOME = Naming({"home": "/opt/tomcat"})


def task_of(judge: Judge, patience: float = 0, systemd: bool = True) -> Task:
    check = Check(
        id="c", title="it is", probes=(), judge=judge, expected="", usual_cause="", remedy="",
        patience=patience,
    )  # fmt: skip
    unit = check_of(check, Place("verify", HOME, systemd, ()))
    assert unit is not None
    (task,) = unit.tasks
    assert task["name"] == "It is (c)"
    assert task["register"] == "verify_said"
    return task


def test_a_command_that_succeeds() -> None:
    task = task_of(succeeds(Sh("/opt/tomcat/bin/it -v")))
    assert task["ansible.builtin.command"] == {"cmd": "{{ home }}/bin/it -v"}
    assert task["failed_when"] == "verify_said.rc != 0"
    assert task["changed_when"] is False


def test_what_it_shows_is_searched() -> None:
    task = task_of(shows(Sh("it 2>&1 | cat"), r"^v\d'"))
    assert task["ansible.builtin.shell"] == {"cmd": "it 2>&1 | cat"}
    assert task["tags"] == ["skip_ansible_lint"]
    assert task["failed_when"].endswith(r"is not search('^v\\d\'', multiline=true)")


def test_a_file_that_is_there() -> None:
    task = task_of(exists(FileAt("/opt/tomcat/x")))
    assert task["ansible.builtin.stat"] == {"path": "{{ home }}/x"}
    assert task["failed_when"] == "not verify_said.stat.exists"


@pytest.mark.parametrize("systemd", [True, False])
def test_a_service_that_would_have_to_be_changed_fails(systemd: bool) -> None:
    module = "ansible.builtin.systemd_service" if systemd else "ansible.builtin.service"
    running = task_of(runs(ServiceAt("t")), systemd=systemd)
    enabled = task_of(starts_at_boot(ServiceAt("t")), systemd=systemd)
    assert running[module] == {"name": "t", "state": "started"}
    assert enabled[module] == {"name": "t", "enabled": True}
    assert running["check_mode"] is True
    assert running["failed_when"] == "verify_said is failed or verify_said is changed"


def test_a_page_is_waited_for() -> None:
    task = task_of(answers(Http(80, "/x", headers=(("Host", "h"),)), 403), patience=5)
    assert task["ansible.builtin.uri"] == {
        "url": "http://127.0.0.1:80/x",
        "status_code": [403],
        "follow_redirects": "none",
        "timeout": 5,
        "headers": {"Host": "h"},
    }
    assert (task["until"], task["retries"], task["delay"]) == ("verify_said is succeeded", 2, 2)


def test_what_only_catherd_can_judge_is_left_to_it() -> None:
    check = Check(
        id="c", title="t", probes=(), judge=lambda seen: Verdict(True, ""), expected="",
        usual_cause="", remedy="",
    )  # fmt: skip
    assert check_of(check, Place("verify", HOME, True, ())) is None


def test_the_checks_of_all_hosts_stand_in_one_playbook(tmp_path: Path) -> None:
    plays = loaded(exported(tmp_path), "verify.yml")
    names = {task["name"] for play in plays for task in play["tasks"]}
    assert {"Tomcat runs (tomcat-runs)", "Apache starts at boot (httpd-boot)"} <= names
    assert all(not play.get("roles") for play in plays)
