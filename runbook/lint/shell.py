"""/etc/profile, rc.local and other pieces of shell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook.lint.finding import Finding, Given, Sight
from runbook.lint.markup import forum_markup
from runbook.text import T

_STARTS = re.compile(r"^[^#]*\b(?:startup\.sh|catalina\.sh\s+start)\b")
_AS_USER = re.compile(r"\b(?:su|sudo|runuser|setpriv|daemon\s+--user)\b")
_JAVA = re.compile(r"^[^#]*\bjava(?:c)?\s+[\u2010-\u2015\u2212]\w")
_SETS_HOME = re.compile(r"(?:export\s+)?JAVA_HOME=(.*)")
_LITERAL = re.compile(r"""("|'|)(/[^\s"'$`;&|*\\]+)\1\s*(?:[;#].*)?""")


def rules(given: Given, sight: Sight) -> Iterator[Finding]:
    """All that is wrong in one file."""
    yield from forum_markup(given)
    yield from typographic(given)
    yield from java_missing(given)
    lines = given.data.decode("utf-8", "replace").split("\n")
    for number, line in enumerate(lines, 1):
        if not _STARTS.match(line):
            continue
        if not any(re.match(r"[^#]*\bJAVA_HOME=", each) for each in lines[:number]):
            yield Finding(
                given.path,
                number,
                "rc-local",
                T("Tomcat is started here without JAVA_HOME"),
                T("Set JAVA_HOME in this file, or better: make Tomcat a service."),
            )
        if not _AS_USER.search(line):
            yield Finding(
                given.path,
                number,
                "tomcat-as-root",
                T("Tomcat is started as root"),
                T("Start it as a user of its own: su -s /bin/sh tomcat -c …"),
            )


def typographic(given: Given) -> Iterator[Finding]:
    """A dash of a text processor before an option of java."""
    for number, line in enumerate(given.data.decode("utf-8", "replace").split("\n"), 1):
        if _JAVA.match(line):
            yield Finding(
                given.path,
                number,
                "java-en-dash",
                T("The dash before java's option is a typographic one"),
                T("Write java -version."),
            )


def java_home(data: bytes) -> tuple[int, str] | None:
    """The last line that sets ``JAVA_HOME``, whatever else is true, and the directory it names."""
    lines = data.decode("utf-8", "replace").splitlines()
    said = [(number, found[1]) for number, line in enumerate(lines, 1)
            if (found := _SETS_HOME.match(line))]  # fmt: skip
    literal = _LITERAL.fullmatch(said[-1][1]) if said else None
    return (said[-1][0], literal[2]) if literal else None


def java_missing(given: Given) -> Iterator[Finding]:
    """``JAVA_HOME`` that leads nowhere, where the host was asked."""
    if given.no_java and (said := java_home(given.data)):
        number, home = said
        yield Finding(
            given.path,
            number,
            "java-home",
            T("There is no {home}/bin/java on this host", home=home),
            T("Write the directory in which the JDK lies."),
        )
