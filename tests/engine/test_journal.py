"""The journal: on disk before anything is begun, readable by any later run, for its owner only."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from installer.engine.change import Change
from installer.engine.journal import Journal, Recorded
from runbook.errors import BadInput, CatherdError, Failed
from runbook.text import T


def a_change(target: str = "/etc/profile", **more: object) -> Change:
    given: dict[str, object] = {
        "kind": "edit",
        "target": target,
        "summary": T("edit {path}", path=target),
        "why": "because",
        "diff": "-a\n+b\n",
        "substance": ("old", "new"),
    }
    return Change(**{**given, **more})  # type: ignore[arg-type]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path / "state" / "journal.db")
    journal.begin_run("one", "run", "digest", "1.0")
    return journal


def make(journal: Journal, run: str = "one", target: str = "/etc/profile") -> None:
    with journal.change(run, "profile", "tomcat1", a_change(target)):
        pass


def test_a_change_comes_back(journal: Journal) -> None:
    make(journal)
    (recorded,) = Journal(journal.path).changes()
    assert recorded == Recorded(
        1,
        "one",
        "profile",
        "tomcat1",
        "edit",
        "/etc/profile",
        "edit /etc/profile",
        a_change().digest,
        True,
    )


def test_changes_come_back_newest_first_across_runs(journal: Journal) -> None:
    make(journal, target="/a")
    make(journal, target="/b")
    journal.end_run("one", False)
    journal.begin_run("two", "run", "digest", "1.0")
    make(journal, run="two", target="/c")
    assert [each.target for each in journal.changes()] == ["/c", "/b", "/a"]
    last = journal.last_run()
    assert last is not None
    assert (last["id"], last["ok"], last["ended"]) == ("two", None, None)


@pytest.mark.parametrize("error", [Failed("no"), KeyboardInterrupt(), ZeroDivisionError()])
def test_a_change_that_was_broken_off_is_not_done(journal: Journal, error: BaseException) -> None:
    def broken() -> None:
        with journal.change("one", "profile", "tomcat1", a_change()):
            others = Journal(journal.path).changes()
            assert [each.done for each in others] == [False]
            raise error

    with pytest.raises(type(error)):
        broken()
    (recorded,) = journal.changes()
    assert not recorded.done


def test_steps_are_kept_with_how_they_ended(journal: Journal) -> None:
    journal.begin_step("one", "jdk", "tomcat1", "first")
    journal.begin_step("one", "jdk", "tomcat1", "second")
    journal.begin_step("one", "jdk", "tomcat2", "first")
    journal.end_step("one", "jdk", "tomcat1", "failed", "no room")
    rows = {row["host"]: row for row in Journal(journal.path).steps("one")}
    assert (rows["tomcat1"]["digest"], rows["tomcat1"]["outcome"]) == ("second", "failed")
    assert rows["tomcat1"]["error"] == "no room"
    assert rows["tomcat2"]["outcome"] is None


def test_a_run_says_how_it_ended(journal: Journal) -> None:
    journal.end_run("one", True)
    last = journal.last_run()
    assert last is not None
    assert (last["ok"], last["command"], last["answers"], last["version"]) == (
        1,
        "run",
        "digest",
        "1.0",
    )
    assert last["operator"]
    assert last["began"] <= last["ended"]


def test_there_may_be_no_run_yet(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    assert journal.last_run() is None
    assert journal.changes() == []
    assert journal.steps("none") == []


def test_all_runs_come_back_newest_first(journal: Journal) -> None:
    journal.end_run("one", True)
    journal.begin_run("two", "rollback", "digest", "1.1")
    assert [(run["id"], run["command"], run["ok"]) for run in journal.runs()] == [
        ("two", "rollback", None),
        ("one", "run", 1),
    ]


def test_what_a_step_changed_comes_back_with_its_diff(journal: Journal) -> None:
    make(journal, target="/a")
    make(journal, target="/b")
    with pytest.raises(ZeroDivisionError), journal.change("one", "jdk", "tomcat1", a_change("/c")):
        1 // 0  # noqa: B018
    journal.taken_back("one", "profile", "tomcat1")
    changes = journal.changes_of("one", "profile", "tomcat1")
    assert [change["target"] for change in changes] == ["/a", "/b"]
    assert changes[0]["diff"] == "-a\n+b\n"
    assert changes[0]["undone"] >= changes[0]["ended"]
    (broken,) = journal.changes_of("one", "jdk", "tomcat1")
    assert broken["ended"] is None
    assert journal.changes_of("one", "jdk", "tomcat2") == []


def test_only_the_operator_may_read_it(journal: Journal) -> None:
    make(journal)
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700
    for each in journal.path.parent.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == 0o600


def test_each_record_waits_for_the_disk(journal: Journal) -> None:
    database = journal._db
    assert database.execute("pragma synchronous").fetchone() == (2,)
    assert database.execute("pragma journal_mode").fetchone() == ("wal",)
    assert database.isolation_level is None


def test_lanes_write_at_the_same_time(journal: Journal) -> None:
    def lane(host: str) -> None:
        for number in range(25):
            with journal.change("one", "jdk", host, a_change(f"/{number}")):
                pass

    lanes = [threading.Thread(target=lane, args=(f"tomcat{n}",)) for n in range(4)]
    for each in lanes:
        each.start()
    for each in lanes:
        each.join()
    changes = journal.changes()
    assert len({each.id for each in changes}) == 100
    assert all(each.done for each in changes)


def test_the_journal_of_a_newer_catherd_is_left_alone(journal: Journal) -> None:
    journal.close()
    with sqlite3.connect(journal.path) as database:
        database.execute("pragma user_version = 99")
    before = journal.path.read_bytes()
    with pytest.raises(BadInput, match="newer Catherd"):
        Journal(journal.path)
    assert journal.path.read_bytes() == before


def test_a_file_that_is_no_journal_is_told(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"not a database, but long enough to be looked at as one" * 20)
    with pytest.raises(BadInput, match="cannot be read") as caught:
        Journal(path)
    assert "Move the file away" in str(caught.value)
    assert path.read_bytes().startswith(b"not a database")


def test_what_cannot_be_recorded_is_not_begun(journal: Journal) -> None:
    """A full disk, for one; the error is for people."""
    journal._db.execute("pragma query_only = on")
    begun = False

    def change() -> None:
        nonlocal begun
        with journal.change("one", "jdk", "tomcat1", a_change()):
            begun = True

    with pytest.raises(CatherdError) as caught:
        change()
    assert not begun
    assert str(journal.path) in str(caught.value)
    assert caught.value.remedy


def test_digests_tell_what_would_be_done_apart() -> None:
    same = a_change(summary=T("another text"), why="other", diff="")
    assert a_change().digest == same.digest
    assert a_change().digest != a_change(target="/etc/other").digest
    assert a_change().digest != a_change(substance=("old", "newer")).digest
    assert a_change().digest != a_change(known_after="jdk").digest
    assert a_change().digest != a_change(kind="put").digest
