"""What commands on hosts print, as lines that can be shown: bounded, and harmless to a screen."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from runbook.harmless import harmless

MOST = 20_000
"""Lines that are kept of one step on one host."""
SLACK = 4_000
"""Lines that may come on top before the oldest ones are dropped in one go."""
LONGEST = 4096
"""Characters that are kept of one line."""


class OutputLog:
    """Takes bytes from any thread; whoever draws reads lines."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: list[str] = []
        self._rest = b""
        self.dropped = 0
        """Lines that are not kept any more."""

    def write(self, data: bytes) -> None:
        """Take what a command printed; a line counts when its end has come."""
        *whole, rest = (self._rest + data).split(b"\n")
        self._rest = rest[:LONGEST]
        if not whole:
            return
        lines = [_shown(line) for line in whole]
        with self._lock:
            self._lines += lines
            if len(self._lines) > MOST + SLACK:
                gone = len(self._lines) - MOST
                del self._lines[:gone]
                self.dropped += gone

    @property
    def total(self) -> int:
        """How many lines have come."""
        return self.dropped + len(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def slice(self, start: int, end: int) -> Sequence[str]:
        """Lines by their number since the beginning; what is no longer kept is left out."""
        with self._lock:
            first = max(0, start - self.dropped)
            return self._lines[first : max(first, end - self.dropped)]

    def last(self, count: int) -> Sequence[str]:
        """The newest lines."""
        with self._lock:
            return self._lines[-count:]

    def text(self) -> str:
        """Everything that is kept."""
        with self._lock:
            return "".join(f"{line}\n" for line in self._lines)


def _shown(line: bytes) -> str:
    text = line[:LONGEST].decode("utf-8", "replace").rstrip("\r")
    return text if text.isascii() and text.isprintable() else harmless(text.expandtabs())
