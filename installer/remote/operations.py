"""The few ways in which Catherd changes a host, as plain records.

An operation is carried out as root, all or nothing, by one script on the host. The journal
stores operations as JSON, so that an undo recorded today can be carried out by any later run.
"""

from __future__ import annotations

import base64
import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class WriteFile:
    """Replace or create a file atomically: temp file beside it, checked, renamed into place."""

    path: str
    content: bytes = field(repr=False)
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    expect: str | None = None
    """sha256 that the file must have now, "" for "must be absent", None for "do not look"."""
    save_to: str | None = None
    """Where a copy of the present file is kept (root only), with mode, owner, times, label."""
    validate: str | None = None
    """POSIX sh run before the rename; ``$1`` is the new file. Not zero: nothing is changed."""


@dataclass(frozen=True)
class RestoreFile:
    """Put a saved original back, with its mode, owner, times and label."""

    path: str
    saved: str
    expect: str | None = None
    """sha256 that the file must still have: otherwise somebody changed it since."""
    original: str | None = None
    """sha256 of the saved original, so that people can be told whether it is back already."""
    save_to: str | None = None
    """Where a copy of the present file is kept."""


@dataclass(frozen=True)
class Remove:
    """Remove a file or a directory tree; then its parents below ``keep`` that are empty."""

    path: str
    expect: str | None = None
    keep: str | None = None
    save_to: str | None = None
    """Where a copy of what is removed is kept."""


@dataclass(frozen=True)
class TakeAway:
    """Remove a directory that Catherd made, and move back what it had moved aside for it."""

    path: str
    receipt: str
    """sha256 of the file ``.catherd`` inside: no other directory is removed."""
    aside: str | None = None
    """Where the directory lies that was there before."""
    keep: str | None = None
    """Parents below this one that are empty then are removed too."""
    spare: tuple[str, ...] = ()
    """Paths inside that may have changed since; anything else that has is somebody's work."""
    save_to: str | None = None
    """Rename it to this, with all that is in it, instead of removing it."""


@dataclass(frozen=True)
class EndJob:
    """End a detached job with all its processes, and forget it."""

    id: str


@dataclass(frozen=True)
class Move:
    """Rename a path, also to another file system; the destination must not exist."""

    source: str
    to: str


@dataclass(frozen=True)
class Extract:
    """Unpack a staged archive into a new directory that appears whole or not at all."""

    archive: str
    to: str
    strip: int = 1
    owner: str = "root"
    group: str = "root"
    writable: tuple[str, ...] = ()
    """Paths inside that belong to ``writable_owner`` instead (created where missing)."""
    writable_owner: str = "root"
    aside: str | None = None
    """Where an existing directory at ``to`` is moved first."""
    receipt: bytes = b""
    """Content of the file ``.catherd`` inside the new directory."""
    format: Literal["tar", "zip", "bin"] = "tar"
    """``bin`` is a program that asks whether its licence is accepted, and is told yes."""
    only: tuple[str, ...] = ()
    """Names at the top to which it is confined; all of the archive where there are none."""


@dataclass(frozen=True)
class Shell:
    """Run a short POSIX sh script; its output is kept for people."""

    script: str
    timeout: float = 120.0
    archive: str = ""
    """A staged file, which the script knows as ``$1``."""


@dataclass(frozen=True)
class SetService:
    """Bring a service to a state through the host's own manager; None leaves a part alone.

    With nothing to bring about, the manager reads its files anew.
    """

    name: str
    enabled: bool | None = None
    action: Literal["start", "stop", "restart", "reload"] | None = None
    reads: tuple[str, ...] = ()
    """As in ``ServiceAt``: remembered with the process, so a restart owed is recognised."""
    timeout: float = 90.0


@dataclass(frozen=True)
class AddAccount:
    """Create a system user with a group of its own."""

    name: str
    home: str
    shell: str


@dataclass(frozen=True)
class RemoveAccount:
    """Remove a user that Catherd created, and its group."""

    name: str


Operation = (
    WriteFile
    | RestoreFile
    | Remove
    | TakeAway
    | EndJob
    | Move
    | Extract
    | Shell
    | SetService
    | AddAccount
    | RemoveAccount
)

_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        WriteFile,
        RestoreFile,
        Remove,
        TakeAway,
        EndJob,
        Move,
        Extract,
        Shell,
        SetService,
        AddAccount,
        RemoveAccount,
    )
}


def to_json(operation: Operation) -> dict[str, Any]:
    """A JSON object that ``from_json`` turns back into an equal operation."""
    fields = {f.name: _encode(getattr(operation, f.name)) for f in dataclasses.fields(operation)}
    return {"kind": type(operation).__name__, **fields}


def from_json(record: dict[str, Any]) -> Operation:
    """The operation that ``to_json`` wrote."""
    fields = {name: _decode(value) for name, value in record.items() if name != "kind"}
    operation: Operation = _KINDS[record["kind"]](**fields)
    return operation


def _encode(value: object) -> object:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode("ascii")}
    return list(value) if isinstance(value, tuple) else value


def _decode(value: object) -> object:
    if isinstance(value, dict):
        return base64.b64decode(value["base64"])
    return tuple(value) if isinstance(value, list) else value
