"""The journal: what was about to be done, before it is done, on disk before it is begun.

A change that is recorded but not marked as done was interrupted: nobody knows whether it
happened, and the next run settles it by looking at the host. This is history, for people: what
takes a change back is recorded on its host (``records.py``), beside the original files.
"""

from __future__ import annotations

import getpass
import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installer.engine.change import Change
from installer.private import private
from runbook.errors import BadInput, Failed
from runbook.text import T

CHANGE = """
create table if not exists change (
    id integer primary key, run text not null references run(id), step text not null,
    host text not null, kind text not null, target text not null, summary text not null,
    diff text not null, digest text not null, no_undo_because text not null,
    began real not null, ended real, undone real
);
"""
SCHEMA = f"""
create table if not exists run (
    id text primary key, began real not null, ended real, ok integer, operator text not null,
    command text not null, answers text not null, version text not null
);
create table if not exists step (
    run text not null references run(id), step text not null, host text not null,
    digest text not null, began real not null, ended real, outcome text, error text,
    description text not null default '',
    primary key (run, step, host)
);
create table if not exists evidence (
    run text not null references run(id), step text not null, host text not null,
    seen text not null, primary key (run, step, host)
);
{CHANGE}
"""
VERSION = 4
KEPT = (
    "id, run, step, host, kind, target, summary, diff, digest, no_undo_because,"
    " began, ended, undone"
)
MIGRATIONS = {
    1: ("alter table step add column description text not null default ''",),
    2: (  # not “drop column”, which SQLite knows only since 3.35
        "alter table change rename to older",
        CHANGE,
        f"insert into change ({KEPT}) select {KEPT} from older",
        "drop table older",
    ),
    3: (),  # its new table is made with all others that are missing
}
"""What makes a journal of that version one of the next."""


@dataclass(frozen=True)
class Recorded:
    """A change as the journal has it."""

    id: int
    run: str
    step: str
    host: str
    kind: str
    target: str
    summary: str
    digest: str
    done: bool


