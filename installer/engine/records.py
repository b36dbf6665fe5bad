"""What a host knows of the changes made to it, and how each of them is taken back.

A record is written to the host before a step changes anything there. So any machine with access
to the host can take the step back, also when the one that made it, and its journal, are lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from installer.engine.change import Change
from installer.engine.world import STATE
from installer.remote.operations import (
    Operation,
    Remove,
    SetService,
    WriteFile,
    from_json,
    to_json,
)
from runbook.errors import BadInput
from runbook.probes import Output, ServiceAt, Sh
from runbook.text import T, as_written

RECORDS = f"{STATE}/undo"
ALL = Sh(
    f'for f in {RECORDS}/*.json; do [ ! -f "$f" ] || {{ printf "%s " "$f"; cat "$f"; }}; done',
    limit=32 << 20,
)
"""Asks a host for all its records: a line each, path and JSON, oldest first."""
RESTART = "restart"
"""Stands for a step in the record of services that a rollback has stopped for a while."""


@dataclass(frozen=True)
class Undoable:
    """A change that was made, or was about to be made, and what takes it back."""

    kind: str
    target: str
    summary: str
    undo: tuple[Operation, ...] = ()
    no_undo_because: str = ""


@dataclass(frozen=True)
class Record:
    """One step on one host: what it set out to change."""

    path: str
    """Where the record lies on the host; the names sort by time."""
    host: str
    run: str
    step: str
    began: float
    operator: str
    changes: tuple[Undoable, ...]

    @property
    def operations(self) -> Iterator[Operation]:
        """All that takes its changes back."""
        return (operation for change in self.changes for operation in change.undo)

    @property
    def saved(self) -> str:
        """Where the originals of the files lie that it replaced."""
        return f"{STATE}/saved/{self.run}/{self.step}"

    def write(self) -> WriteFile:
        """The operation that puts the record on its host."""
        document = {
            "run": self.run,
            "step": self.step,
            "began": self.began,
            "operator": self.operator,
            "changes": [_change_to_json(change) for change in self.changes],
        }
        return WriteFile(self.path, json.dumps(document).encode() + b"\n", mode=0o600)

    def forget(self) -> Remove:
        """The operation that removes it."""
        return Remove(self.path, keep=STATE)


def record_of(
    run: str, step: str, host: str, operator: str, now: float, changes: tuple[Change, ...]
) -> Record:
    """The record of a step that is about to begin; ``now`` is in seconds since 1970."""
    return Record(
        f"{RECORDS}/{round(now * 1000):015d}-{step}.json",
        host,
        run,
        step,
        now,
        operator,
        tuple(
            Undoable(
                change.kind,
                change.target,
                as_written(change.summary),
                change.undo,
                as_written(change.no_undo_because),
            )
            for change in changes
        ),
    )


def restart_record(run: str, host: str, changes: tuple[Undoable, ...]) -> Record:
    """Remembers what a rollback has to start again; it counts as the oldest of all records."""
    return Record(f"{RECORDS}/{0:015d}-{RESTART}.json", host, run, RESTART, 0.0, "", changes)


def records_in(host: str, answer: Output) -> list[Record]:
    """The records that a host told of, newest first."""
    lines = answer.data.decode("utf-8", "replace").splitlines()
    return [_parse(host, line) for line in reversed(lines)]


def services_of(records: Iterable[Record]) -> dict[str, ServiceAt]:
    """The services that Catherd looked after, each with all that it ever read."""
    reads: dict[str, dict[str, None]] = {}
    for record in records:
        for operation in record.operations:
            if isinstance(operation, SetService):
                reads.setdefault(operation.name, {}).update(dict.fromkeys(operation.reads))
    return {name: ServiceAt(name, tuple(paths)) for name, paths in reads.items()}


def _parse(host: str, line: str) -> Record:
    path, _, text = line.partition(" ")
    try:
        document = json.loads(text)
        return Record(
            path,
            host,
            document["run"],
            document["step"],
            float(document["began"]),
            document["operator"],
            tuple(_change_from_json(change) for change in document["changes"]),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(
            T("A record of what was changed on {host} cannot be read", host=host),
            where=path,
            remedy=T("Was it written by a newer Catherd? Use that, or look at the file by hand."),
        ) from error


def _change_to_json(change: Undoable) -> dict[str, Any]:
    undo = [to_json(operation) for operation in change.undo]
    return {**vars(change), "undo": undo}


def _change_from_json(change: dict[str, Any]) -> Undoable:
    undo = tuple(from_json(operation) for operation in change["undo"])
    return Undoable(**{**change, "undo": undo})
