"""The lines of an httpd.conf as httpd reads them: continued lines, comments, sections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from runbook.errors import BadInput
from runbook.text import Message, T

_ARGUMENT = re.compile(rb'"((?:[^"\\]|\\.)*)"?|\'((?:[^\'\\]|\\.)*)\'?|(\S+)')
_SECTION = re.compile(rb"<(/?)([^\s>]+)[^>]*>?\s*\Z", re.S)


@dataclass(frozen=True)
class Directive:
    """One directive or comment: the physical lines ``first`` to ``last``, from 0."""

    first: int
    last: int
    depth: int
    """How many sections are open around it; 0 is the main server."""
    comment: bool
    name: str
    """In small letters; of a comment, the word that would be the directive without its ``#``."""
    arguments: tuple[str, ...]

    @property
    def line(self) -> int:
        """Number of its first line, as editors count."""
        return self.first + 1


def physical_lines(source: bytes) -> list[bytes]:
    """The lines with their ends."""
    return re.findall(rb"[^\n]*\n|[^\n]+", source)


def directives(lines: list[bytes]) -> Iterator[Directive]:
    """Everything but blank lines and the tags of sections.

    Raises BadInput where the file is not text of that kind: sections that do not match, a
    backslash at the very end, bytes that no httpd.conf holds.
    """
    sections: list[tuple[bytes, int]] = []
    for first, last, text in _logical(lines):
        if b"\0" in text:
            raise _refusal(T("A NUL byte: this is not an httpd.conf in plain text"), first)
        if tag := None if text.startswith(b"#") else _SECTION.match(text):
            name = tag[2].lower()
            if not tag[1]:
                sections.append((name, first))
            elif not sections or sections.pop()[0] != name:
                raise _refusal(T("This closes a section that is not open"), first)
        elif text:
            bare = text.lstrip(b"# \t")
            words = tuple(_words(bare))
            yield Directive(
                first,
                last,
                len(sections),
                text.startswith(b"#"),
                words[0].lower() if words else "",
                words[1:],
            )
    if sections:
        raise _refusal(T("This section is not closed"), sections[-1][1])


def _logical(lines: list[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """Lines as httpd joins them: a backslash at the end goes on, in comments too."""
    first, text = 0, b""
    for number, line in enumerate(lines):
        content = line.removesuffix(b"\n").removesuffix(b"\r")
        if content.endswith(b"\\"):
            text += content[:-1]
            continue
        yield first, number, (text + content).strip()
        first, text = number + 1, b""
    if first < len(lines):
        raise _refusal(T("The file ends in the middle of a continued line"), first)


def _words(text: bytes) -> Iterator[str]:
    for double, single, plain in _ARGUMENT.findall(text):
        yield (double or single or plain).decode("utf-8", "surrogateescape")


def _refusal(what: Message, first: int) -> BadInput:
    return BadInput(
        what, T("line {line}", line=first + 1), T("Correct that line, then go on from here.")
    )
