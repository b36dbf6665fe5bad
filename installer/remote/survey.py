"""One script that answers all questions to a host, and how its answer is taken apart.

What the host sends is a few lines that say what comes, then all bytes in one go: nothing that
a probe prints can be mistaken for our own words. Programs are started once for all probes,
not once each, because starting one costs more than what it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from installer.remote import sysv
from installer.remote.script import Script, absolute, quote
from installer.remote.services import VAR, checked, is_script, record_of
from runbook.probes import AccountAt, FileAt, Probe, ServiceAt, Sh

CONTENT_LIMIT = 4 << 20
"""Bytes; of a larger file the survey tells all but its content."""

UNIT_PROPERTIES = [
    "LoadState",
    "ActiveState",
    "SubState",
    "MainPID",
    "UnitFileState",
    "Result",
    # Whether and when it was told to read its files anew, by whomever.
    "CanReload",
    "ReloadResult",
    "StateChangeTimestampMonotonic",
]


@dataclass(frozen=True)
class Questions:
    """The probes of one survey, by kind and in the order in which the script answers them."""

    probes: tuple[Probe, ...]
    shells: tuple[Sh, ...] = field(init=False)
    files: tuple[FileAt, ...] = field(init=False)
    """Those whose content is wanted come first."""
    services: tuple[ServiceAt, ...] = field(init=False)
    """Those that a manager knows come first, then control scripts."""
    accounts: tuple[AccountAt, ...] = field(init=False)

    def __post_init__(self) -> None:
        def of(kind: type) -> tuple[Probe, ...]:
            return tuple(probe for probe in self.probes if isinstance(probe, kind))

        files = sorted(of(FileAt), key=lambda probe: not probe.content)  # type: ignore[union-attr]
        services = sorted(of(ServiceAt), key=lambda probe: is_script(probe.name))  # type: ignore[union-attr]
        for name, value in (
            ("shells", of(Sh)),
            ("files", tuple(files)),
            ("services", tuple(services)),
            ("accounts", of(AccountAt)),
        ):
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, probes: Iterable[Probe]) -> Questions:
        """Each probe once."""
        return cls(tuple(dict.fromkeys(probes)))

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """All files that any of the services reads."""
        return tuple(dict.fromkeys(path for probe in self.services for path in probe.reads))

    @cached_property
    def blobs(self) -> tuple[str, ...]:
        """The files, in the script's own directory, whose bytes it sends; in that order."""
        names = [f"sh{number}" for number in range(len(self.shells))]
        names += ["stat"] if self.files else []
        names += ["units", "facts", "newer", "ctimes", "sums"] if self.services else []
        names += ["passwd", "group"] if self.accounts else []
        return tuple(names)


def survey_script(questions: Questions) -> Script:
    """The script; its output is for ``parse_survey``."""
    parts = [_BEGIN]
    parts += [_shell(number, probe) for number, probe in enumerate(questions.shells)]
    if questions.services:
        parts.append(_services(questions.services, questions.reads))
    if questions.accounts:
        parts.append(_accounts(questions.accounts))
    parts.append(_files(questions.files) if questions.files else "set --\n")
    parts.append(f"blobs={quote(' '.join(questions.blobs))}\n{_END}")
    return Script("".join(parts))


_BEGIN = """
exec 3>&1 2>/dev/null </dev/null
for place in /run /dev/shm /tmp; do
  w=$place/.catherd-survey-$$
  ( umask 077; mkdir "$w" ) && break
  w=
done
[ -n "$w" ] || die 1 "no directory for temporary files can be made"
trap 'rm -rf "$w"' 0
stop_on_signals
: >"$w/full" && echo full >"$w/full" || die 1 "no room for temporary files"
links=
"""

_END = """
cd "$w" || exit 1
for name in "$@"; do
  if [ -f "c$name" ]; then echo "c +"; set -- "$@" "c$name"; else echo "c -"; fi
  shift
done
[ -z "$blobs$links" ] && [ $# = 0 ] || stat -c 'z %s' -- $blobs $links "$@"
echo =
[ -z "$blobs$links" ] && [ $# = 0 ] || cat -- $blobs $links "$@"
"""


def _shell(number: int, probe: Sh) -> str:
    return (
        f'{{ ( eval {quote(probe.script)} ) 3>&-; echo "s {number} $?" >&3; }} 2>&1 '
        f'| head -c {probe.limit} >"$w/sh{number}"\n'
    )


