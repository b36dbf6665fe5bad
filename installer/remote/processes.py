"""Ending processes on the host with all their children, without ``ps`` or ``pkill``."""

from __future__ import annotations

from installer.remote.script import Script

FAMILY = r"""
family() { # the process ids of $1, of its session and of all their descendants
  known=" $1 " grown=1 head=$1
  while [ "$grown" = 1 ]; do
    grown=0
    for f in /proc/[0-9]*/stat; do
      { read -r line <"$f"; } 2>/dev/null || continue
      pid=${line%% *}
      case $known in *" $pid "*) continue ;; esac
      set -- ${line##*) }
      case "$known" in *" $2 "*) ;; *) [ "$4" = "$head" ] || continue ;; esac
      known="$known$pid " grown=1
    done
  done
  printf '%s' "$known"
}
freeze_family() { # stop all of the family of $1, until none of them can begin another; sets all
  all=
  for i in 1 2 3 4 5 6 7 8 9 10; do
    more=$(family "$1")
    [ "$more" != "$all" ] || return 0
    all=$more
    kill -STOP $all 2>/dev/null
  done
}
end_family() { # ask the family of $1 to end, then insist
  [ -d "/proc/$1" ] || return 0
  for how in TERM KILL; do
    freeze_family "$1"
    kill -$how $all 2>/dev/null
    kill -CONT $all 2>/dev/null
    for i in 1 2 3 4 5 6 7 8 9 10; do
      left=
      for pid in $all; do
        { read -r line <"/proc/$pid/stat"; } 2>/dev/null || continue
        case ${line##*) } in Z*) ;; *) left="$left $pid" ;; esac
      done
      [ -n "$left" ] || return 0
      nap
    done
  done
  return 1
}
"""
"""Shell functions that find and end a process with its session and its descendants."""


def end_family(pid: int) -> Script:
    """End a process, its session and all their descendants."""
    return Script(f"{FAMILY}\nend_family {pid}\n")
