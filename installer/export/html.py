"""Documents as one HTML file each, which needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import jinja2

import installer
from installer.export import words
from installer.export.model import Runbook
from installer.export.topology import picture_of
from runbook.assets import asset
from runbook.text import language

LONG = 16
"""Characters of a word from which on it may be broken where its column is narrow."""


def html(runbook: Runbook) -> str:
    """The whole runbook."""
    return page(
        "runbook.html.j2",
        title=words.title(runbook),
        contents=list(words.contents(runbook)),
        runbook=runbook,
        picture=picture_of(runbook.cluster),
    )


def page(template: str, **values: object) -> str:
    """A template filled in; what comes from elsewhere cannot become part of the page's own code."""
    return _environment().get_template(template).render(
        words=words, language=language(), version=installer.__version__, **values
    )  # fmt: skip


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(asset("export")),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["diffed"] = diffed
    environment.tests["long"] = _is_long
    return environment


def _is_long(cell: object) -> bool:
    """Whether a word of it would make its column wider than all others together."""
    return any(len(word) > LONG for word in str(cell).split())


def diffed(text: str) -> Iterator[tuple[str, str]]:
    """Lines with the class by which those of a diff show as what they are."""
    inside = False
    for line in text.splitlines():
        inside = (inside and not line.startswith("END")) or line.startswith(("--- ", "@@ "))
        yield _KINDS.get(line[:1], "") if inside else "", line


_KINDS = {"+": "add", "-": "take", "@": "at"}