def _files(files: Sequence[FileAt]) -> str:
    """Shell that leaves in ``$@`` the files that were copied to ``$w/c``, to be sent."""
    lines = ["set --; wanted=0"]
    for number, probe in enumerate(files):
        path = absolute(probe.path)
        lines.append(
            f'p={quote(path)}; if [ -L "$p" ]; then echo "f {number} +"; set -- "$@" "$p"; '
            f'readlink "$p" >"$w/l{number}"; echo "l {number}"; links="$links l{number}"; '
            f'elif [ -e "$p" ]; then echo "f {number} +"; set -- "$@" "$p"; '
            'else a=${p%/*} up=1; while [ -n "$a" ] && [ ! -d "$a" ]; do a=${a%/*} '
            f'up=$((up+1)); done; echo "f {number} $up"; fi'
        )
        if probe.content:
            lines.append("wanted=$#")
    lines.append(f"""
[ $# = 0 ] || stat -c '%f %s %U %G' -- "$@" >"$w/stat"
: >>"$w/stat"
mkdir "$w/c"
n=0
for p in "$@"; do
  [ $n -gt 0 ] || set --
  n=$((n+1))
  read -r mode size owner <&4 || break
  case $mode in 8???)
    [ $n -gt $wanted ] || [ "$size" -gt {CONTENT_LIMIT} ] || set -- "$@" "$p" ;;
  esac
done 4<"$w/stat"
[ $n -gt 0 ] || set --
[ $# = 0 ] || cp --parents -- "$@" "$w/c"
""")
    return "\n".join(lines)


def _services(services: Sequence[ServiceAt], reads: Sequence[str]) -> str:
    known = dict.fromkeys(checked(probe.name) for probe in services)
    names = " ".join(quote(name) for name in known if not is_script(name))
    scripts = " ".join(quote(name) for name in known if is_script(name))
    records = " ".join(f'"$var"{quote(record_of(probe.name))}' for probe in services)
    properties = " ".join(f"-p {name}" for name in UNIT_PROPERTIES)
    tests = "\n".join(
        f'p={quote(absolute(path))}; if [ -f "$p" ]; then echo "r +"; set -- "$@" "$p"; '
        'else echo "r -"; fi'
        for path in reads
    )
    newer = "\n".join(_newer(number, probe) for number, probe in enumerate(services)) or ":"
    return f"""
var={VAR}
{sysv.LOOKING}{sysv.STATE}
states() {{ for each do state_of "$each" 3>&-; done; }}
if [ -d /run/systemd/system ]; then
  {{
    set -- {names}
    [ $# = 0 ] || {{ systemctl show {properties} -- "$@"; echo; }}
    states {scripts}
  }} >"$w/units"
elif [ -d {sysv.SCRIPTS} ]; then
  states {names} {scripts} >"$w/units"
else
  echo "m none"
  : >"$w/units"
fi
set -- /proc/stat
while IFS='=' read -r key value; do
  [ "$key" != MainPID ] || [ "$value" = 0 ] || set -- "$@" "/proc/$value/stat"
done <"$w/units"
for p in {records}; do [ ! -f "$p" ] || set -- "$@" "$p"; done
cat -- "$@" >"$w/facts"
{{
{newer}
}} >"$w/newer"
set --
{tests}
if [ $# = 0 ]; then : >"$w/ctimes" >"$w/sums"; else
  stat -c %Z -- "$@" >"$w/ctimes"
  sha256s "$@" >"$w/sums"
fi
"""


def _newer(number: int, probe: ServiceAt) -> str:
    """Shell that prints the number where a file was written after the service's record was."""
    paths = " ".join(quote(absolute(path)) for path in probe.reads)
    if not paths:
        return ":"
    record = f'"$var"{quote(record_of(probe.name))}'
    return f'for p in {paths}; do [ ! "$p" -nt {record} ] || echo {number}; done'


def _accounts(accounts: Sequence[AccountAt]) -> str:
    names = " ".join(quote(probe.name) for probe in accounts)
    return f"""
getent passwd -- {names} >"$w/passwd"
groups=
while IFS=: read -r name x uid gid rest; do groups="$groups $gid"; done <"$w/passwd"
[ -z "$groups" ] || getent group $groups >"$w/group"
: >>"$w/group"
"""
