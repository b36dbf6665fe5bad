"""Nobody but the operator can look into what Catherd keeps; records tell no contents."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.cli.main import _tell_of_bug
from installer.depot.depot import Depot
from installer.engine.journal import Journal
from installer.private import private
from installer.remote.operations import WriteFile
from installer.remote.script import Script
from installer.remote.target import Result
from runbook.actions import Put
from runbook.errors import CatherdError
from runbook.probes import FileState, Output, Reply

SECRET = "0123456789abcdef-the-secret"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "me" / ".local" / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "me" / ".cache"))
    before = os.umask(0)
    yield tmp_path / "me"
    os.umask(before)


def modes(place: Path) -> dict[str, int]:
    return {
        str(each.relative_to(place)): each.stat().st_mode & 0o777
        for each in (place, *place.rglob("*"))
    }


def test_the_journal_and_all_directories_above_it(home: Path) -> None:
    place = home / ".local" / "state" / "catherd" / "clusters" / "one"
    journal = Journal(place / "journal.db")
    journal.begin_run("1", "run", "", "1")
    found = modes(home)
    journal.close()
    assert found.pop(".local/state/catherd/clusters/one/journal.db-wal") == 0o600
    files = {name: mode for name, mode in found.items() if "journal.db" in name}
    assert set(files.values()) == {0o600}
    assert {mode for name, mode in found.items() if name not in files} == {0o700}


def test_a_directory_of_an_older_version_is_closed(home: Path) -> None:
    place = home / ".local" / "state" / "catherd" / "labs"
    place.mkdir(parents=True)
    private(place)
    found = modes(home)
    assert found[".local/state/catherd/labs"] == found[".local/state/catherd"] == 0o700
    assert found[".local/state"] == 0o777, "it is not Catherd's"


def test_the_archives(home: Path) -> None:
    file = home / "archive"
    home.mkdir(mode=0o700)
    file.write_bytes(b"no archive")
    with pytest.raises(CatherdError):
        Depot().fetch(str(file), sha256="0" * 64)
    assert modes(home / ".cache")["catherd/depot"] == 0o700


def test_the_traceback_of_a_fault(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyError) as fault:
        raise KeyError(WriteFile("/x", SECRET.encode()), f"secret={SECRET}")
    assert _tell_of_bug(fault.value) == 70
    (kept,) = (home / ".local" / "state" / "catherd" / "faults").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    assert "KeyError" in kept.read_text()
    assert SECRET not in kept.read_text() + capsys.readouterr().err


@pytest.mark.parametrize(
    "record",
    [
        WriteFile("/x", SECRET.encode()),
        Put(path="/x", content=SECRET.encode(), why=""),
        Script("cat", SECRET.encode()),
        Result(0, SECRET.encode()),
        FileState("file", data=SECRET.encode()),
        Output(0, SECRET.encode()),
        Reply(200, body=SECRET.encode()),
    ],
    ids=lambda record: type(record).__name__,
)
def test_records_tell_no_contents(record: object) -> None:
    assert SECRET not in repr(record)
    assert SECRET not in repr(ValueError(record))
