"""An operator at a terminal: reads what Catherd shows, types when it asks."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import time
from collections.abc import Mapping


class Terminal:
    """A command that runs on a terminal of its own."""

    def __init__(self, command: list[str], environment: Mapping[str, str] = os.environ) -> None:
        settings = {"TERM": "xterm", "COLUMNS": "160", "LINES": "50", "NO_COLOR": "1"}
        self.shown = ""
        self._read = 0
        self._status: int | None = None
        self._pid, self._end = pty.fork()
        if not self._pid:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever started us may ignore it
            os.execve(command[0], command, {**environment, **settings})

    def see(self, words: str, patience: float = 300.0) -> None:
        """Wait until these words appear after what was seen before."""
        end = time.monotonic() + patience
        while (found := re.search(words, self.shown[self._read :])) is None:
            assert time.monotonic() < end, self.shown
            assert self._more(), self.shown
        self._read += found.end()

    def type(self, keys: str) -> None:
        """Type these keys, when it has drawn all that it wants to."""
        quiet = time.monotonic() + 1
        while time.monotonic() < quiet:
            self._more()
        os.write(self._end, keys.encode())

    def end(self, patience: float = 300.0) -> int:
        """Its exit code."""
        stop = time.monotonic() + patience
        while not self._ended() and time.monotonic() < stop:
            self._more()
        while self._more(0):  # what it has said last
            pass
        if not self._ended():
            os.kill(self._pid, signal.SIGKILL)
            self._status = os.waitpid(self._pid, 0)[1]
        os.close(self._end)
        return os.waitstatus_to_exitcode(self._status or 0)

    def _ended(self) -> bool:
        if self._status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            self._status = status if pid else None
        return self._status is not None

    def _more(self, patience: float = 0.2) -> bool:
        """Read on; whether there may be more to come."""
        if not select.select([self._end], [], [], patience)[0]:
            return patience > 0 and not self._ended()
        try:
            data = os.read(self._end, 65_536).decode("utf-8", "replace")
        except OSError:
            return False
        if "\x1b[6n" in data:  # it asks where the cursor is
            os.write(self._end, b"\x1b[1;1R")
        self.shown += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", data)
        return True
