"""Whether there is somebody to ask; knows no library, so that asking costs nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shlex import quote
from shutil import which


def interactive() -> bool:
    """Whether there is somebody at a terminal to ask."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def how_to_call() -> str:
    """What to type for Catherd here: its name where the shell finds it, else its path."""
    called = Path(sys.argv[0])
    found = which("catherd")
    if called.name != "catherd" or (found and Path(found).resolve() == called.resolve()):
        return "catherd"
    return quote(str(called))
