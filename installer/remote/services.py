"""The script that brings a service to a state, and remembers what it read.

Two sets of shell functions have the same names: one for systemd, one for SysV init
(``sysv.py``). Which is used, the host decides by what runs there. What is named by a path is a
control script that neither of them knows; it is treated as SysV init's are.
"""

from __future__ import annotations

import re

from installer.remote import sysv
from installer.remote.operations import SetService
from installer.remote.script import MISSING, NO_TOOL, NOT_UP, Script, absolute, quote
from runbook.errors import BadInput
from runbook.text import T

_SYSTEMD = r"""
show() { systemctl show -p "$1" -- "$name" | sed 's/^[^=]*=//'; }
reread() { # systemd reads unit files anew only when told to
  if [ "$(show LoadState)" != loaded ] || [ "$(show NeedDaemonReload)" = yes ]; then
    systemctl daemon-reload || exit 1
  fi
}
known() { [ "$(show LoadState)" != not-found ]; }
main_pid() { show MainPID; }
act() { systemctl "$1" -- "$name"; }
at_boot() { systemctl -q "$1" -- "$name" 2>&1; }
forgive() {
  [ "$(show ActiveState)" = active ] || systemctl reset-failed -- "$name" 2>/dev/null
}
halt() {
  systemctl stop -- "$name" || exit 1
  systemctl reset-failed -- "$name" 2>/dev/null
}
running() { case $(show ActiveState) in active|reloading) ;; *) return 1 ;; esac; }
settled() { # up, and still the same process a moment later: exit codes do not tell
  while [ "$(show ActiveState)" = activating ]; do
    [ "$(show SubState)" != auto-restart ] || return 1
    nap
  done
  running || return 1
  pid=$(show MainPID)
  nap
  running && [ "$(show MainPID)" = "$pid" ]
}
replaced() { # whether the running program is another file than the one installed now
  program=$(show ExecStart | sed -n 's/.*path=\([^ ;]*\).*/\1/p;q')
  exe=$(readlink "/proc/$(show MainPID)/exe") || return 1
  [ "$exe" != "$(readlink -f "$program")" ]
}
explain() {
  systemctl status --no-pager --full -n 0 -- "$name"
  journalctl --no-pager -q -o cat -n 15 -u "$name" 2>/dev/null
}
"""

_ANEW = """
[ ! -d /run/systemd/system ] || systemctl daemon-reload
"""
"""``NeedDaemonReload`` says no for a unit that was restored: it is older than the one known."""


VAR = '"$([ -d /run ] || echo /var)"'
"""Shell that stands before the path of a record: systems from before 2011 have no ``/run``."""


def record_of(name: str) -> str:
    """Where it is remembered which files a running service has read; gone after a reboot."""
    return f"/run/catherd-{checked(name).lstrip('/').replace('/', '-')}"


def checked(name: str) -> str:
    """A service's name, or the path of its control script, if it is one."""
    if not re.fullmatch(r"(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+|[A-Za-z0-9][A-Za-z0-9_.@:-]*", name):
        raise BadInput(T("{name} is no name of a service.", name=name))
    return name


def is_script(name: str) -> bool:
    """Whether it is a control script that no manager of the host knows."""
    return name.startswith("/")


def set_service(op: SetService) -> Script:
    """Enable or disable, then start, stop, restart or reload, and wait until it is so.

    Where none of it is asked for, the manager reads its files anew.
    """
    if op.enabled is None and op.action is None:
        return Script(_ANEW)
    if op.enabled is not None and is_script(op.name):
        raise BadInput(T("{name} is started at boot by rc.local, not by a manager.", name=op.name))
    wanted_gone = op.action in (None, "stop") and not op.enabled
    text = f"""
name={quote(checked(op.name))} record={VAR}{quote(record_of(op.name))} no_tool={NO_TOOL}
{_words(op.name)}
reads() {{ {_digests(op.reads)}; }}
reread
known || {"exit 0" if wanted_gone else f"die {MISSING}"}
{_enabling(op.enabled)}
{_acting(op.action)}
"""
    return Script(text)


def _words(name: str) -> str:
    """The shell functions that are right for the service on this host."""
    by_script = sysv.LOOKING + sysv.ACTING
    if is_script(name):
        return by_script
    return f"""
if [ -d /run/systemd/system ]; then
{_SYSTEMD}
elif [ -d {sysv.SCRIPTS} ]; then
{by_script}
else die {NO_TOOL} systemd; fi
"""


def _digests(reads: tuple[str, ...]) -> str:
    """Shell that prints a line for each file that exists: digest and path."""
    tests = [
        f'[ ! -f {quote(path)} ] || set -- "$@" {quote(path)}' for path in map(absolute, reads)
    ]
    return "\n".join(["set --", *tests, '[ $# = 0 ] || sha256s "$@"'])


def _enabling(enabled: bool | None) -> str:
    if enabled is None:
        return ":"
    return f"at_boot {'enable' if enabled else 'disable'} || exit 1"


def _acting(action: str | None) -> str:
    if action is None:
        return ":"
    if action == "stop":
        return f"""
halt
rm -f "$record"
! running || die {NOT_UP}
"""
    return f"""
verb={action}
[ "$verb" != reload ] || ! replaced || verb=restart
forgive
read_before=$(reads)
act "$verb" && settled || {{ explain; exit {NOT_UP}; }}
{{ read -r stat <"/proc/$(main_pid)/stat"; }} 2>/dev/null || stat=
umask 077
printf 'catherd-service %s %s\\n%s\\n' "$name" "$stat" "$read_before" >"$record.new"
mv -f "$record.new" "$record" || exit 1
"""
