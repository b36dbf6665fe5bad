"""What a host is made of: one script that prints it all as ``key=value`` lines."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from runbook.probes import Sh
from runbook.software.platform import BUILD_NEEDS, MANAGERS, fact_name

SYSTEM = r"""
if [ -r /etc/os-release ]; then (. /etc/os-release; echo "os=$PRETTY_NAME")
elif [ -r /etc/redhat-release ]; then read -r release < /etc/redhat-release; echo "os=$release"
else echo os=unknown; fi
echo "kernel=$(uname -s)"
echo "arch=$(uname -m)"
if [ -d /run/systemd/system ]; then echo init=systemd
elif read -r _ first _ </proc/1/stat && [ "$first" = "(init)" ] && [ -d /etc/init.d ]
then echo init=sysv
else echo init=unknown; fi
echo "user=$(id -u)"
while read -r key size _; do
  case $key in MemTotal:) echo "memory=$size" ;; esac
done </proc/meminfo
name=$(hostname)
echo "hostname=$name"
echo "resolves=$(getent hosts "$name" | { read -r address _; echo "$address"; })"
if command -v getenforce >/dev/null 2>&1; then echo "selinux=$(getenforce)"
else echo selinux=none; fi
if command -v firewall-cmd >/dev/null 2>&1 && firewall-cmd --state >/dev/null 2>&1
then echo firewall=firewalld
elif command -v ufw >/dev/null 2>&1 && ufw status 2>/dev/null | grep -q 'Status: active'
then echo firewall=ufw
else echo firewall=none; fi
""".strip()

ROOM = r"""
home=$(getent passwd "${SUDO_USER:-$(id -un)}" | cut -d : -f 6)
echo "home=$home"
for place in PLACES "$home"; do
  at=$place; until [ -d "$at" ]; do at=${at%/*}; [ -n "$at" ] || at=/; done
  df -P -k "$at" | { read -r _; read -r _ _ _ free _; echo "disk$place=$free"; }
done
""".strip()

A_PROCESS_OF = "a process of"
LISTENERS = r"""
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | while read -r _ at _ state _ _ _ uid _ inode _; do
  [ "$state" = 0A ] || continue
  case ${at##*:} in WANTED) echo "${at##*:} $uid $inode" ;; esac
done | while read -r port uid inode; do
  pid=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" 2>/dev/null | sed 's|^/proc/||; s|/.*||; q')
  exe=$(readlink "/proc/${pid:-none}/exe")
  echo "port$((0x$port))=${exe:-a process of $(getent passwd "$uid" | sed 's/:.*//')}"
done
""".strip()
"""Who listens on ports: the program, or its user where the program cannot be seen.

The kernel's own tables, because ss and netstat differ in options and output, and may be missing.
"""

CLOCK = Sh("date +%s")


def inventory(ports: Iterable[int], places: Iterable[str]) -> Sh:
    """System, resources, name, guards, package manager, build needs, owners of these ports.

    :param places: directories, made or not, of which the free room is told; as for the home of
        the account that logs in
    """
    room = ROOM.replace("PLACES", " ".join(map(shlex.quote, places)))
    needs = (
        f"if ({need.found}) >/dev/null 2>&1; then echo {fact_name(need)}=yes; fi"
        for need in BUILD_NEEDS
    )
    listeners = LISTENERS.replace("WANTED", "|".join(f"{port:04X}" for port in ports))
    managers = (
        f"for each in {' '.join(MANAGERS)}; do"
        " if command -v $each >/dev/null 2>&1; then echo manager=$each; break; fi; done"
    )
    return Sh("\n".join((SYSTEM, room, managers, *needs, listeners)))
