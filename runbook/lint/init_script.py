"""Init scripts with a header for chkconfig."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from runbook.lint.finding import Finding, Given, Sight
from runbook.lint.shell import java_missing, typographic
from runbook.text import T, Text

_KEY = re.compile(r"#\s*(chkconfig|description|processname|pidfile|config)\s*:", re.I)


def rules(given: Given, sight: Sight) -> Iterator[Finding]:
    """All that is wrong in one file."""
    lines = given.data.decode("latin-1").split("\n")
    yield from typographic(given)
    yield from java_missing(given)
    for number, erratum, what, mend in _header(lines):
        yield Finding(given.path, number, erratum, what, mend)
    text = "\n".join(line for line in lines if not line.startswith("#"))
    if re.search(r"\$HTTPD -k|apachectl", text):
        yield Finding(
            given.path,
            1,
            "apachectl-return-codes",
            T("This is apachectl, which says that all is well when it is not"),
            T("Use a script whose status, stop and reload tell the truth, or a unit of systemd."),
        )
    if "/var/lock/subsys/" not in text:
        yield Finding(
            given.path,
            1,
            "no-subsys-lock",
            T("No file in /var/lock/subsys is made"),
            T("touch it after a start and remove it after a stop."),
        )


def _header(lines: list[str]) -> Iterator[tuple[int, str, Text, Text]]:
    shebang = next((n for n, line in enumerate(lines, 1) if line.startswith("#!")), 0)
    if shebang != 1:
        yield (
            max(shebang, 1),
            "shebang-not-first",
            T("The first line does not say which program runs this script"),
            T("Make #!/bin/sh the first line; the header may stand anywhere below."),
        )
    keys = {found[1].lower() for line in lines if (found := _KEY.match(line))}
    if "description" not in keys:
        yield (
            1,
            "chkconfig-description",
            T("There is no description, so chkconfig refuses the script"),
            T("Add: # description: what it is"),
        )
    for number, (line, after) in enumerate(itertools.pairwise(lines), 1):
        if (
            re.match(r"#\s*description\s*:", line, re.I)
            and not line.rstrip("\r").endswith("\\")
            and re.match(r"#\s*\w", after)
            and not _KEY.match(after)
        ):
            yield (
                number,
                "chkconfig-description",
                T("The description goes on in the next line, and chkconfig does not see that"),
                T("End this line with a backslash."),
            )
        if re.match(r"#\s*pidfile\s*:.*/log/httpd\.pid\b", line, re.I):
            yield (
                number,
                "pidfile",
                T("httpd writes logs/httpd.pid, and this says log/httpd.pid"),
                T("Write logs/httpd.pid."),
            )
