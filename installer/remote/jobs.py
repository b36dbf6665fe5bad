"""Long work detached on the host: started once, followed from anywhere, ended whole.

A job's directory holds ``script``, ``run`` (what the detached shell executes), ``began`` (when),
``title``, ``claimed`` (by the one shell that executes it), ``process`` (boot, process id and start
time of that session leader), ``log`` and, in the end, ``exit``.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from dataclasses import dataclass, field

from installer.remote.processes import FAMILY
from installer.remote.script import TORN, Script, encode, quote
from installer.remote.target import Job, Joined
from runbook.errors import BadInput
from runbook.text import T

JOBS = "/var/lib/catherd/jobs"
_NUMBER = re.compile(rb"[0-9]{1,18}")
_LONGEST, _MOST = 4096, 20
"""Bytes of a line, and lines, that are kept of what is no part of the protocol."""
ENDED = 143
"""Exit code of a job that was ended before it was done: cancelled, killed, or by a reboot."""

_COMMON = r"""
same_boot() { read -r b </proc/sys/kernel/random/boot_id; [ "$b" = "$boot" ]; }
alive() { # whether the job's process still is the one that was started
  [ -f "$j/process" ] || return 1
  read -r boot pid began <"$j/process"
  same_boot && { read -r line <"/proc/$pid/stat"; } 2>/dev/null || return 1
  set -- ${line##*) }
  [ "${20}" = "$began" ] && [ "$1" != Z ]
}
"""

_RUN = r"""
j=$1
mkdir "$j/claimed" 2>/dev/null || exit 1
read -r boot </proc/sys/kernel/random/boot_id
read -r line </proc/$$/stat
set -- ${line##*) }
echo "$boot $$ ${20}" >"$j/process.new" && mv "$j/process.new" "$j/process" || exit 1
umask 022
cd /
( . "$j/script" ) </dev/null >"$j/log" 2>&1
echo $? >"$j/exit.new" && mv "$j/exit.new" "$j/exit"
"""
"""Run by a shell in a session of its own, with the job's directory as argument."""

_START = r"""
if [ -d "$j" ]; then
  for i in 1 2 3 4 5 6 7 8 9 10; do # somebody may be starting it just now
    [ ! -f "$j/process" ] && [ ! -f "$j/exit" ] || break
    nap
  done
  [ -f "$j/exit" ] || alive || rm -rf "$j"
fi
if [ -d "$j" ]; then
  tell_where_it_is
else
  umask 077
  n="$j.new.$$"
  mkdir -p "${j%/*}" && rm -rf "$n" && mkdir "$n" || exit 1
  head -c "$length" >"$n/script" && head -c "$run_length" >"$n/run" || exit 1
  [ "$(sha256 "$n/script")" = "$want" ] || die "$torn"
  date +%s >"$n/began" && printf '%s' "$title" >"$n/title" && : >"$n/log" || exit 1
  if [ -d "$j" ]; then rm -rf "$n"; else mv "$n" "$j" || exit 1; fi
  if command -v setsid >/dev/null 2>&1; then
    setsid sh "$j/run" "$j" </dev/null >/dev/null 2>&1 3>&- &
  else
    nohup sh "$j/run" "$j" </dev/null >/dev/null 2>&1 3>&- &
  fi
  for i in 1 2 3 4 5 6 7 8 9 10; do
    [ ! -f "$j/process" ] && [ ! -f "$j/exit" ] || break
    sleep 0.02 2>/dev/null || sleep 1
  done
fi
"""

_WHERE = r"""
tell_where_it_is() { # for somebody who has not seen the beginning; the last lines follow
  size=$(wc -c <"$j/log") now=$(date +%s) began=$now spoke=$now
  rest=$(tail -c 4096 "$j/log" | sed 1d | wc -c)
  [ "$((size))" -le 4096 ] || sent=$((size - rest))
  read -r began <"$j/began"
  spoke=$(date -r "$j/log" +%s 2>/dev/null) || spoke=$now
  lines=$(head -c "$sent" "$j/log" | wc -l) at=0 phase=
  set -- $(head -c "$sent" "$j/log" | sed -n '/^== /{s/[^A-Za-z0-9._ -]//g;=;p;}' | tail -n 2)
  if [ "$#" -gt 1 ]; then at=$1; shift; phase=$*; fi
  echo "A $sent $((lines - at)) $((now - began)) $((now - spoke)) $phase"
}
"""

_FOLLOW = r"""
quiet=0
[ -d "$j" ] || { echo "N"; exit 0; }
echo "H"
while :; do
  over=
  if [ -f "$j/exit" ]; then over=X; elif ! alive; then
    nap
    if [ -f "$j/exit" ]; then over=X; elif ! alive; then over=D; fi
  fi
  size=$(wc -c <"$j/log")
  size=$((size))
  if [ "$size" -gt "$sent" ]; then
    echo "L $((size - sent))" || exit 0
    tail -c "+$((sent + 1))" "$j/log" | head -c "$((size - sent))" || exit 0
    sent=$size quiet=0
  fi
  case $over in
  X) read -r code <"$j/exit"; echo "X $code"; exit 0 ;;
  D) echo "D"; exit 0 ;;
  esac
  quiet=$((quiet + 1))
  if [ "$quiet" -ge 15 ]; then echo "H" || exit 0; quiet=0; fi
  nap
done
"""
"""Prints ``A`` and where the job is, if it was there already; ``H``, and then so often that it ends
when nobody listens; ``L n`` and n bytes of the log; ``X code`` when the job is over, ``D`` when it
died without a word, ``N`` for no job."""


def job_dir(job_id: str) -> str:
    """The job's directory on the host."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", job_id):
        raise BadInput(T("{id} is no name for a job.", id=job_id))
    return f"{JOBS}/{job_id}"


def start_script(job: Job) -> Script:
    """Start the job unless it runs or has ended, then pass its output on from the first byte."""
    script, run = encode(job.script), encode(_RUN)
    head = (
        f"j={quote(job_dir(job.id))} sent=0 torn={TORN}\n"
        f"length={len(script)} run_length={len(run)} want={hashlib.sha256(script).hexdigest()}\n"
        f"title={quote(job.title or job.id)}\n"
    )
    return Script(head + _COMMON + _WHERE + _START + _FOLLOW, script + run)


def follow_script(job_id: str, sent: int) -> Script:
    """Go on passing output, after the ``sent`` bytes that have arrived."""
    return Script(f"j={quote(job_dir(job_id))} sent={sent}\n{_COMMON}{_FOLLOW}")


def cancel_script(job_id: str) -> Script:
    """End the job with all its processes, unless it is over."""
    return Script(f"""j={quote(job_dir(job_id))}
{_COMMON}{FAMILY}
if alive; then end_family "$pid"; fi
""")


def forget_script(job_id: str) -> Script:
    """End the job if it runs, and remove its directory."""
    cancel = cancel_script(job_id)
    return Script(f'{cancel.text}rm -rf "$j" "$j".new.*; rmdir "${{j%/*}}" 2>/dev/null\n:\n')


def stop_script() -> Script:
    """End all jobs that run on the host, with all their processes, and tell their titles."""
    return Script(f"""{_COMMON}{FAMILY}
for j in {JOBS}/*; do
  [ -d "$j" ] && [ ! -f "$j/exit" ] && alive || continue
  end_family "$pid" || die 1 "$(cat "$j/title" 2>/dev/null): $left"
  printf '%s\n' "$(cat "$j/title" 2>/dev/null || echo "${{j##*/}}")"
  rm -rf "$j"
