"""A journal that was damaged, cut off, or is none: one clear error, and what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.cli import recalling
from installer.engine.change import Change
from installer.engine.history import History
from installer.engine.journal import Journal
from installer.engine.records import record_of, records_in
from installer.remote.operations import WriteFile
from runbook.cluster import Cluster
from runbook.errors import BadInput, CatherdError
from runbook.probes import Output
from tests.engine.given import ANSWERS
from tests.hostile.values import examples, texts

CLUSTER = Cluster.model_validate(ANSWERS)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A journal with two runs in it, all in one file."""
    path = tmp_path_factory.mktemp("journal") / "journal.db"
    fill(Journal(path))
    with sqlite3.connect(path) as db:
        db.execute("pragma wal_checkpoint(truncate)")
    db.close()
    return path.read_bytes()


CHANGE = Change(
    kind="put", target="/a", summary="a", why="b", diff="+c" * 500, undo=(WriteFile("/a", b"x"),)
)


def fill(journal: Journal) -> None:
    for run in ("one", "two"):
        journal.begin_run(run, "run", "digest", "0")
        journal.begin_step(run, "step", "host", "digest")
        with journal.change(run, "step", "host", CHANGE):
            pass
        journal.end_step(run, "step", "host", "done")
    journal.close()


def used(path: Path) -> None:
    """All that a command does with a journal; nothing but a ``CatherdError`` may come out."""
    try:
        journal = Journal(path)
    except CatherdError as error:
        told(error)
        return
    steps: list[Callable[[], object]] = [
        journal.last_run,
        lambda: recalling.show_last_run(History(journal, CLUSTER), ()),
        journal.changes,
        lambda: journal.steps("two"),
        lambda: journal.begin_run("three", "run", "digest", "0"),
        lambda: journal.begin_step("three", "s", "h", "d"),
        lambda: journal.end_run("three", True),
    ]
    try:
        for step in steps:
            try:
                step()
            except CatherdError as error:
                told(error)
    finally:
        journal.close()


def told(error: CatherdError) -> None:
    assert str(error.what)
    assert str(error.remedy)
    assert "journal" in str(error).lower()


@examples(150)
@given(st.data())
def test_damaged(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("j") / "journal.db"
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, 200) | st.integers(0, len(whole) - 1))
        match data.draw(st.sampled_from(["bytes", "zero", "cut"])):
            case "bytes":
                damaged[at : at + 3] = data.draw(st.binary(min_size=1, max_size=3))
            case "zero":
                damaged[at : at + 512] = bytes(len(damaged[at : at + 512]))
            case _:
                del damaged[max(at, 1) :]
    path.write_bytes(damaged)
    used(path)


VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.binary(max_size=9) | texts


@examples(60)
@given(
    st.sampled_from(["run", "change", "step"]),
    st.dictionaries(
        st.sampled_from(["began", "ended", "ok", "summary", "operator", "answers"]), VALUES
    ),
)
def test_records_that_catherd_would_not_write(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, table: str, values: dict[str, object]
) -> None:
    path = tmp_path_factory.mktemp("j") / "journal.db"
    path.write_bytes(whole)
    db = sqlite3.connect(path)
    for column, value in values.items():
        with suppress(sqlite3.Error):
            db.execute(f"update {table} set {column} = ?", (value,))
    db.commit()
    db.close()
    used(path)


RECORD = record_of("run", "step", "host", "me", 5.0, (CHANGE,)).write().content.strip()


@examples(200)
@given(st.data())
def test_records_on_a_host(data: st.DataObject) -> None:
    """What takes changes back lies on the hosts: it is read whole, or told to be damaged."""
    damaged = bytearray(RECORD)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 9))] = data.draw(
            st.binary(max_size=6)
            | st.sampled_from([b"null", b"[" * 5000, b"9" * 5000, b"{}", b'"'])
        )
    try:
        records_in("host", Output(0, b"/var/lib/catherd/undo/1.json " + bytes(damaged)))
    except BadInput as error:
        assert "host" in str(error.what) and str(error.remedy)  # noqa: PT017, PT018


@pytest.mark.parametrize(
    "content", [b"", b"no database", b"SQLite format 3\0", b"\0" * 4096, b"\x1b[2J" * 2000]
)
def test_files_that_are_no_journal(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(content)
    used(path)


@pytest.mark.parametrize(
    "schema",
    [
        "create table run (id text)",
        "create table change (x)",
        "create view run as select 1 as id",
        "create table step (run, step, host, digest, began, ended, outcome, error); "
        "create trigger t before insert on step begin select raise(abort, 'no'); end",
        "pragma user_version = 99",
        "pragma user_version = -1",
    ],
)
def test_databases_of_others(tmp_path: Path, schema: str) -> None:
    path = tmp_path / "journal.db"
    db = sqlite3.connect(path)
    db.executescript(schema)
    db.close()
    used(path)


def test_a_directory_and_a_link_to_nowhere(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to("/nowhere/at/all")
    for path in (tmp_path / "directory", tmp_path / "file" / "journal.db", tmp_path / "link"):
        with pytest.raises(CatherdError) as caught:
            Journal(path)
        told(caught.value)
