"""Shell for services of a host without systemd: /etc/init.d, and chkconfig or update-rc.d.

What runs is judged by the process that the script's own header names (``# pidfile:``,
``# processname:``), because many an init script answers 0 whatever is the case. A script
without such a header is asked for its ``status``.

The same words serve a control script that no manager knows and rc.local starts: there ``$name``
is its path.
"""

from __future__ import annotations

SCRIPTS = "/etc/init.d"

LOOKING = r"""
header() { sed -n "s/^# *$1: *//p" "$script" | sed 1q; }
described() { # how the service $name tells whether it runs; 1 where there is none
  case $name in /*) script=$name ;; *) script=/etc/init.d/$name ;; esac
  pidfile='' process=''
  [ -f "$script" ] || return 1
  pidfile=$(header pidfile) process=$(header processname)
  process=${process##*/}
}
known() { described; }
find_pid() { # sets $pid to that of the process, if it is the one that is meant
  pid=0
  [ -n "$pidfile" ] || return 1
  { read -r pid rest <"$pidfile"; } 2>/dev/null
  case $pid in ''|0|*[!0-9]*) pid=0; return 1 ;; esac
  { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || stat=
  comm=${stat#*\(} comm=${comm%)*}
  case $stat in ''|*") Z "*|*") X "*) pid=0; return 1 ;; esac
  case ${process:-$comm} in "$comm"*) ;; *) pid=0; return 1 ;; esac
}
main_pid() { find_pid; echo "$pid"; }
running() {
  if [ -n "$pidfile" ]; then find_pid
  else "$script" status </dev/null >/dev/null 2>&1; fi
}
starts_at_boot() {
  case $name in /*)
    for script in /etc/rc.d/rc.local /etc/rc.local; do
      [ -x "$script" ] && grep -q "^$name start" "$script" && return 0
    done
    return 1 ;;
  esac
  if command -v chkconfig >/dev/null 2>&1; then
    case $(chkconfig --list "$name" 2>/dev/null) in *3:on*4:on*5:on*) ;; *) return 1 ;; esac
    return 0
  fi
  for level in 3 4 5; do
    set -- /etc/rc"$level".d/S[0-9][0-9]"$name"
    [ -L "$1" ] || return 1
  done
}
"""
"""Looks at the service ``$name`` and changes nothing; ``described`` comes first."""

STATE = r"""
state_of() { # in systemd's own words
  name=$1 active=inactive sub=dead boot=disabled pid=0
  if described; then
    load=loaded
    ! running || active=active sub=running
    ! starts_at_boot || boot=enabled
  else load=not-found; fi
  printf 'LoadState=%s\nActiveState=%s\nSubState=%s\n' "$load" "$active" "$sub"
  printf 'MainPID=%s\nUnitFileState=%s\nResult=success\n\n' "$pid" "$boot"
}
"""

ACTING = r"""
reread() { :; }
forgive() { :; }
act() {
  said=$record.said
  if [ "$script" != "$name" ] && command -v service >/dev/null 2>&1
  then set -- service "$name" "$1"
  else set -- env -i PATH="$PATH" TERM=dumb "$script" "$1"; fi
  "$@" </dev/null >"$said" 2>&1 9>&-
}
settled() { # up, and still the same process a moment later: exit codes do not tell
  tries=0
  until running; do
    tries=$((tries+1))
    [ "$tries" -le 25 ] || return 1
    nap
  done
  first=$(main_pid)
  nap
  running && [ "$(main_pid)" = "$first" ] && rm -f "$said"
}
halt() {
  act stop || { explain; exit 1; }
  rm -f "$said"
  tries=0
  while running && [ "$tries" -le 150 ]; do tries=$((tries+1)); nap; done
}
replaced() { # whether the running program is another file than the one installed now
  find_pid && exe=$(readlink "/proc/$pid/exe") || return 1
  case $exe in *" (deleted)") return 0 ;; esac
  program=$(header program)
  [ -n "$program" ] && [ "$exe" != "$(readlink -f "$program")" ]
}
explain() { tail -n 15 "$said"; rm -f "$said"; }
links() {
  for link in /etc/rc[0-6].d/[SK][0-9][0-9]"$name"; do
    [ ! -L "$link" ] || echo "$link $(readlink "$link")"
  done
}
link_up() {
  if command -v chkconfig >/dev/null 2>&1; then
    chkconfig --add "$name" && chkconfig --level 345 "$name" on
  elif command -v update-rc.d >/dev/null 2>&1; then
    update-rc.d "$name" defaults >/dev/null && update-rc.d "$name" enable >/dev/null
  else die "$no_tool" "chkconfig"; fi
}
link_down() {
  if command -v chkconfig >/dev/null 2>&1; then chkconfig --level 2345 "$name" off
  else update-rc.d "$name" disable >/dev/null; fi
}
unlink_all() {
  if command -v chkconfig >/dev/null 2>&1; then chkconfig --del "$name"
  else update-rc.d -f "$name" remove >/dev/null; fi
}
at_boot() { # the links that were there before it was enabled are what disabling brings back
  before=/var/lib/catherd/boot-$name
  if [ "$1" = enable ]; then
    if [ ! -f "$before" ]; then
      ( umask 077; mkdir -p /var/lib/catherd && links >"$before.new" ) || return 1
      mv -f "$before.new" "$before" || return 1
    fi
    link_up && starts_at_boot
  elif [ -f "$before" ]; then
    unlink_all || return 1
    while read -r link target; do [ -L "$link" ] || ln -s "$target" "$link"; done <"$before"
    rm -f "$before"
    rmdir /var/lib/catherd 2>/dev/null || :
  else
    link_down && ! starts_at_boot
  fi
}
"""
"""Changes the service; the same words as for systemd."""
