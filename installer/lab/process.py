"""Programs of this machine, run so that an interruption of Catherd never leaves one behind."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from runbook.text import T

_PATIENCE = 10.0
"""Seconds that a program gets to clean up after itself once it was told to end."""


@dataclass(frozen=True)
class Finished:
    """How a program ended and what it said."""

    argv: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def ok(self) -> bool:
        """Whether it exited with 0."""
        return self.code == 0

    @property
    def last_words(self) -> str:
        """The last line it printed on stderr, else on stdout: usually the reason."""
        lines = [line for line in (self.err or self.out).splitlines() if line.strip()]
        return lines[-1].strip() if lines else str(T("exit code {code}", code=self.code))


def run(
    argv: Sequence[str | Path],
    *,
    input: bytes | None = None,
    stdin: IO[bytes] | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Finished:
    """Run a program to its end; a missing one counts as exit code 127.

    It has a process group of its own: Ctrl-C on the terminal reaches Catherd, and Catherd
    decides whether the program is ended or may finish.
    """
    words = [str(word) for word in argv]
    source = subprocess.PIPE if input is not None else stdin or subprocess.DEVNULL
    environment = {**os.environ, **env} if env is not None else None
    try:
        process = subprocess.Popen(
            words,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=environment,
            process_group=0,
        )
    except FileNotFoundError:
        return Finished(tuple(words), 127, "", f"{words[0]}: command not found")
    try:
        out, err = process.communicate(input)
    except BaseException:
        end(process)
        raise
    return Finished(tuple(words), process.returncode, _text(out), _text(err))


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program of ``run`` with all its children, politely at first."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            break
        try:
            process.wait(_PATIENCE)
            break
        except subprocess.TimeoutExpired:
            continue


def _text(output: bytes) -> str:
    return output.decode(errors="replace")
