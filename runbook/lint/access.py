"""Who may see the pages by which Apache's balancer is looked at and steered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook.edits.httpd_lines import Conf, Line
from runbook.text import T, Text

LIMITING = ("require", "allow", "deny", "order", "authtype")


def open_to_all(conf: Conf, handlers: Sequence[str]) -> Iterator[tuple[Line, str, Text, Text]]:
    """Handlers that answer everybody."""
    for line in conf.active("sethandler"):
        if not line.words[:1] or line.words[0] not in handlers:
            continue
        beside = [each for each in conf.lines if each.sections == line.sections]
        within = [each for each in conf.lines if line.sections
                  and each.sections[: len(line.sections)] == line.sections]  # fmt: skip
        admits = [each for each in beside if _everybody(each)]
        limits = [each for each in within if each.name in LIMITING]
        if admits or not limits:
            yield (
                admits[0] if admits else line,
                "manager-open",
                T("Everybody may see {handler}", handler=line.words[0]),
                T("Name who may: Require ip 192.0.2.7 (2.4), or Allow from 192.0.2.7 (2.2)."),
            )


def _everybody(line: Line) -> bool:
    words = tuple(word.lower() for word in line.words)
    return (line.name == "allow" and words == ("from", "all")) or (
        line.name == "require" and words == ("all", "granted")
    )
