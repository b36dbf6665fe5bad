"""What the running Tomcat says of its applications' sessions, read from its own logs.

From 8.0 on an entry is one line that begins with its time. In 6.0 and 7.0 it is two: the first has
the time and the method, the second the words.
"""

from __future__ import annotations

import re
from datetime import datetime

from runbook.probes import Sh
from runbook.software.membership import STARTED

REGISTERED = "Register manager"
REFUSED = "setAttribute: Non-serializable attribute"
THREW = "Servlet.service\\(\\) for servlet"
"""The entry before it; a page's own source may stand between the two."""
_TIMES = {
    r"^(\d{1,2}-\w{3}-\d{4} \d\d:\d\d:\d\d)": "%d-%b-%Y %H:%M:%S",
    r"^(\w{3} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M)": "%b %d, %Y %I:%M:%S %p",
}


def session_log(base: str) -> Sh:
    """The lines of starts and session managers, then those of refused attributes."""
    return Sh(
        f"for each in $(ls -tr {base}/logs/catalina.*.log 2>/dev/null | tail -n 2); do"
        f" tail -c 4000000 $each | grep -E -A 1 '{STARTED}|{REGISTERED}'; done;"
        f" for each in $(ls -tr {base}/logs/localhost.*.log 2>/dev/null | tail -n 2); do"
        f" tail -c 4000000 $each | grep -B 1 -E '{THREW}|{REFUSED}'; done"
    )


def replicated(log: str) -> set[str]:
    """Context paths ("" is ROOT) whose sessions go to the cluster since the last start."""
    found: set[str] = set()
    for line in log.splitlines():
        if re.search(STARTED, line):
            found.clear()
        elif manager := re.search(
            rf"{REGISTERED} \[?(?:[^\s\]#]*#)?([^\s\]]*)\]? to cluster", line
        ):
            found.add(manager[1])
    return found


def refused(log: str, path: str) -> str:
    """The last attribute of that context which could not be sent, if since the last start.

    Tomcat 6.0 does not tell the context.
    """
    started: datetime | None = None
    when: datetime | None = None
    attribute = before = entry = ""
    for line in log.splitlines():
        if re.search(STARTED, line):
            started = _time(line) or started
        elif re.search(THREW, line):
            entry, when = line, _time(f"{before}\n{line}")
        elif REFUSED in line and (f"with path [{path}]" in entry or "with path" not in entry):
            past = when is not None and started is not None and when < started
            attribute = attribute if past else line.strip()
        before = line
    return attribute


def _time(text: str) -> datetime | None:
    """The last time that an entry of these lines gives."""
    for pattern, form in _TIMES.items():
        for found in reversed(list(re.finditer(pattern, text, re.MULTILINE))):
            try:
                return datetime.strptime(found[1], form)
            except ValueError:
                return None
    return None
