"""``Unpack``: an archive becomes a directory, whole or not at all."""

from __future__ import annotations

import hashlib
import json

from installer.engine.change import Change
from installer.engine.world import KnownAfter, World
from installer.remote.operations import Extract, TakeAway
from installer.remote.script import outside_webapps
from runbook.actions import Build, Unpack
from runbook.artefact import RECEIPT, Artefact
from runbook.probes import FileAt, FileState, Probe
from runbook.text import T, Text


def probes(action: Unpack | Build) -> list[Probe]:
    """The directory, its receipt, and the files that show that it is whole."""
    root = action.to if isinstance(action, Unpack) else action.prefix
    looks = [FileAt(f"{root}/{path}", content=False) for path in action.contains]
    return [FileAt(root, content=False), FileAt(f"{root}/{RECEIPT}"), *looks]


def unpack(action: Unpack, world: World) -> Change | None:
    """Unpack unless the directory's receipt names this archive and nothing is missing."""
    kind = action.artefact.format
    if kind == "rpm" or kind == "rpm-bin":
        raise AssertionError("packages are installed, not unpacked")
    parts = {"only": list(action.only)} if action.only else {}
    receipt = receipt_for(action.artefact, **parts)
    if is_whole(action, receipt, world):
        return None
    now = directory(action.to, world)
    follows = world.is_new(action.to)
    aside = beside(action.to, world) if now.exists else None
    extract = Extract(
        archive=action.artefact.name,
        to=action.to,
        strip=1 if action.artefact.top else 0,
        owner=action.owner,
        group=action.group,
        writable=action.writable,
        writable_owner=action.writable_owner,
        aside=aside,
        receipt=receipt,
        format=kind,
        only=action.only,
    )
    world.will_have_root(action.to, action)
    return Change(
        kind="unpack",
        target=action.to,
        summary=_summary(action),
        why=action.why,
        details=kept(action.to, aside),
        artefact=action.artefact,
        operations=(extract,),
        undo=(take_away(action.to, receipt, now, aside, action.scratch),),
        substance=(action.artefact.sha256, aside),
        follows=follows,
    )


def _summary(action: Unpack) -> Text:
    if action.only:
        return T(
            "unpack {parts} of {name} to {path}",
            parts=", ".join(action.only),
            name=action.artefact.name,
            path=action.to,
        )
    return T(
        "unpack {name} to {path}, {size:.0f} MB",
        name=action.artefact.name,
        path=action.to,
        size=action.artefact.unpacked / 1e6,
    )


def receipt_for(artefact: Artefact, **more: object) -> bytes:
    """What a directory made from this archive carries, so that any later run knows it."""
    record = {"name": artefact.name, "sha256": artefact.sha256, **more}
    return (json.dumps(record, sort_keys=True) + "\n").encode()


def directory(path: str, world: World) -> FileState:
    """The directory as it will be; one that the plan already makes counts as there."""
    now = world.file(path, content=False)
    return FileState("directory") if isinstance(now, KnownAfter) else now


def is_whole(action: Unpack | Build, receipt: bytes, world: World) -> bool:
    """Whether the directory was made from just this and still has its main files."""
    root = action.to if isinstance(action, Unpack) else action.prefix
    if world.is_new(root):
        return False
    return world.facts[FileAt(f"{root}/{RECEIPT}")].data == receipt and all(
        world.facts[FileAt(f"{root}/{path}", content=False)].exists for path in action.contains
    )


def beside(path: str, world: World) -> str:
    """Where a directory that is in the way is moved: beside it, named after the run."""
    return f"{outside_webapps(path)}.before-{world.run_id}"


def take_away(
    path: str, receipt: bytes, now: FileState, aside: str | None, scratch: tuple[str, ...]
) -> TakeAway:
    """The new directory is removed; what was moved aside for it comes back."""
    digest = hashlib.sha256(receipt).hexdigest()
    return TakeAway(path, digest, aside, None if aside else now.ancestor, scratch)


def kept(path: str, aside: str | None) -> tuple[tuple[str, Text], ...]:
    """Tell people where a directory that is in the way goes."""
    if aside is None:
        return ()
    return ((f"mv {path} {aside}", T("what is there now is kept, not overwritten")),)
