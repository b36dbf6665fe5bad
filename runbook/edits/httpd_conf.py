"""httpd.conf: load what a balancer needs, in an order that works, and include its configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from runbook.edits.blocks import newline_of
from runbook.edits.httpd_lines import Directive, directives, physical_lines
from runbook.errors import BadInput
from runbook.software.httpd import Module
from runbook.text import T

NOTE = b"# Proxypass Config"
"""The document's comment above its Include."""

_LISTEN = re.compile(rb"(\s*listen\s+[\"']?(?:\S*:)?)\d+([\"']?(?:\s.*)?)", re.I | re.S)


@dataclass(frozen=True)
class HttpdConf:
    """What httpd.conf must say in its main part."""

    modules: tuple[Module, ...]
    includes: tuple[str, ...]
    server_name: str
    listen: int


def edit_httpd_conf(source: bytes, wanted: HttpdConf) -> bytes:
    """``source`` with the lines of ``wanted``; all other lines stay as they are.

    Raises BadInput, with the line, where this is no httpd.conf or not one that httpd can read.
    """
    lines = physical_lines(source)
    _known(lines)
    newline = newline_of(source)
    for module in wanted.modules:
        lines = _load(lines, module, newline)
    lines = _listen(lines, wanted.listen, newline)
    lines = _name(lines, wanted.server_name, newline)
    for include in wanted.includes:
        lines = _include(lines, include, newline)
    return b"".join(lines)


def _main(lines: list[bytes], *names: str, comments: bool = False) -> list[Directive]:
    """The directives of these names outside of all sections, or what only lacks removing a #."""
    return [
        each
        for each in directives(lines)
        if each.name in names and not each.depth and each.arguments and each.comment == comments
    ]


def _known(lines: list[bytes]) -> None:
    if not _main(lines, "serverroot", "listen", "loadmodule"):
        raise BadInput(
            T("This does not look like an httpd.conf: it names no ServerRoot, port or module"),
            remedy=T("Give the main configuration file, or install httpd's own again."),
        )


def _load(lines: list[bytes], module: Module, newline: bytes) -> list[bytes]:
    loaded = _main(lines, "loadmodule")
    line = f"LoadModule {module.name} {module.file}".encode()
    own = next((each for each in loaded if _loads(each, module.name)), None)
    user = next((each for each in loaded if module.name in _needs(each.arguments[0])), None)
    if own and (not user or own.first < user.first):
        return lines
    if own and user:
        moved = [_ended(each, newline) for each in lines[own.first : own.last + 1]]
        rest = lines[user.first : own.first] + lines[own.last + 1 :]
        return lines[: user.first] + moved + rest
    needs = _needs(module.name)
    floor = max((each.last for each in loaded if each.arguments[0].lower() in needs), default=-1)
    ceiling = user.first if user else len(lines)
    for each in _main(lines, "loadmodule", comments=True):
        plain = len(each.arguments) == 2 and each.first == each.last
        if plain and _loads(each, module.name) and floor < each.first < ceiling:
            shown = re.sub(rb"^(\s*)[#\s]+", rb"\1", lines[each.first], count=1)
            return _replaced(lines, each.first, shown)
    return _inserted(lines, user.first if user else _behind_modules(lines), [line], newline)


def _loads(directive: Directive, name: str) -> bool:
    return directive.arguments[0].lower() == name


def _needs(name: str) -> frozenset[str]:
    """Modules whose symbols a module uses: loaded later, they keep httpd from starting."""
    stands_on_proxy = name.lower().startswith(("proxy_", "lbmethod_")) and name != "proxy_module"
    return frozenset({"proxy_module"} if stands_on_proxy else ())


def _behind_modules(lines: list[bytes]) -> int:
    """Where a further LoadModule goes: below the others, or below the directory they are in."""
    for found in (
        _main(lines, "loadmodule"),
        _main(lines, "loadmodule", comments=True),
        _main(lines, "serverroot"),
    ):
        if found:
            return found[-1].last + 1
    return 0


def _listen(lines: list[bytes], port: int, newline: bytes) -> list[bytes]:
    plain = []
    for each in _main(lines, "listen"):
        if not each.arguments[0].rpartition(":")[2].isdecimal():
            raise BadInput(
                T("Listen {value} has no port that can be read", value=each.arguments[0]),
                T("line {line}", line=each.line),
                T("Write the port as a number."),
            )
        if each.arguments[1:] in ((), ("http",)):
            plain.append(each)
    if any(int(each.arguments[0].rpartition(":")[2]) == port for each in plain):
        return lines
    changed = _LISTEN.fullmatch(lines[plain[0].first]) if len(plain) == 1 else None
    if changed:
        return _replaced(lines, plain[0].first, changed[1] + str(port).encode() + changed[2])
    place = plain[-1].last + 1 if plain else _behind_modules(lines)
    return _inserted(lines, place, [f"Listen {port}".encode()], newline)


def _name(lines: list[bytes], name: str, newline: bytes) -> list[bytes]:
    if _main(lines, "servername"):
        return lines
    line = f"ServerName {name}".encode()
    for example in _main(lines, "servername", comments=True):
        if len(example.arguments) == 1 and example.first == example.last:
            end = lines[example.first][len(lines[example.first].rstrip(b"\r\n")) :]
            return _replaced(lines, example.first, line + end)
    near = _main(lines, "serveradmin", "listen")
    place = near[-1].last + 1 if near else _behind_modules(lines)
    return _inserted(lines, place, [line], newline)


def _include(lines: list[bytes], include: str, newline: bytes) -> list[bytes]:
    modules = max((each.last for each in _main(lines, "loadmodule")), default=-1)
    for each in _main(lines, "include", "includeoptional"):
        if _covers(each.arguments[0], include):
            if each.first > modules:
                return lines
            if each.arguments[0] == include:
                above = each.first - (each.first > 0 and lines[each.first - 1].strip() == NOTE)
                lines = lines[:above] + lines[each.last + 1 :]
                break
    return _inserted(lines, len(lines), [NOTE, f"Include {include}".encode()], newline)


def _covers(pattern: str, include: str) -> bool:
    """Whether an Include takes the file in: by its name below the prefix, in full, or by a *."""
    parts = pattern.split("/")
    tail = parts[-include.count("/") - 1 :] if pattern.startswith("/") else parts
    return fnmatchcase(include, "/".join(tail))


def _inserted(lines: list[bytes], place: int, new: list[bytes], newline: bytes) -> list[bytes]:
    above = [*lines[:-1], _ended(lines[-1], newline)] if place == len(lines) > 0 else lines
    return above[:place] + [line + newline for line in new] + above[place:]


def _replaced(lines: list[bytes], place: int, line: bytes) -> list[bytes]:
    return [*lines[:place], line, *lines[place + 1 :]]


def _ended(line: bytes, newline: bytes) -> bytes:
    return line if line.endswith(b"\n") else line + newline
