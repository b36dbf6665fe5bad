"""A real terminal: the wizard in tmux, driven by keys, read as one reads a screen."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path


class Tmux:
    """One command in a terminal of its own; no configuration of this machine's user is read."""

    def __init__(
        self,
        command: list[str],
        *,
        size: tuple[int, int] = (120, 40),
        place: Path,
        environment: Mapping[str, str] | None = None,
        name: str = "first",
    ) -> None:
        self._socket = str(place.parent / f"tmux-{name}")
        columns, lines = map(str, size)
        settings = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **(environment or {})}
        words = shlex.join(["env", *(f"{k}={v}" for k, v in settings.items()), *command])
        self._do("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", lines,
                 "-c", str(place), f"{words}; echo ended with $?; exec sleep 600")  # fmt: skip

    def _do(self, *words: str) -> str:
        environment = {name: value for name, value in os.environ.items() if name != "TMUX"}
        done = subprocess.run(
            ["tmux", "-S", self._socket, *words],
            capture_output=True, text=True, check=False, env=environment, timeout=20,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def screen(self) -> str:
        """What stands on the screen."""
        return self._do("capture-pane", "-p")

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names (Enter, Escape, Down, C-q), each after the last was drawn."""
        for key in keys:
            self._do("send-keys", key)
            self.settle()

    def type(self, text: str) -> None:
        """Type a text."""
        self._do("send-keys", "-l", text)
        self.settle()

    def field(self) -> str:
        """The label of the field that takes the keys, which is above it; "" if none takes a digit.

        Found by digits that are typed and taken away: a cursor may stand where the field was
        before the page scrolled. The first one brings the field into sight.
        """
        label = ""
        for typed in range(1, 8):
            before = self.screen().splitlines()
            self.type("7")
            pairs = list(zip(before, self.screen().splitlines(), strict=False))
            rows = [row for row, (old, new) in enumerate(pairs) if _longer_by_sevens(old, new)]
            if rows and typed > 1:
                label = before[rows[0] - 1]
                break
        self.press(*["BSpace"] * typed)
        return label

    def see(self, *patterns: str, seconds: float = 30.0) -> str:
        """Wait until the screen shows all of these; the screen then."""
        end = time.monotonic() + seconds
        while not all(re.search(each, screen := self.screen()) for each in patterns):
            assert time.monotonic() < end, f"{patterns} not seen in {seconds} s:\n{screen}"
            time.sleep(0.2)
        return screen

    def pids(self) -> list[int]:
        """The processes of the command, the youngest last."""
        shell = self._do("display-message", "-p", "#{pane_pid}").strip()
        found = subprocess.run(["pgrep", "-P", shell], capture_output=True, text=True, check=False)
        return [int(each) for each in found.stdout.split()]

    def close(self) -> None:
        """End it."""
        self._do("kill-server")

    def settle(self) -> None:
        """Wait until nothing is drawn any more, a moment at most."""
        before, end = "", time.monotonic() + 1.0
        while (now := self.screen()) != before and time.monotonic() < end:
            before = now
            time.sleep(0.1)


def _longer_by_sevens(old: str, new: str) -> bool:
    bar = " ▁▂▃▄▅▆▇█"
    return re.fullmatch(re.escape(old.rstrip(bar)) + r" *7+", new.rstrip(bar)) is not None
