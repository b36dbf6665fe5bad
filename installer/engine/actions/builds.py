"""``Build``: configure, make and make install, detached on the host.

The result is installed below a private directory first and renamed to its prefix when it is
whole, so a build that fails or is cancelled leaves the prefix as it was.
"""

from __future__ import annotations

import hashlib
from shlex import quote

from installer.engine.actions.unpacking import (
    beside,
    directory,
    is_whole,
    kept,
    probes,
    receipt_for,
    take_away,
)
from installer.engine.change import Change
from installer.engine.world import STATE, World
from installer.remote.operations import EndJob, Move, Operation, Remove
from installer.remote.room import ROOM
from installer.remote.target import Job
from runbook.actions import Build
from runbook.artefact import RECEIPT
from runbook.text import T

__all__ = ["build", "probes"]


def receipt_of(action: Build) -> bytes:
    """What the prefix carries, so that any later run knows source and flags."""
    return receipt_for(action.artefact, flags=[flag.text for flag in action.flags])


def build(action: Build, world: World) -> Change | None:
    """Build unless the prefix's receipt names this source and these flags."""
    receipt = receipt_of(action)
    if is_whole(action, receipt, world):
        return None
    now = directory(action.prefix, world)
    aside = beside(action.prefix, world) if now.exists else None
    job_id = f"build-{hashlib.sha256(receipt + action.prefix.encode()).hexdigest()[:16]}"
    work = f"{STATE}/build/{job_id}"
    operations: list[Operation] = [Move(action.prefix, aside)] if aside else []
    operations += [Move(f"{work}/root{action.prefix}", action.prefix), Remove(work, keep=STATE)]
    world.will_have_root(action.prefix, None)
    return Change(
        kind="build",
        target=action.prefix,
        summary=T("compile {name} into {path}", name=action.artefact.name, path=action.prefix),
        why=action.why,
        details=(
            *kept(action.prefix, aside),
            ("./configure", ""),
            *((f"  {flag.text}", flag.why) for flag in action.flags),
            ("make && make install", T("one compiler process for each processor of the host")),
        ),
        artefact=action.artefact,
        job=Job(job_id, _script(action, work, receipt), action.artefact.name),
        operations=tuple(operations),
        undo=(
            EndJob(job_id),
            Remove(work, keep=STATE),
            take_away(action.prefix, receipt, now, aside, action.scratch),
        ),
        substance=(job_id, aside),
    )


def _script(action: Build, work: str, receipt: bytes) -> str:
    """POSIX sh; ``$1`` is the staged archive. Lines that begin with ``==`` name the phase.

    A build that failed is taken away, since it may have filled the disk, and tells how full.
    """
    flags = " ".join(quote(flag.text) for flag in action.flags)
    return f"""{ROOM}
set -eu
umask 022
trap 'code=$?; [ $code = 0 ] || {{ left=$(room "$work"); cd /; rm -rf "$work"; echo "$left"; }}' 0
work={quote(work)}
rm -rf "$work"
mkdir -p {quote(work)}/source
cd {quote(work)}/source
echo "== unpack"
gzip -dc "$1" | tar -xf -
cd ./*/
echo "== configure"
./configure {flags}
echo "== make"
make -j"$(getconf _NPROCESSORS_ONLN)"
echo "== install"
make install DESTDIR={quote(work)}/root
printf %s {quote(receipt.decode())} > {quote(work)}/root{quote(action.prefix)}/{RECEIPT}
echo "== done"
"""
