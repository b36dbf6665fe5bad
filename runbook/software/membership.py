"""Which members a Tomcat has met since it started, read from its own log.

From 8.0 on an entry is one line, ``…SimpleTcpCluster.memberAdded Replication member added:…``. In
6.0 and 7.0 it is two: the second, ``INFO: Replication member added:…``, tells which member. The
names stand in stack traces too, with a parenthesis behind them.
"""

from __future__ import annotations

import re

from runbook.probes import Sh

STARTED = "StandardEngine[. ]start[A-Za-z]*( |$)"
ADDED = "SimpleTcpCluster[. ]memberAdded( |$)"
GONE = "SimpleTcpCluster[. ]memberDisappeared( |$)"


def membership_log(base: str) -> Sh:
    """The lines of Tomcat's own logs that tell of starts and members, oldest first."""
    return Sh(
        f"for each in $(ls -tr {base}/logs/catalina.*.log 2>/dev/null | tail -n 2); do"
        f" tail -c 4000000 $each | grep -E -A 1 '{STARTED}|{ADDED}|{GONE}'; done"
    )


def members_seen(log: str) -> set[str]:
    """``address:port`` of the members that came and have not gone since the last start."""
    members: set[str] = set()
    kind = ""
    for line in log.splitlines():
        kind = next((each for each in (STARTED, ADDED, GONE) if re.search(each, line)), kind)
        if kind == STARTED:
            members.clear()
        elif member := _member(line):
            if kind == GONE:
                members.discard(member)
            elif kind == ADDED:
                members.add(member)
            kind = ""
    return members


def _member(line: str) -> str | None:
    """Tribes prints an address as ``{192, 168, 232, 5}``, its bytes signed in old versions."""
    found = re.search(r"tcp://(?:\{([-\d, ]+)\}|([^:,\]]+)):(\d+)", line)
    if not found:
        return None
    octets, name, port = found.groups()
    address = ".".join(str(int(octet) % 256) for octet in octets.split(",")) if octets else name
    return f"{address}:{port}"
