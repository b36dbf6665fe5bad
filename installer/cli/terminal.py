"""Whether there is somebody to ask; knows no library, so that asking costs nothing."""

from __future__ import annotations

import os
import sys


def interactive() -> bool:
    """Whether there is somebody at a terminal to ask."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
