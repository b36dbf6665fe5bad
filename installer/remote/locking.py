"""The lock on a host: one operator at a time, and everybody is told who.

A holder is a JSON object on one line: ``operator`` and ``machine`` (and ``id``, which tells two
machines of one name apart), ``pid`` and ``began`` of the process, its ``token``, and for people
``since``, ``what`` and ``step``. A lock of the same operator on the same machine whose process
has ended is nobody's.

Every script that changes the host looks first whether the lock still has the token of its run,
and in the same breath tells the lock which step it belongs to. So a run whose lock was taken
over changes nothing more, and neither costs a round trip.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import re
import secrets
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from installer.remote.identity import began, machine_id
from installer.remote.script import TAKEN_OVER, Script, encode, quote
from runbook.errors import Locked
from runbook.harmless import cut
from runbook.text import T, Text

LOCK = "/var/lib/catherd/lock"
HELD = 75
"""Exit code of ``take_script`` when somebody holds the lock; its output is the holder."""

_OPERATOR = ("operator", "machine", "id")
_PROCESS = ("pid", "began")
_SAYS = "catherd-lock:"


def holder(what: str = "") -> str:
    """The text by which this process holds hosts; ``what`` it does there."""
    try:
        who = getpass.getuser()
    except (KeyError, OSError):
        who = str(os.getuid())
    record = {
        "operator": who,
        "machine": socket.gethostname(),
        "id": machine_id(),
        "pid": os.getpid(),
        "began": began(os.getpid()),
        "token": secrets.token_hex(8),
        "since": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        "what": what,
    }
    return json.dumps(record, ensure_ascii=True)


def at_step(held: str, step: str) -> str:
    """The same holder, busy with this step."""
    record = parse(held)
    return held if record is None else json.dumps({**record, "step": step}, ensure_ascii=True)


def parse(held: str) -> dict[str, Any] | None:
    """The record in a lock; None where somebody else has put something there."""
    try:
        record = json.loads(held)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def is_ours(held: str, ours: str) -> bool:
    """Whether the lock may be taken without asking: same process, or ended on this machine."""
    theirs, mine = parse(held), parse(ours)
    if theirs is None or mine is None:
        return held == ours
    if not all(theirs.get(key) and theirs.get(key) == mine.get(key) for key in _OPERATOR):
        return False
    return all(theirs.get(key) == mine.get(key) for key in _PROCESS) or not _runs(theirs)


def _runs(record: dict[str, Any]) -> bool:
    """Whether a process of this machine that is in a lock still runs."""
    pid = record.get("pid")
    return not isinstance(pid, int) or began(pid) == record.get("began")


def life(held: str) -> Text:
    """Whether the process in a lock still runs, as far as this machine can tell."""
    record = parse(held) or {}
    if not record or record.get("id") != machine_id():
        return T("Whether it still runs cannot be seen from this machine.")
    if _runs(record):
        return T("That process still runs on this machine.")
    return T("That process has ended.")


def described(held: str) -> Text:
    """A holder in a line for people."""
    record = parse(held)
    if record is None:
        return T("It is held by: {held}", held=held[:200] or "?")
    keys = ("operator", "machine", "since", "pid", "what", "step")
    known = {key: cut(str(record.get(key) or "?"), 200) for key in keys}
    if record.get("step"):
        return T(
            "{operator} on {machine} has been at work on it since {since} (process {pid}): "
            "{what}, step {step}",
            **known,
        )
    return T(
        "{operator} on {machine} has been at work on it since {since} (process {pid}): {what}",
        **known,
    )


def locked(name: str, held: str) -> Locked:
    """The error that tells who holds the host."""
    return Locked(
        T("{name} is in use by another run of Catherd.", name=name),
        described(held),
        T("Wait until it has ended. If it will never end: catherd unlock {name}", name=name),
    )


def taken_over(name: str, held: str) -> Locked:
    """The error that tells a run that it has lost the host to somebody."""
    return Locked(
        T("The lock on {name} is no longer ours: nothing more is changed there.", name=name),
        described(held) if held else T("Somebody has removed it (catherd unlock)."),
        T("Talk to whoever took it over; when the host is free again, start Catherd again."),
    )


def taken_over_by(code: int, text: str) -> str | None:
    """Who holds the lock now ("" is nobody), where a guard has stopped a script; else None."""
    found = re.match(rf"{_SAYS} ?(.*)", text) if code == TAKEN_OVER else None
    return found[1].strip() if found else None


def take_script(ours: str, instead_of: str | None) -> Script:
    """Take the lock, or replace exactly the holder ``instead_of``; else show who has it."""
    data = encode(ours) + b"\n"
    digest = "" if instead_of is None else _digest(instead_of)
    return Script(
        f"""
lock={LOCK} t={LOCK}.$$
( umask 077; mkdir -p {quote(str(Path(LOCK).parent))} ) || spoilt "$lock"
trap 'rm -f "$t"' 0
stop_on_signals
( umask 077; head -c {len(data)} >"$t" ) || spoilt "$lock"
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


def guard(ours: str, tell: bool) -> str:
    """Shell before a change: goes no further unless the lock is ours; with ``tell``, renews it."""
    renew = f"""
( umask 077; printf '%s\\n' {quote(ours)} >{LOCK}.$$ ) 2>/dev/null &&
  mv -f {LOCK}.$$ {LOCK} || rm -f {LOCK}.$$
"""
    return f"""
held=; {{ read -r held <{LOCK}; }} 2>/dev/null
case $held in *{quote(_token(ours))}*) ;; *) die {TAKEN_OVER} "{_SAYS} $held" ;; esac
{renew if tell else ""}"""


def release_script(ours: str) -> Script:
    """Remove the lock if it is this run's, and its directory where nothing else lies in it."""
    return Script(f"""
held=; {{ read -r held <{LOCK}; }} 2>/dev/null
case $held in
*{quote(_token(ours))}*) rm -f {LOCK} && rmdir "$(dirname {LOCK})" 2>/dev/null ;;
esac
:
""")


def _token(ours: str) -> str:
    """What tells this holder from all others."""
    return str((parse(ours) or {}).get("token") or ours.partition("\n")[0])


def _digest(text: str) -> str:
    return hashlib.sha256(encode(text) + b"\n").hexdigest()
