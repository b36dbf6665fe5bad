"""What taking one change back would do to its host, and what stands in the way of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from installer.engine.actions.services import words
from installer.engine.change import unified_diff
from installer.engine.ground import Ground
from installer.engine.records import Record, Undoable
from installer.engine.secrecy import Hide
from installer.engine.world import kept as kept_at
from installer.engine.world import within
from installer.remote.jobs import job_dir
from installer.remote.operations import (
    EndJob,
    Operation,
    Remove,
    RemoveAccount,
    RestoreFile,
    SetService,
    Shell,
    TakeAway,
)
from installer.remote.script import outside_webapps
from runbook.probes import FileState
from runbook.text import T, Text

Choice = Literal["keep", "overwrite"]


@dataclass(frozen=True)
class Conflict:
    """Somebody changed since what Catherd had changed; it is not taken back unasked."""

    host: str
    path: str
    what: Text
    changed: tuple[str, ...] = ()
    """Files concerned, when it is a directory."""
    diff: str = ""
    """From the file as it is to its original."""
    lost: bool = False
    """There is no original to go back to: it can only be kept."""


@dataclass(frozen=True)
class Reversal:
    """A change and what takes it back; without operations there is nothing (left) to do."""

    change: Undoable
    summary: Text
    operations: tuple[Operation, ...] = field(default=(), repr=False)
    diff: str = ""
    note: Text = ""
    conflict: Conflict | None = None
    """What somebody changed since; with operations the operator wants it overwritten."""

    @property
    def kept(self) -> bool:
        """Whether it stays as it is for the sake of what somebody did."""
        return self.conflict is not None and not self.operations


@dataclass
class Undoing:
    """Plans the undo of one host's records, one change after the other, newest first.

    ``choices`` says by path what becomes of a conflict; nothing said means that it is kept.
    ``covered`` tells whether a path lies in a directory that
    this same rollback takes away: such a file needs no undo of its own.
    """

    host: str
    run: str
    ground: Ground
    records: list[Record]
    """All records of the host, also those that are not taken back."""
    choices: Mapping[str, Choice]
    hide: Hide
    _kept: set[str] = field(default_factory=set)

    def plan(self, record: Record, covered: Iterable[str]) -> tuple[Reversal, ...]:
        """Every change of a record that has an undo, newest first."""
        roots = tuple(covered)
        return tuple(
            reversal
            for change in reversed(record.changes)
            for reversal in self._reversals(change, roots)
        )

    def _reversals(self, change: Undoable, covered: tuple[str, ...]) -> Iterable[Reversal]:
        if not change.undo:
            yield Reversal(change, T("nothing to take back"), note=change.no_undo_because)
        for operation in change.undo:
            reversal = self._reversal(change, operation, covered)
            if reversal is not None:
                yield reversal

    def _reversal(
        self, change: Undoable, op: Operation, covered: tuple[str, ...]
    ) -> Reversal | None:
        match op:
            case RestoreFile() | Remove() if any(within(op.path, root) for root in covered):
                return None
            case RestoreFile():
                return self._restore(change, op)
            case Remove():
                return self._remove(change, op)
            case TakeAway():
                return self._take_away(change, op, covered)
            case SetService():
                return self._service(change, op)
            case RemoveAccount(name):
                if not self.ground.account_exists(name):
                    return None
                return Reversal(change, T("remove the system user {name}", name=name), (op,))
            case Shell(script):
                return Reversal(change, T("run {command}", command=script), (op,))
            case EndJob(id):
                if not self.ground.file(job_dir(id), content=False).exists:
                    return None
                return Reversal(change, T("end the compile, if it goes on"), (op,))
            case _:
                raise TypeError(f"{op} takes nothing back")

    def _restore(self, change: Undoable, op: RestoreFile) -> Reversal | None:
        now, original = self.ground.file(op.path), self.ground.file(op.saved)
        if self._is_back(now, original, op) or op.path in self._kept:
            return None
        summary = T("restore {path}", path=op.path)
        diff = self.hide(unified_diff(op.path, now.data, original.data or b""))
        if now.sha256 == op.expect and original.exists:
            self.ground.restore(op.path, op.saved)
            return Reversal(change, summary, (op,), diff)
        what = T("{path} has changed since Catherd wrote it", path=op.path)
        if not now.exists:
            what = T("{path} was removed since", path=op.path)
        if not original.exists:
            what = T("the original of {path} is lost", path=op.path)
        conflict = Conflict(self.host, op.path, what, diff=diff, lost=not original.exists)
        forced = replace(op, expect=now.sha256 or "", save_to=self._aside(op.path))
        effect = partial(self.ground.restore, op.path, op.saved)
        return self._settled(change, summary, conflict, forced, effect, self._copy(op.path))

    @staticmethod
    def _is_back(now: FileState, original: FileState, op: RestoreFile) -> bool:
        if now.sha256 != op.original:
            return False
        same = (now.mode, now.owner, now.group) == (original.mode, original.owner, original.group)
        return same or not original.exists

    def _remove(self, change: Undoable, op: Remove) -> Reversal | None:
        now = self.ground.file(op.path)
        if not now.exists or op.path in self._kept:
            return None
        summary = T("remove {path}", path=op.path)
        diff = self.hide(unified_diff(op.path, now.data, b"")) if now.data else ""
        if op.expect is None or now.sha256 == op.expect:
            self.ground.remove(op.path)
            return Reversal(change, summary, (op,), diff)
        what = T("{path} has changed since Catherd wrote it", path=op.path)
        conflict = Conflict(self.host, op.path, what, diff=diff)
        forced = replace(op, expect=now.sha256 or now.kind, save_to=self._aside(op.path))
        effect = partial(self.ground.remove, op.path)
        return self._settled(change, summary, conflict, forced, effect, self._copy(op.path))

    def _take_away(
        self, change: Undoable, op: TakeAway, covered: tuple[str, ...]
    ) -> Reversal | None:
        receipt = self.ground.file(f"{op.path}/.catherd")
        old = bool(op.aside) and self.ground.file(op.aside or "", content=False).exists
        ours = receipt.sha256 == op.receipt
        if (not ours and not old) or op.path in self._kept:
            return None
        if any(within(op.path, root) and op.path != root for root in covered):
            return None
        summary = T("remove {path}", path=op.path)
        if op.aside:
            summary = T("remove {path}, move {aside} back", path=op.path, aside=op.aside)
        spare = self._spare(op)
        changed = tuple(self.ground.changed_inside(op.path, spare)) if ours else ()
        there = self.ground.file(op.path, content=False).exists
        if not changed and (ours or not there) and (old or not op.aside):
            self.ground.move_back(op.path, op.aside)
            return Reversal(change, summary, (replace(op, spare=spare),))
        what = T("files in {path} were changed or added since", path=op.path)
        if not ours:
            what = T("{path} is not the directory that Catherd made", path=op.path)
        if op.aside and not old:
            what = T("what lay at {path} before is no longer at {aside}", **_places(op))
        lost = bool(op.aside) and not old
        conflict = Conflict(self.host, op.path, what, changed, lost=lost)
        forced = replace(op, save_to=f"{outside_webapps(op.path)}.after-{self.run}")
        effect = partial(self.ground.move_back, op.path, op.aside)
        note = T("what is there now is kept at {path}", path=forced.save_to)
        return self._settled(change, summary, conflict, forced, effect, note)

    def _spare(self, op: TakeAway) -> tuple[str, ...]:
        """Paths inside that may be younger than the directory: scratch, and Catherd's own work."""
        own: dict[str, None] = {}
        for record in self.records:
            for undo in record.operations:
                path = getattr(undo, "path", "")
                if path != op.path and within(path, op.path) and self._is_own(undo):
                    own[path[len(op.path) + 1 :]] = None
        return (*op.spare, *own)

    def _is_own(self, undo: Operation) -> bool:
        match undo:
            case RestoreFile():
                return self.ground.file(undo.path).sha256 in (undo.expect, undo.original)
            case Remove():
                return self.ground.file(undo.path).sha256 in (undo.expect, None)
            case TakeAway():
                inner = self.ground.file(f"{undo.path}/.catherd").sha256 == undo.receipt
                return inner and not self.ground.changed_inside(undo.path, self._spare(undo))
            case _:
                return False

    def _service(self, change: Undoable, op: SetService) -> Reversal | None:
        now = self.ground.service(op.name)
        enabled = op.enabled if now.exists and op.enabled not in (None, now.enabled) else None
        running = now.running if op.action is None else op.action != "stop"
        action = op.action if running != now.running else None
        if enabled is None and action is None:
            return None
        then = replace(
            now, enabled=now.enabled if enabled is None else enabled, running=running, stale=False
        )
        self.ground.set_service(op.name, then)
        summary = T(
            "{service}: {before} → {after}",
            service=op.name,
            before=words(op.name, now),
            after=words(op.name, then),
        )
        return Reversal(change, summary, (replace(op, enabled=enabled, action=action),))

    def _settled(
        self,
        change: Undoable,
        summary: Text,
        conflict: Conflict,
        forced: RestoreFile | Remove | TakeAway,
        effect: Callable[[], None],
        note: Text,
    ) -> Reversal:
        """Kept, or done against what somebody did, of which a copy stays."""
        kept = conflict.lost or self.choices.get(conflict.path, "keep") == "keep"
        if kept:
            self._kept.add(conflict.path)
            return Reversal(change, summary, diff=conflict.diff, conflict=conflict)
        effect()
        return Reversal(change, summary, (forced,), conflict.diff, note, conflict)

    def _aside(self, path: str) -> str:
        return kept_at("kept", self.run, path)

    def _copy(self, path: str) -> Text:
        return T("a copy of it is kept at {path}", path=self._aside(path))


def _places(op: TakeAway) -> dict[str, str | None]:
    return {"path": op.path, "aside": op.aside}
