"""The lock on a host: one operator at a time, and everybody is told who.

A holder is a JSON object on one line: ``who`` and ``machine`` name the operator, ``pid`` and
``began`` the process, ``since`` the moment, ``doing`` what for people. The first four say
whose lock it is; a lock of this machine whose process has ended is nobody's.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from installer.remote.script import Script, encode, quote
from runbook.errors import Locked
from runbook.text import T

LOCK = "/var/lib/catherd/lock"
HELD = 75
"""Exit code of ``take_script`` when somebody holds the lock; its output is the holder."""


def holder(doing: str = "") -> str:
    """The text by which this process holds hosts."""
    try:
        who = getpass.getuser()
    except (KeyError, OSError):
        who = str(os.getuid())
    record = {
        "who": who,
        "machine": socket.gethostname(),
        "pid": os.getpid(),
        "began": _began(os.getpid()),
        "since": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        "doing": doing,
    }
    return json.dumps(record, ensure_ascii=True)


def is_ours(held: str, ours: str) -> bool:
    """Whether the lock may be taken without asking: same process, or ended on this machine."""
    theirs, mine = _parse(held), _parse(ours)
    if theirs is None or mine is None:
        return held == ours
    keys = ("who", "machine", "pid", "began")
    if [theirs.get(key) for key in keys] == [mine.get(key) for key in keys]:
        return True
    if [theirs.get(key) for key in keys[:2]] != [mine.get(key) for key in keys[:2]]:
        return False
    pid = theirs.get("pid")
    return isinstance(pid, int) and _began(pid) != theirs.get("began")


def locked(name: str, held: str) -> Locked:
    """The error that tells who holds the host."""
    record = _parse(held)
    if record is None:
        where = T("It is held by: {held}", held=held)
    else:
        where = T(
            "{who} on {machine} has been at work on it since {since} (process {pid}): {doing}",
            **{key: record.get(key, "?") for key in ("who", "machine", "since", "pid", "doing")},
        )
    return Locked(
        T("{name} is in use by another run of Catherd.", name=name),
        where,
        T("Wait until it has ended. If it will never end: catherd unlock {name}", name=name),
    )


def take_script(ours: str, instead_of: str | None) -> Script:
    """Take the lock, or replace exactly the holder ``instead_of``; else show who has it."""
    data = encode(ours) + b"\n"
    digest = "" if instead_of is None else _digest(instead_of)
    return Script(
        f"""
lock={LOCK} t={LOCK}.$$
( umask 077; mkdir -p {quote(str(Path(LOCK).parent))} ) || exit 1
trap 'rm -f "$t"' 0
stop_on_signals
( umask 077; head -c {len(data)} >"$t" ) || exit 1
if [ -f "$lock" ] && [ "$(sha256 "$lock")" = "{digest}" ]; then
  mv -f "$t" "$lock" || exit 1
  exit 0
fi
ln "$t" "$lock" 2>/dev/null && exit 0
[ -f "$lock" ] || die 1 "the lock cannot be written"
cat "$lock"
exit {HELD}
""",
        data,
    )


def release_script(ours: str) -> Script:
    """Remove the lock if it is this one."""
    return Script(f"""
if [ -f {LOCK} ] && [ "$(sha256 {LOCK})" = {_digest(ours)} ]; then rm -f {LOCK}; fi
""")


def _digest(text: str) -> str:
    return hashlib.sha256(encode(text) + b"\n").hexdigest()


def _parse(text: str) -> dict[str, Any] | None:
    try:
        record = json.loads(text)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _began(pid: int) -> str:
    """When a process of this machine started, as the kernel counts; empty where none runs."""
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19]
        )
    except (OSError, IndexError):
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        pass
    return "running" if not Path("/proc/self/stat").exists() else ""
