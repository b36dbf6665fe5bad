"""A fingerprint of everything on a host's disk: equal before Catherd came and after it is gone.

    python -m bench.fingerprint LAB HOST     print it, a line for each path

Each line has type, mode, owner, group, size, sha256, path and link target. ``VOLATILE`` is all
that is left out: what changes on a host that nobody touches, and what the system's own ``useradd``
and ``sudo`` leave behind.
"""

from __future__ import annotations

import shlex
import sys

from installer.lab import state
from installer.lab.hosts import container_name
from installer.lab.lab import open_podman
from installer.lab.spec import Lab

VOLATILE = (
    "/var/log",  # every login and every service writes here
    "/var/lib/systemd",  # stamps of timers, the random seed
    "/var/cache",  # man pages, apt, ldconfig
    "/etc/passwd-",  # backups that useradd and userdel make
    "/etc/group-",
    "/etc/shadow-",
    "/etc/gshadow-",
    "/etc/.pwd.lock",
    "/etc/subuid-",
    "/etc/subgid-",
    "/var/tmp/systemd-private-*",  # of a service, named after the boot
    "/home/*/.sudo_as_admin_successful",  # Debian's sudo, at its first use
)
"""And all that lies on other file systems: /proc, /sys, /dev, and /run and /tmp in memory."""


SCRIPT = r"""
export LC_ALL=C
work=$(mktemp -d /run/fingerprint.XXXXXX) && trap 'rm -r "$work"' EXIT || exit
into() { # FILE COMMAND...: a path that has vanished meanwhile is no failure, all else is one
  out=$1 && shift
  "$@" >"$out" 2>"$work/said" </dev/null && return
  code=$?
  grep -v ': No such file or directory$' "$work/said" >&2 || {
    [ "$code" -lt 124 ] && [ -s "$work/said" ] && return
  }
  exit "$code"
}
into "$work/files" find / -xdev \( PLACES \) -prune -o -type f -print0
into "$work/sums" xargs -0 -r -a "$work/files" sha256sum -z --
into "$work/paths" find / -xdev \( PLACES \) -prune -o -printf '%y %m %u %g %s %p -> %l\0'
cat "$work/sums" && printf '\n\0' && cat "$work/paths"
"""


def fingerprint(lab: Lab, name: str, extra: tuple[str, ...] = ()) -> list[str]:
    """A line for each path of a host, sorted; ``extra`` paths are left out too.

    On a host at work, files that come and go are listed as one of its moments has them.
    """
    places = " -o ".join(f"-path {shlex.quote(path)}" for path in (*VOLATILE, *extra))
    script = SCRIPT.replace("PLACES", places)
    container = container_name(lab, lab.host(name))
    sums, _, rest = open_podman().do("exec", container, "sh", "-c", script).partition("\n\0")
    digests = {line[66:]: line[:64] for line in sums.split("\0") if line}
    return sorted(_line(each, digests) for each in rest.split("\0") if each)


def difference(before: list[str], after: list[str]) -> list[str]:
    """Lines that only one of two fingerprints has, with + and -."""
    had, has = set(before), set(after)
    return [f"- {line}" for line in before if line not in has] + [
        f"+ {line}" for line in after if line not in had
    ]


def _line(entry: str, digests: dict[str, str]) -> str:
    kind, mode, owner, group, size, rest = entry.split(" ", 5)
    path, _, target = rest.rpartition(" -> ")
    shown = size if kind == "f" else "-"
    return f"{path} {kind} {mode} {owner}:{group} {shown} {digests.get(path, '-')} {target}"


if __name__ == "__main__":
    found = state.load(sys.argv[1])
    assert found is not None, "no such lab"
    print("\n".join(fingerprint(found, sys.argv[2])))
