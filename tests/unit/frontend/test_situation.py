"""What there is to go on with, recognised from files."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from installer.engine.history import as_recorded
from installer.engine.journal import Journal
from installer.frontend.situation import recognise
from installer.frontend.where import Where, journal_file
from runbook.answers import load
from runbook.writing import written
from tests.unit.answers.samples import GOOD


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answered(**changes: Any) -> Path:
    path = Path("cluster.toml")
    path.write_text(written(copy.deepcopy(GOOD) | changes))
    return path


def ran(ok: bool | None, command: str = "run", stopped: str = "") -> None:
    cluster = load(Path("cluster.toml"))
    journal = Journal(journal_file(Path("cluster.toml"), cluster.name))
    journal.begin_run("1", command, as_recorded(cluster), "1.0")
    if stopped:
        journal.begin_step("1", "httpd-build", "balancer", "digest")
        journal.end_step("1", "httpd-build", "balancer", "failed", stopped)
    if ok is not None:
        journal.end_run("1", ok)
    journal.close()


def offered() -> list[str]:
    return [each.id for each in recognise(Where()).choices]


def first() -> tuple[str, str, str]:
    choice = recognise(Where()).choices[0]
    return choice.id, str(choice.title), str(choice.why)


def test_an_empty_directory() -> None:
    assert offered() == ["new", "lab", "training", "quit"]
    assert "Nothing is here yet" in str(recognise(Where()).sentence)


def test_looking_makes_no_files(here: Path) -> None:
    answered()
    recognise(Where())
    assert {each.name for each in here.rglob("*")} == {"cluster.toml"}


def test_a_draft() -> None:
    Path("cluster.toml.draft").write_text("[cluster]\n")
    assert offered() == ["draft", "new", "lab", "training", "quit"]


def test_answers_and_no_run() -> None:
    answered()
    assert first()[:2] == ("continue", "Install this cluster")
    assert "rollback" not in offered()
    assert "tomcat1, tomcat2" in str(recognise(Where()).sentence)


def test_a_run_that_failed_says_where_and_why() -> None:
    answered()
    ran(False, stopped="no space left on device")
    name, title, why = first()
    assert (name, title) == ("continue", "Continue")
    assert "failed in step 2" in why
    assert "on balancer: no space left on device" in why


def test_a_run_that_was_interrupted() -> None:
    answered()
    ran(None)
    assert first()[0] == "continue"
    assert "was interrupted" in first()[2]


def test_a_run_that_succeeded() -> None:
    answered()
    ran(True)
    assert first()[0] == "verify"
    assert "succeeded" in first()[2]
    assert {"continue", "cluster", "rollback", "history", "answers", "new", "lab"} < set(offered())


def test_answers_that_have_changed_since() -> None:
    answered()
    ran(True)
    answered(options={"members": "ajp"})
    assert first()[0] == "continue"
    assert "options.members" in first()[2]


def test_after_a_rollback() -> None:
    answered()
    ran(True, "rollback")
    assert first()[:2] == ("continue", "Install again")


def test_a_faulty_file_leads_to_its_answers() -> None:
    answered(hosts=[{**host, "address": "300.1.1.1"} for host in GOOD["hosts"]])
    name, _, why = first()
    assert name == "answers"
    assert "300.1.1.1" in why
    assert "new" in offered()
    assert "continue" not in offered()


def test_a_file_that_is_no_toml() -> None:
    Path("cluster.toml").write_text("[cluster\n")
    assert first()[0] == "answers"
    assert len(offered()) == len(set(offered()))


def test_a_broken_journal_hides_nothing() -> None:
    path = answered()
    place = journal_file(path, "tomcatcluster")
    place.parent.mkdir(parents=True)
    place.write_text("not a database, whatever its name says" * 100)
    assert first()[0] == "continue"


def test_labs_are_named(here: Path) -> None:
    place = here / "state" / "catherd" / "labs" / "trial"
    (place / "host_keys").mkdir(parents=True)
    host = {"name": "balancer", "role": "balancer", "address": "192.168.232.4", "ssh_port": 1}
    kept = {"name": "trial", "subnet": "192.168.232.0/24", "hosts": [host]}
    (place / "lab.json").write_text(json.dumps(kept))
    for key in ("id_ed25519", "host_keys/balancer"):
        (place / key).touch()
    (lab,) = recognise(Where()).labs
    assert (lab.name, lab.running, lab.hosts) == ("trial", False, ("balancer",))
    why = next(each.why for each in recognise(Where()).choices if each.id == "lab")
    assert "trial" in str(why)


def test_a_lab_that_is_gone() -> None:
    now = recognise(Where(lab="gone"))
    assert now.choices[0].id == "lab"
    assert "gone" in str(now.problem)