done
rmdir {JOBS} 2>/dev/null
:
""")


@dataclass
class Following:
    """Reads what the follow script sends; remembers how much has come, for a reconnect."""

    done: int = 0
    """Bytes of the log that have arrived."""
    code: int | None = None
    """Exit code, once the job is over."""
    begun: bool = False
    """The job is there: it must not be started again."""
    missing: bool = False
    """There is no such job on the host."""
    joined: Joined | None = None
    """It was there already; what it printed before is left out."""
    _pending: bytes = b""
    _owed: int = 0
    _said: deque[bytes] = field(default_factory=lambda: deque(maxlen=_MOST))

    def restart(self) -> None:
        """A new connection begins: what was half received is sent again."""
        self._pending, self._owed = b"", 0

    def feed(self, data: bytes) -> bytes:
        """Take in what arrived; the log bytes among it."""
        data, self._pending = self._pending + data, b""
        output, at = [], 0
        while at < len(data):
            if self._owed:
                piece = data[at : at + self._owed]
                self._owed -= len(piece)
                self.done += len(piece)
                output.append(piece)
                at += len(piece)
                continue
            end = data.find(b"\n", at)
            if end < 0:
                self._pending = data[at:][-_LONGEST:]
                break
            self._read(data[at:end])
            at = end + 1
        return b"".join(output)

    def _read(self, line: bytes) -> None:
        match line.split(b" "):
            case [b"L", size] if _NUMBER.fullmatch(size):
                self._owed = int(size)
            case [b"X", code] if _NUMBER.fullmatch(code):
                self.code = int(code)
            case [b"D"]:
                self.code = ENDED
            case [b"N"]:
                self.missing = True
            case [b"A", sent, lines, running, silent, *phase]:
                self.done = int(sent)
                self.joined = Joined(
                    b" ".join(phase).decode("ascii", "replace").strip(),
                    int(lines),
                    max(0.0, float(running)),
                    max(0.0, float(silent)),
                )
            case [b"H"]:
                self.begun = True
            case _:
                self._said.append(line[:_LONGEST])

    @property
    def said(self) -> str:
        """What the host said that is no part of the protocol: why the job did not start."""
        return b"\n".join(self._said).decode("utf-8", "replace")
