"""rc.local, which a host runs last when it boots: a block of its own for what it starts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from runbook.edits.blocks import remove_block, set_block
from runbook.errors import BadInput
from runbook.text import T

START = b"#!/bin/sh\n"
"""What an rc.local begins with that is not there yet."""

_EXIT = re.compile(rb"[ \t]*exit\b[^\n]*\s*\Z")


def edit_rc_local(source: bytes, block: str, lines: Sequence[str]) -> bytes:
    """``source`` with these lines in a block: where it stands, or at the end.

    Debian's file ends with ``exit 0``: what stands behind it is never run, so the block comes
    before it. Raises BadInput for a script in another language.
    """
    source = _as_shell_script(source)
    kept, bare = set_block(source, block, lines), remove_block(source, block)
    at = _last_exit(bare)
    if at is None or _last_exit(kept) is not None:
        return kept
    return set_block(bare[:at], block, lines) + bare[at:]


def without_block(source: bytes, block: str) -> bytes:
    """rc.local without that block; as it is, where there is none."""
    return remove_block(source, block)


def starters(source: bytes, program: str) -> Iterator[tuple[int, str]]:
    """Lines that name the program and are no comments, with their numbers from 1."""
    for number, line in enumerate(source.decode("utf-8", "replace").splitlines(), 1):
        if program in line and not line.lstrip().startswith("#"):
            yield number, line.strip()


def _as_shell_script(source: bytes) -> bytes:
    """With a first line by which the kernel finds the shell."""
    first = source.partition(b"\n")[0]
    if not first.startswith(b"#!"):
        return START + source
    if not re.match(rb"#!\s*\S*/(env\s+)?(ba|da|k)?sh\b", first):
        raise BadInput(
            T("rc.local is no script of a shell: {line}", line=first.decode("utf-8", "replace")),
            T("line {line}", line=1),
            T("Start Tomcat as a service, or write rc.local for sh."),
        )
    return source


def _last_exit(source: bytes) -> int | None:
    """Where the ``exit`` begins that is the last thing in the file."""
    start = source.rstrip().rfind(b"\n") + 1
    return start if _EXIT.match(source, start) else None
