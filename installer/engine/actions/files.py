"""``Put`` and ``Edit``: files, replaced whole and atomically, originals kept on the host."""

from __future__ import annotations

from installer.engine.change import Change, Kind, unified_diff
from installer.engine.world import KnownAfter, World
from installer.remote.operations import Operation, Remove, RestoreFile, WriteFile
from runbook.actions import Edit, Put
from runbook.errors import BadInput
from runbook.probes import FileAt, FileState, Probe
from runbook.text import T

KINDS = {
    "absent": T("absent"),
    "file": T("a file"),
    "directory": T("a directory"),
    "link": T("a symbolic link"),
    "other": T("neither a file nor a directory"),
}


def probes(action: Put | Edit) -> list[Probe]:
    """The file as it is."""
    return [FileAt(action.path)]


def put(action: Put, world: World) -> Change | None:
    """Write the file unless it is there with these bytes, mode and owner."""
    now = world.file(action.path)
    wanted = FileState("file", action.mode, action.owner, action.group, action.content)
    if isinstance(now, KnownAfter):
        now = FileState(ancestor=action.path.rpartition("/")[0])
    return _replace("put", action, now, wanted, world)


def edit(action: Edit, world: World) -> Change | None:
    """Apply the pure edit to the file's bytes; nothing to do when it changes nothing."""
    now = world.file(action.path)
    if world.facts.assumed and not isinstance(now, KnownAfter) and not now.exists:
        now = KnownAfter("")
    if isinstance(now, KnownAfter):
        world.will_have_file(action.path, FileState("file", 0o644, "root", "root", b""))
        return Change(
            kind="edit",
            target=action.path,
            summary=T("edit {path}", path=action.path),
            why=action.why,
            known_after=now.step,
            follows=True,
            details=tuple((world.hide(line), "") for line in action.intent),
        )
    wanted = FileState(
        "file",
        (now.mode if now.exists else 0o644) if action.mode is None else action.mode,
        now.owner or "root",
        action.group or now.group or "root",
        _edited(action, _bytes_to_edit(action, now)),
    )
    return _replace("edit", action, now, wanted, world)


def _edited(action: Edit, before: bytes) -> bytes:
    try:
        return action.change(before)
    except BadInput as error:
        where = T("{path}, {where}", path=action.path, where=error.where)
        error.where = where if error.where else action.path
        raise


def _bytes_to_edit(action: Edit, now: FileState) -> bytes:
    if now.kind == "file" and now.data is not None:
        return now.data
    if now.kind == "absent" and action.start is not None:
        return action.start
    raise BadInput(
        T("{path} cannot be edited: it is {kind}", path=action.path, kind=KINDS[now.kind]),
        remedy=T("Look at the path on the host; Catherd edits plain files only."),
    )


def _replace(
    kind: Kind, action: Put | Edit, now: FileState, wanted: FileState, world: World
) -> Change | None:
    if _same(now, wanted):
        return None
    if now.kind not in ("absent", "file"):
        raise BadInput(
            T("{path} is in the way: it is {kind}", path=action.path, kind=KINDS[now.kind]),
            remedy=T("Move it away on the host and run again."),
        )
    assert wanted.data is not None
    path, saved = action.path, world.saved(action.path)
    follows = world.is_new(path)
    world.will_have_file(path, wanted)
    write = WriteFile(
        path,
        wanted.data,
        wanted.mode,
        wanted.owner,
        wanted.group,
        expect=now.sha256 or "",
        save_to=saved if now.exists else None,
        validate=action.validate,
    )
    back: Operation = (
        RestoreFile(path, saved, expect=wanted.sha256, original=now.sha256)
        if now.exists
        else Remove(path, expect=wanted.sha256, keep=now.ancestor)
    )
    verb = T("edit {path}", path=path) if now.exists else T("create {path}", path=path)
    return Change(
        kind=kind,
        target=path,
        summary=verb,
        why=action.why,
        diff=world.hide(unified_diff(path, now.data, wanted.data)),
        details=_attributes(now, wanted),
        operations=(write,),
        undo=(back,),
        substance=(now.sha256, wanted.sha256),
        follows=follows,
    )


def _same(now: FileState, wanted: FileState) -> bool:
    return (now.kind, now.data, *_owner(now)) == (wanted.kind, wanted.data, *_owner(wanted))


def _owner(state: FileState) -> tuple[int, str, str]:
    return state.mode, state.owner, state.group


def _attributes(now: FileState, wanted: FileState) -> tuple[tuple[str, str], ...]:
    if now.exists and _owner(now) == _owner(wanted):
        return ()
    line = f"{wanted.mode:04o} {wanted.owner}:{wanted.group}"
    return ((f"{now.mode:04o} {now.owner}:{now.group} → {line}" if now.exists else line, ""),)
