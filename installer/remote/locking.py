"""The lock on a host: one operator at a time, and everybody is told who.

A holder is a JSON object on one line: ``operator`` and ``machine`` (and ``id``, which tells two
machines of one name apart), ``pid`` and ``began`` of the process, and for people ``since`` and
``what``. A lock of the same operator on the same machine whose process has ended is nobody's.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import socket
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from installer.remote.script import Script, encode, quote
from runbook.errors import Locked
from runbook.text import T

LOCK = "/var/lib/catherd/lock"
HELD = 75
"""Exit code of ``take_script`` when somebody holds the lock; its output is the holder."""


_OPERATOR = ("operator", "machine", "id")
_PROCESS = ("pid", "began")


def holder(what: str = "") -> str:
    """The text by which this process holds hosts; ``what`` it does there."""
    try:
        who = getpass.getuser()
    except (KeyError, OSError):
        who = str(os.getuid())
    record = {
        "operator": who,
        "machine": socket.gethostname(),
        "id": _machine_id(),
        "pid": os.getpid(),
        "began": _began(os.getpid()),
        "since": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        "what": what,
    }
    return json.dumps(record, ensure_ascii=True)


def is_ours(held: str, ours: str) -> bool:
    """Whether the lock may be taken without asking: same process, or ended on this machine."""
    theirs, mine = _parse(held), _parse(ours)
    if theirs is None or mine is None:
        return held == ours
    if not all(theirs.get(key) and theirs.get(key) == mine.get(key) for key in _OPERATOR):
        return False
    if all(theirs.get(key) == mine.get(key) for key in _PROCESS):
        return True
    pid = theirs.get("pid")
    return isinstance(pid, int) and _began(pid) != theirs.get("began")


def locked(name: str, held: str) -> Locked:
    """The error that tells who holds the host."""
    record = _parse(held)
    if record is None:
        where = T("It is held by: {held}", held=held)
    else:
        where = T(
            "{operator} on {machine} has been at work on it since {since} (process {pid}): {what}",
            **{
                key: record.get(key, "?") for key in ("operator", "machine", "since", "pid", "what")
            },
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


def _machine_id() -> str:
    for file in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        try:
            return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:12]
        except OSError:
            continue
    return f"{uuid.getnode():012x}"


def _began(pid: int) -> str:
    """When a process of this machine started, as the kernel counts; empty where none runs."""
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19]
        )
    except (OSError, IndexError):
        return "" if Path("/proc/self/stat").exists() else _runs(pid)


def _runs(pid: int) -> str:
    """The same where there is no /proc: only whether the process runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        pass
    return "running"
