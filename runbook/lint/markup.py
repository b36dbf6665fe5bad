"""Markup of a forum that was copied along with the text."""

from __future__ import annotations

from collections.abc import Iterator

from runbook.lint.finding import Finding, Given
from runbook.text import T

MARKS = (b"[url]", b"[/url]", b"[url=")


def forum_markup(given: Given, comment: bytes = b"#") -> Iterator[Finding]:
    """Lines with ``[url]`` in them, but for comments."""
    text = given.data.replace(b"\0", b"").lower()
    for number, line in enumerate(text.split(b"\n"), 1):
        if any(mark in line for mark in MARKS) and not line.lstrip().startswith(comment):
            yield Finding(
                given.path,
                number,
                "forum-markup",
                T("[url] is markup of a forum, and no part of an address"),
                T("Take [url] and [/url] away."),
            )
