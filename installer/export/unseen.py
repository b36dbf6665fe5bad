"""The edit of a file that nobody has seen yet, as commands: lines give way, lines come."""

from __future__ import annotations

from shlex import quote

from installer.export.here_documents import here_document, plain
from runbook.actions import Edit, Line
from runbook.errors import CatherdError

SAMPLES = (b"# what is there already\n", b"#!/bin/sh -e\necho hello\n\nexit 0\n")
"""Stand for files that say nothing of what the edit is about; behind ``exit 0`` nothing is read."""


def added(edit: Edit) -> bytes | None:
    """What the edit adds at the end of any such file, and nothing else; None where it does more."""
    found = set()
    for sample in SAMPLES:
        try:
            edited = edit.change(sample)
        except CatherdError:
            return None
        if not edited.startswith(sample):
            return None
        found.add(edited[len(sample) :])
    return found.pop() if len(found) == 1 else None


def commands(edit: Edit, saved: str) -> str | None:
    """The edit as shell, after a copy to ``saved``; None where it cannot be said so.

    Empty, where only what an older Catherd wrote would change.
    """
    more = added(edit)
    if edit.lines:
        steps = [_replaced(edit.lines, edit.path), _missing(edit.lines, edit.path)]
    elif more is None or not plain(more):
        return None
    elif not more:
        return ""
    else:
        steps = [_appended(more, edit.path)]
    return "\n".join((*_kept(edit, saved), *steps, *_attributes(edit), *_validated(edit)))


def _kept(edit: Edit, saved: str) -> list[str]:
    path, place = quote(edit.path), quote(saved.rpartition("/")[0])
    copy = f"cp -p {path} {quote(saved)}"
    if edit.start is not None:
        copy = f"[ ! -e {path} ] || {copy}"
    return [f"( umask 077; mkdir -p {place} )", copy]


def _replaced(lines: tuple[Line, ...], path: str) -> str:
    rules = "".join(
        f"  -e {quote(f's|{_whole(line.replaces)}|{_literal(line.text)}|')} \\\n"
        for line in lines
        if line.replaces
    )
    return f"sed -r -i \\\n{rules}  {quote(path)}" if rules else ":"


def _whole(pattern: str) -> str:
    """The pattern for the whole line; ``|`` separates the parts of the command."""
    return (pattern if pattern.endswith("$") else f"{pattern}.*$").replace("|", r"\|")


def _literal(text: str) -> str:
    """The text as ``sed`` puts it in place."""
    for sign in "\\&|":
        text = text.replace(sign, f"\\{sign}")
    return text


def _missing(lines: tuple[Line, ...], path: str) -> str:
    loop = (
        "while IFS= read -r line; do\n"
        f'  grep -qxF -- "$line" {quote(path)} || printf \'%s\\n\' "$line" >>{quote(path)}\n'
        "done"
    )
    return here_document(loop, "".join(f"{line.text}\n" for line in lines).encode())


def _appended(more: bytes, path: str) -> str:
    first = more.decode().lstrip("\n").partition("\n")[0]
    test = f"grep -qsxF -- {quote(first)} {quote(path)} ||"
    return here_document(f"{test}\ncat >>{quote(path)}", more)


def _attributes(edit: Edit) -> list[str]:
    changes = []
    if edit.group is not None:
        changes.append(f"chgrp {edit.group} {quote(edit.path)}")
    if edit.mode is not None:
        changes.append(f"chmod {edit.mode:o} {quote(edit.path)}")
    return changes


def _validated(edit: Edit) -> list[str]:
    return [f"( set -- {quote(edit.path)}\n{edit.validate} )"] if edit.validate else []
