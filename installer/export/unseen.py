"""The edit of a file that nobody has seen yet, as commands: lines give way, lines come."""

from __future__ import annotations

from shlex import quote

from installer.export.here_documents import here_document, plain
from runbook.actions import Edit, Line
from runbook.errors import CatherdError

SAMPLE = b"# what is there already\n"
"""Stands for a file that says nothing of what the edit is about."""
BEFORE_EXIT = (b"#!/bin/sh -e\necho hello\n\n", b"exit 0\n")
"""The same for a script that ends itself: what stands behind that is never read."""


def added(edit: Edit) -> bytes | None:
    """What the edit adds at the end of any such file, and nothing else; None where it does more."""
    head, end = BEFORE_EXIT
    try:
        whole, ended = edit.change(SAMPLE), edit.change(head + end)
    except CatherdError:
        return None
    start = next(
        (each for each in (b"", edit.start or b"") if whole.startswith(each + SAMPLE)), None
    )
    if start is None:
        return None
    more = whole[len(start + SAMPLE) :]
    return more if ended in (head + end + more, head + more + end) else None


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
        steps = [_begun(edit), _inserted(more, edit)]
    return "\n".join(
        (*_kept(edit, saved), *filter(None, steps), *_attributes(edit), *_validated(edit))
    )


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


def _begun(edit: Edit) -> str:
    """A file that is not there yet begins with something."""
    if not edit.start:
        return ""
    path = quote(edit.path)
    return here_document(f"[ -e {path} ] || cat >{path}", edit.start)


def _inserted(more: bytes, edit: Edit) -> str:
    """At the end, once; before a last ``exit``, where the edit heeds it."""
    path = quote(edit.path)
    first = more.decode().lstrip("\n").partition("\n")[0]
    test = f"grep -qsxF -- {quote(first)} {path} ||"
    if edit.change(b"".join(BEFORE_EXIT)).endswith(more):
        return here_document(f"{test}\ncat >>{path}", more)
    place = f"""place=$(grep -n . {path} | tail -n 1)
case ${{place#*:}} in exit*) place=$((${{place%%:*}} - 1)) ;; *) place='$' ;; esac
"""
    return place + here_document(f'{test}\nsed -i "${{place}}r /dev/stdin" {path}', more)


def _attributes(edit: Edit) -> list[str]:
    changes = []
    if edit.group is not None:
        changes.append(f"chgrp {edit.group} {quote(edit.path)}")
    if edit.mode is not None:
        changes.append(f"chmod {edit.mode:o} {quote(edit.path)}")
    return changes


def _validated(edit: Edit) -> list[str]:
    return [f"( set -- {quote(edit.path)}\n{edit.validate} )"] if edit.validate else []
