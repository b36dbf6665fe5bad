"""The document's mistakes, found in files that somebody else wrote.

Pure: bytes in, findings out. Each finding names the erratum that it is an instance of.
"""

from __future__ import annotations

from collections.abc import Iterable

from runbook.errors import BadInput, CatherdError, Faults
from runbook.lint import across, httpd, init_script, kinds, server_xml, shell, web_xml
from runbook.lint.finding import Finding, Given, Sight

RULES = {
    "httpd": httpd.rules,
    "server.xml": server_xml.rules,
    "web.xml": web_xml.rules,
    "init script": init_script.rules,
    "shell": shell.rules,
}

FINDS = frozenset(
    {
        "host-name-loopback",
        "apachectl-return-codes",
        "pidfile",
        "chkconfig-description",
        "shebang-not-first",
        "no-subsys-lock",
        "java-home",
        "java-en-dash",
        "tomcat-as-root",
        "rc-local",
        "engine-standalone",
        "cluster-twice",
        "classes-gone",
        "farm-in-engine",
        "replication-not-waited-for",
        "auto-bind",
        "static-lists-itself",
        "distributable-place",
        "distributable-missing",
        "web-fragment",
        "modules-missing",
        "proxypass-slash",
        "manager-swallowed",
        "no-route",
        "nofailover",
        "manager-open",
        "no-proxypassreverse",
        "stickysession-case",
        "forum-markup",
        "ajp-or-http",
    }
)
"""Errata for which there is a rule."""


def lint(files: Iterable[Given], httpd: str = "", tomcat: str = "") -> tuple[Finding, ...]:
    """All that is wrong in these files, in their order, then by line.

    :param httpd: version of Apache that they are for; "" where that is not known
    :param tomcat: likewise
    :raises BadInput: a file cannot be read as what it is
    """
    sight = Sight(httpd, tomcat)
    found: list[Finding] = []
    faults: list[CatherdError] = []
    for given in files:
        if (kind := kinds.kind_of(given)) is None:
            continue
        try:
            found += RULES[kind](given, sight)
        except BadInput as error:
            where = f"{given.path}, {error.where}" if error.where else given.path
            faults.append(BadInput(error.what, where, error.remedy))
    if faults:
        raise faults[0] if len(faults) == 1 else Faults(faults)
    found += across.rules(sight)
    order = {path: number for number, path in enumerate(dict.fromkeys(f.path for f in found))}
    return tuple(sorted(found, key=lambda each: (order[each.path], each.line)))
