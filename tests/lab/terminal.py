"""An operator at a terminal: reads what Catherd shows, types when it asks."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time


class Terminal:
    """A command that runs on a terminal of its own."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._end, far = pty.openpty()
        settings = {"TERM": "xterm", "COLUMNS": "160", "LINES": "50", "NO_COLOR": "1"}
        self._process = subprocess.Popen(
            command,
            stdin=far,
            stdout=far,
            stderr=far,
            env={**environment, **settings},
            start_new_session=True,
        )
        os.close(far)
        self.shown = ""
        self._read = 0

    def see(self, words: str, patience: float = 60.0) -> None:
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

    def end(self, patience: float = 60.0) -> int:
        """Its exit code."""
        stop = time.monotonic() + patience
        while self._process.poll() is None and time.monotonic() < stop:
            self._more()
        self._process.kill()
        code = self._process.wait()
        os.close(self._end)
        return code

    def _more(self) -> bool:
        if not select.select([self._end], [], [], 0.2)[0]:
            return self._process.poll() is None
        try:
            data = os.read(self._end, 65_536).decode("utf-8", "replace")
        except OSError:
            return False
        if "\x1b[6n" in data:  # it asks where the cursor is
            os.write(self._end, b"\x1b[1;1R")
        self.shown += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", data)
        return True
