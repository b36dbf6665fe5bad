"""Who may see the pages by which Apache's balancer is looked at and steered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from runbook.edits.httpd_lines import Conf, Line
from runbook.text import T, Text

OLD = ("order", "allow", "deny")
"""Rules of 2.2; 2.4 knows them by mod_access_compat."""
LIMITING = ("require", *OLD, "authtype")
_GUARD = re.compile(r"ifversion\b|ifmodule\s+(!(mod_)?authz_|(mod_)?access_compat)", re.I)


def open_to_all(conf: Conf, handlers: Sequence[str]) -> Iterator[tuple[Line, str, Text, Text]]:
    """Handlers that answer everybody."""
    for line in conf.active("sethandler"):
        if not line.words[:1] or line.words[0] not in handlers:
            continue
        beside = [each for each in conf.lines if each.sections == line.sections]
        within = _within(conf, line)
        admits = [each for each in beside if _everybody(each)]
        limits = [each for each in within if each.name in LIMITING]
        if admits or not limits:
            yield (
                admits[0] if admits else line,
                "manager-open",
                T("Everybody may see {handler}", handler=line.words[0]),
                T("Name who may: Require ip 192.0.2.7 (2.4), or Allow from 192.0.2.7 (2.2)."),
            )


def old_rules(conf: Conf, handlers: Sequence[str]) -> Iterator[Line]:
    """The first rule of 2.2 for each handler, but for those that only such an Apache reads."""
    for line in conf.active("sethandler"):
        if line.words[:1] and line.words[0] in handlers:
            for each in _within(conf, line):
                if each.name in OLD and not any(map(_GUARD.match, each.sections)):
                    yield each
                    break


def _within(conf: Conf, line: Line) -> list[Line]:
    """What stands in the same section, or in one within that."""
    around = line.sections
    return [each for each in conf.lines if around and each.sections[: len(around)] == around]


def _everybody(line: Line) -> bool:
    words = tuple(word.lower() for word in line.words)
    return (line.name == "allow" and words == ("from", "all")) or (
        line.name == "require" and words == ("all", "granted")
    )
