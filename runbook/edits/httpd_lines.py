"""httpd.conf as httpd reads it: logical lines with their directive and the sections around them."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from runbook.errors import BadInput
from runbook.text import T

_LOGICAL = re.compile(r"(?:[^\n]*\\\r?\n)*[^\n]*(?:\n|\Z)")
_SLEEPING = re.compile(r"[ \t]*#+[ \t]*(\w+[ \t]+\S.*)", re.S)
_WORD = re.compile(r"""\s*(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|(\S+))""", re.S)


@dataclass(frozen=True)
class Line:
    """One logical line: with its continuations, if it has any."""

    text: str
    number: int
    """Of its first physical line, from 1."""
    sections: tuple[str, ...]
    """Openings of the sections around it, the outermost first: ``IfModule !proxy_module``."""
    name: str
    """Its directive in lower case; "" for a comment, an empty line or a section's own tags."""
    words: tuple[str, ...]
    """The directive's arguments, unquoted."""
    sleeping: tuple[str, ...] = ()
    """Directive (in lower case) and arguments of a line that is commented out."""

    @property
    def body(self) -> str:
        """Without the end of its last physical line; that one may be empty, and is kept."""
        return self.text.removesuffix("\n").removesuffix("\r")

    @property
    def main(self) -> bool:
        """Whether it stands outside of all sections."""
        return not self.sections


@dataclass(frozen=True)
class Conf:
    """A whole file; latin-1 stands for its bytes."""

    lines: tuple[Line, ...]
    mark: str = ""

    @property
    def newline(self) -> str:
        """How most of the file's lines end."""
        windows = sum(line.text.endswith("\r\n") for line in self.lines)
        return "\r\n" if windows and 2 * windows >= len(self.lines) else "\n"

    @property
    def source(self) -> bytes:
        """The bytes of the file."""
        text = self.mark + "".join(line.text for line in self.lines)
        return text.encode("latin-1")

    def active(self, name: str) -> list[Line]:
        """The lines with this directive."""
        return [line for line in self.lines if line.name == name.lower()]

    def replaced(self, line: Line, text: str) -> Conf:
        """The file with other text in place of a line; "" takes the line out."""
        return self._with("".join(text if each is line else each.text for each in self.lines))

    def inserted(self, *texts: str, before: Line | None = None, after: Line | None = None) -> Conf:
        """The file with whole new lines: next to a line, or else at the end."""
        new = "".join(text + self.newline for text in texts)
        parts: list[str] = []
        for line in self.lines:
            if line is before:
                parts.append(new)
            ended = line.text.endswith("\n") or line is not self.lines[-1]
            parts.append(line.text)
            if line is after:
                parts.append(new if ended else self.newline + new)
        if before is None and after is None:
            last = self.lines[-1].text if self.lines else "\n"
            parts += [new] if last.endswith("\n") else [self.newline, new]
        return self._with("".join(parts))

    def _with(self, text: str) -> Conf:
        return Conf(_lines(text), self.mark)


def parsed(source: bytes) -> Conf:
    """Read a file. Raises BadInput where it is not one, or a section is not closed."""
    if b"\0" in source:
        raise BadInput(
            T("This is not a text file that httpd can read"),
            remedy=T("Save it as UTF-8."),
        )
    mark = codecs.BOM_UTF8.decode("latin-1")
    text = source.decode("latin-1")
    if text.startswith(mark):
        return Conf(_lines(text[len(mark) :]), mark)
    return Conf(_lines(text))


def raw(text: str) -> str:
    """``text`` in the file's stand-in for bytes."""
    return text.encode().decode("latin-1")


def argument(word: str) -> str:
    """A word as it is written in the file."""
    return f'"{word}"' if not word or re.search(r"\s", word) else word


def _lines(text: str) -> tuple[Line, ...]:
    lines: list[Line] = []
    around: list[tuple[str, int]] = []
    sections: tuple[str, ...] = ()
    number = 1
    for found in _LOGICAL.finditer(text):
        whole = found[0]
        if not whole:
            break
        content = re.sub(r"\\\r?\n", " ", whole).strip()
        if content.startswith("</"):
            _close(around, content[2:].rstrip(" \t>"), number)
            sections = sections[:-1]
        lines.append(_line(whole, content, number, sections))
        if content.startswith("<") and not content.startswith("</"):
            around.append((content[1:].removesuffix(">").strip(), number))
            sections = (*sections, around[-1][0])
        number += whole.count("\n")
    if lines and lines[-1].text.rstrip("\r\n").endswith("\\"):
        raise BadInput(
            T("The file ends in the middle of a continued line"),
            T("line {line}", line=lines[-1].number),
            T("Take the backslash at its end away, or write what should follow."),
        )
    if around:
        section, opened = around[-1]
        raise BadInput(
            T("<{section}> is not closed", section=section),
            T("line {line}", line=opened),
            T("Close it with </{name}>.", name=section.split()[0] if section else ""),
        )
    return tuple(lines)


def _close(around: list[tuple[str, int]], name: str, number: int) -> None:
    opened = around.pop()[0].split() if around else []
    if not opened or opened[0].lower() != name.strip().lower():
        raise BadInput(
            T("</{name}> closes nothing", name=name),
            T("line {line}", line=number),
            T("Correct the nesting of the sections; httpd cannot read the file as it is."),
        )


def _line(text: str, content: str, number: int, sections: tuple[str, ...]) -> Line:
    if not content:
        return Line(text, number, sections, "", ())
    if content.startswith(("#", "<")):
        sleeping: tuple[str, ...] = ()
        if found := _SLEEPING.match(text):
            name, words = _directive(found[1].rstrip(" \t\r\n"))
            sleeping = (name, *words)
        return Line(text, number, sections, "", (), sleeping)
    name, words = _directive(content)
    return Line(text, number, sections, name, words)


def _directive(content: str) -> tuple[str, tuple[str, ...]]:
    name, _, rest = content.partition(" ") if " " in content else (content, "", "")
    if "\t" in name:
        name, _, more = name.partition("\t")
        rest = f"{more} {rest}"
    words = (a or b or c for a, b, c in _WORD.findall(rest))
    return name.lower(), tuple(words)
