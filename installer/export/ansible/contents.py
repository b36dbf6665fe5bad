"""The same file of several hosts as one template, with what only one host has beside it."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from installer.export.ansible.naming import Naming
from runbook.errors import BadInput
from runbook.text import T

ONLY_HERE = "only_here"
"""The variable of a host that has the lines which no other host has."""


@dataclass(frozen=True)
class Content:
    """A file of a role: a template, or bytes that are copied as they are."""

    data: bytes
    template: bool
    wanted: Mapping[str, bytes]
    """By host: what it must be in the end."""
    windows: bool = False
    """Lines end as on Windows once the template is rendered."""
    only_here: Mapping[str, Sequence[Sequence[str]]] | None = None
    """By host: lines for each place of the template where hosts differ."""


def merged(
    path: str, contents: Mapping[str, bytes], namings: Mapping[str, Naming], variable: str
) -> Content:
    """One file for all these hosts.

    :param variable: name for the lines that not all hosts have
    :raises BadInput: the hosts' files differ, and are no text
    """
    first, *others = contents.values()
    try:
        texts = {name: data.decode("utf-8") for name, data in contents.items()}
    except UnicodeDecodeError:
        texts = {}
    windows = all("\r" not in each.replace("\r\n", "") for each in texts.values()) and all(
        each.count("\n") == each.count("\r\n") > 0 for each in texts.values()
    )
    mixed = not windows and any("\r" in each for each in texts.values())
    if not texts or mixed:
        if any(each != first for each in others):
            raise BadInput(
                T("{path} differs between hosts, and cannot be made a template", path=path),
                remedy=T("Its lines must end alike, and its characters be UTF-8."),
            )
        return Content(first, False, contents)
    named = {name: namings[name].text(each.replace("\r\n", "\n")) for name, each in texts.items()}
    template, only_here = _one_template(named, f"{ONLY_HERE}.{variable}")
    if template.encode() == first:
        return Content(first, False, contents)
    return Content(template.encode(), True, contents, windows, only_here)


def _one_template(
    named: Mapping[str, str], variable: str
) -> tuple[str, Mapping[str, Sequence[Sequence[str]]] | None]:
    lines = {name: text.splitlines(keepends=True) for name, text in named.items()}
    first = next(iter(lines.values()))
    matches = {name: _matches(first, each) for name, each in lines.items()}
    shared = sorted(set.intersection(*(set(each) for each in matches.values())))
    places = {name: _between(each, shared, matches[name]) for name, each in lines.items()}
    pieces: list[str] = []
    chunks: dict[str, list[list[str]]] = {name: [] for name in lines}
    number = 0
    for at in range(len(shared) + 1):
        here = {name: each[at] for name, each in places.items()}
        if any(here.values()):
            pieces.append(
                f"{{% for line in {variable}[{number}] %}}\n{{{{ line }}}}\n{{% endfor %}}\n"
            )
            number += 1
            for name, own in here.items():
                chunks[name].append([line.rstrip("\n") for line in own])
        pieces += [first[shared[at]]] if at < len(shared) else []
    return "".join(pieces), chunks if number else None


def _matches(first: list[str], own: list[str]) -> dict[int, int]:
    """Where a host has lines of the first one, in the same order."""
    blocks = difflib.SequenceMatcher(None, first, own, autojunk=False).get_matching_blocks()
    return {at + step: mine + step for at, mine, size in blocks for step in range(size)}


def _between(own: list[str], shared: list[int], where: Mapping[int, int]) -> list[list[str]]:
    """A host's own lines before each shared line, and after the last."""
    places = [-1, *(where[number] for number in shared), len(own)]
    return [own[before + 1 : after] for before, after in itertools.pairwise(places)]