class Journal:
    """The SQLite journal of one cluster on this machine; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            private(path.parent)
            path.touch(mode=0o600)
            path.chmod(0o600)  # before SQLite makes its other files, which are to be like it
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = full")
            found = self._db.execute("pragma user_version").fetchone()[0]
            if not 0 <= found <= VERSION:
                raise BadInput(
                    T("The journal {path} was written by a newer Catherd", path=path),
                    remedy=T("Use that version, or move the file away to begin a new journal."),
                )
            self._db.executescript(SCHEMA)
            self._migrate()
        except (OSError, sqlite3.DatabaseError) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: object) -> BadInput:
        return BadInput(
            T("The journal {path} cannot be read: {error}", path=self.path, error=error),
            remedy=T("Move the file away; Catherd finds out again how the hosts are."),
        )

    def _migrate(self) -> None:
        """Bring an older journal to this version, whole or not at all."""
        version = "pragma user_version"
        if self._db.execute(version).fetchone()[0] == VERSION:
            return
        self._db.execute("begin immediate")
        found = self._db.execute(version).fetchone()[0]
        for each in range(found or VERSION, VERSION):
            for statement in MIGRATIONS[each]:
                self._db.execute(statement)
        self._db.execute(f"pragma user_version = {VERSION}")
        self._db.execute("commit")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def begin_run(self, run: str, command: str, answers: str, version: str) -> None:
        """A run begins; ``answers`` are those it runs with, as JSON by their paths."""
        self._write(
            "insert into run (id, began, operator, command, answers, version) values (?,?,?,?,?,?)",
            (run, time.time(), getpass.getuser(), command, answers, version),
        )

    def end_run(self, run: str, ok: bool) -> None:
        """A run has ended."""
        self._write("update run set ended = ?, ok = ? where id = ?", (time.time(), ok, run))

    def begin_step(self, run: str, step: str, host: str, digest: str) -> None:
        """A host begins a step."""
        self._write(
            "insert or replace into step (run, step, host, digest, began) values (?,?,?,?,?)",
            (run, step, host, digest, time.time()),
        )

    def end_step(
        self, run: str, step: str, host: str, outcome: str, error: str = "", description: str = ""
    ) -> None:
        """A host has ended a step; ``description`` is the digest of what it describes."""
        self._write(
            "update step set ended = ?, outcome = ?, error = ?, description = ?"
            " where (run, step, host) = (?,?,?)",
            (time.time(), outcome, error, description, run, step, host),
        )

    def taken_back(self, run: str, step: str, host: str) -> None:
        """The changes that a step made to a host in that run are undone."""
        self._write(
            "update change set undone = ? where (run, step, host) = (?,?,?)",
            (time.time(), run, step, host),
        )

    @contextmanager
    def change(self, run: str, step: str, host: str, change: Change) -> Iterator[int]:
        """Record the change, then let it be made; done only when nothing is raised."""
        number = self._write(
            "insert into change (run, step, host, kind, target, summary, diff, digest,"
            " no_undo_because, began) values (?,?,?,?,?,?,?,?,?,?)",
            (
                run,
                step,
                host,
                change.kind,
                change.target,
                str(change.summary),
                change.diff,
                change.digest,
                str(change.no_undo_because),
                time.time(),
            ),
        )
        yield number
        self._write("update change set ended = ? where id = ?", (time.time(), number))

    def keep_evidence(self, run: str, step: str, host: str, seen: Mapping[str, Any]) -> None:
        """What a step was seen to do: what was printed, what checks and trials have shown."""
        self._write(
            "insert or replace into evidence (run, step, host, seen) values (?,?,?,?)",
            (run, step, host, json.dumps(seen, ensure_ascii=False)),
        )

    def evidence(self, run: str) -> dict[tuple[str, str], dict[str, Any]]:
        """The evidence of a run by step and host; what is damaged is left out."""
        rows = self._read("select * from evidence where run = ?", (run,))
        return {(row["step"], row["host"]): seen for row in rows if (seen := _parsed(row["seen"]))}

    def last_run(self) -> dict[str, Any] | None:
        """The newest run, or None."""
        rows = self._read("select * from run order by began desc limit 1")
        return rows[0] if rows else None

    def runs(self) -> list[dict[str, Any]]:
        """All runs, newest first."""
        return self._read("select * from run order by began desc, id desc")

    def changes_of(self, run: str, step: str, host: str) -> list[dict[str, Any]]:
        """What a step changed on a host in that run, in order; one without ``ended`` broke off."""
        return self._read(
            "select * from change where (run, step, host) = (?,?,?) order by id", (run, step, host)
        )

    def steps(self, run: str) -> list[dict[str, Any]]:
        """Steps of a run in the order in which they began."""
        return self._read("select * from step where run = ? order by began", (run,))

    def newest_steps(self) -> list[dict[str, Any]]:
        """Of each step and host the newest record, with its run's answers and version.

        ``undone`` is when the last of its changes was taken back since, if one was.
        """
        return self._read(
            "select step.*, run.answers, run.version, max(step.began) as newest,"
            " (select max(undone) from change where (change.step, change.host) ="
            " (step.step, step.host) and change.undone > step.began) as undone"
            " from step join run on run.id = step.run group by step.step, step.host"
            " order by newest"
        )

    def durations(self) -> dict[tuple[str, str], float]:
        """Seconds that each step took on each host when it was last done."""
        rows = self._read(
            "select step, host, ended - began as seconds, max(began) as newest from step"
            " where outcome = 'done' group by step, host"
        )
        return {(row["step"], row["host"]): float(row["seconds"]) for row in rows}

    def changes(self) -> list[Recorded]:
        """All changes that have not been undone, newest first."""
        rows = self._read("select * from change where undone is null order by id desc")
        return [
            Recorded(
                row["id"],
                row["run"],
                row["step"],
                row["host"],
                row["kind"],
                row["target"],
                row["summary"],
                row["digest"],
                row["ended"] is not None,
            )
            for row in rows
        ]

    def _write(self, statement: str, values: tuple[object, ...]) -> int:
        with self._lock:
            try:
                return self._db.execute(statement, values).lastrowid or 0
            except sqlite3.Error as error:
                raise Failed(
                    T("The journal cannot be written: {error}", error=error),
                    where=str(self.path),
                    remedy=T("Nothing is done without a record: make room, then run again."),
                ) from error

    def _read(self, query: str, values: tuple[object, ...] = ()) -> list[dict[str, Any]]:
        with self._lock:
            try:
                cursor = self._db.execute(query, values)
                names = [column[0] for column in cursor.description]
                rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            except sqlite3.Error as error:
                raise self._unreadable(error) from error
        if not all(_sound(name, value) for row in rows for name, value in row.items()):
            raise self._unreadable(T("its records are damaged"))
        return rows


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _sound(column: str, value: object) -> bool:
    """Whether a value is of its column's kind: SQLite takes any, and a damaged file has any."""
    match column:
        case "seconds":
            return isinstance(value, int | float)
        case "began" | "ended" | "undone" | "newest":
            moment = isinstance(value, int | float) and 0 <= value < 1e11
            return moment or (value is None and column != "began")
        case "ok":
            return value in (None, 0, 1)
        case "id":
            return isinstance(value, int | str)
        case "outcome" | "error":
            return value is None or isinstance(value, str)
        case _:
            return isinstance(value, str)
