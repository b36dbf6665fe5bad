"""On which line of a TOML file each key stands; tomllib reads values and forgets their places."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runbook.fields.wrong import KeyPath

_TOKEN = re.compile(
    r"""
    (?P<comment> \#[^\n]* )
  | (?P<string> \"{3} (?: \\. | [^\\] )*? \"{3,5} | '{3} .*? '{3,5}
              | " (?: \\. | [^"\\\n] )* " | ' [^'\n]* ' )
  | (?P<newline> \n )
  | (?P<mark> [][{}=,.] )
  | (?P<word> [^][{}=,."'\#\s]+ )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass
class _Open:
    """A table or an array whose content is being read."""

    path: KeyPath
    array: bool = False
    index: int = 0


def lines_of(text: str) -> dict[KeyPath, int]:
    """The line, from 1, of every key, table and array element of ``text``.

    It never raises: of text that is not TOML it finds what it can.
    """
    return _Scan().read(text)


def line_of(lines: Mapping[KeyPath, int], path: KeyPath) -> int | None:
    """The line of a key, or of the innermost table around it that stands in the file."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


class _Scan:
    """One pass over the tokens; the stack holds what is open at this place."""

    def __init__(self) -> None:
        self.lines: dict[KeyPath, int] = {}
        self.counts: dict[KeyPath, int] = {}
        self.stack = [_Open(())]
        self.key: list[str] = []
        self.in_value = False
        self.header = 0
        """Brackets of the table header being read."""

    def read(self, text: str) -> dict[KeyPath, int]:
        for kind, token, line in _tokens(text):
            if kind == "newline":
                self._end_of_line(line)
            elif self.header:
                self._in_header(kind, token)
            elif self.in_value:
                self._in_value(kind, token, line)
            else:
                self._in_key(kind, token, line)
        self._end_of_line(text.count("\n") + 1)
        return self.lines

    def _end_of_line(self, line: int) -> None:
        if self.header:
            self._open_table(line)
        if len(self.stack) == 1:
            self.key, self.in_value, self.header = [], False, 0

    def _in_header(self, kind: str, token: str) -> None:
        if kind in {"word", "string"}:
            self.key.append(_plain(token))
        elif token == "[" and not self.key:
            self.header += 1

    def _open_table(self, line: int) -> None:
        path: KeyPath = ()
        for part in self.key[:-1]:
            path = self._last_of((*path, part))
            self.lines.setdefault(path, line)
        path = (*path, *self.key[-1:])
        if self.header > 1:
            self.lines.setdefault(path, line)
            self.counts[path] = self.counts.get(path, 0) + 1
            path = self._last_of(path)
        self.lines[path] = line
        self.stack[0] = _Open(path)

    def _last_of(self, path: KeyPath) -> KeyPath:
        return (*path, self.counts[path] - 1) if path in self.counts else path

    def _in_key(self, kind: str, token: str, line: int) -> None:
        if kind in {"word", "string"}:
            self.key.append(_plain(token))
        elif token == "=":
            for length in range(1, len(self.key) + 1):
                path = (*self.stack[-1].path, *self.key[:length])
                self.lines.setdefault(path, line)
            self.in_value = True
        elif token == "[" and len(self.stack) == 1 and not self.key:
            self.header = 1
        elif token == "}":
            self._close()

    def _in_value(self, kind: str, token: str, line: int) -> None:
        around = self.stack[-1]
        path = (*around.path, around.index) if around.array else (*around.path, *self.key)
        if around.array and token not in {"]", ","}:
            self.lines.setdefault(path, line)
        if kind != "mark":
            return
        if token in {"[", "{"}:
            self.stack.append(_Open(path, array=token == "["))
            self.key, self.in_value = [], token == "["
        elif token in {"]", "}"}:
            self._close()
        elif token == ",":
            around.index += 1
            self.key, self.in_value = [], around.array

    def _close(self) -> None:
        if len(self.stack) > 1:
            self.stack.pop()
        self.in_value = True


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line = 1
    for found in _TOKEN.finditer(text):
        kind, token = str(found.lastgroup), found.group()
        if kind != "comment":
            yield kind, token, line
        line += token.count("\n")


def _plain(token: str) -> str:
    """A key without its quotes."""
    if token[0] not in "\"'":
        return token
    try:
        return str(tomllib.loads(f"key = {token}")["key"])
    except ValueError:
        return token
