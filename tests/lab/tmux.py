"""A real terminal: the wizard in tmux, driven by keys, read as one reads a screen."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

OTHERS = {"TMUX", "COLUMNS", "LINES"}
"""What speaks of the terminal that the tests run in, if they run in one."""
COLOUR = r"\x1b\[38;[0-9;]+m"
"""How tmux says that what follows has another colour."""


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
        environment = {name: value for name, value in os.environ.items() if name not in OTHERS}
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
        """The label of the field that takes the keys; "" if none does.

        Its bar has the colour of the program's name in the title, the bars of others have not.
        """
        lines = self._do("capture-pane", "-p", "-e").splitlines()
        title = re.search(rf"({COLOUR})catherd", lines[0])
        assert title, lines[0]
        of_field = next((each for each in lines if f"{title[1]}▎" in each), "")
        return re.sub(r"\x1b\[[0-9;]*m", "", of_field).partition("▎")[2].strip()

    def go_on(self) -> None:
        """Press Enter and wait until another field takes the keys, or there is another page."""

        def here() -> tuple[str, str]:
            return self.screen().partition("\n")[0], self.field()

        before = here()
        self.press("Enter")
        self.until(lambda: here() not in (before, (before[0], "")))

    def see(self, *patterns: str, seconds: float = 30.0) -> str:
        """Wait until the screen shows all of these; the screen then."""
        screen = ""

        def seen() -> bool:
            nonlocal screen
            screen = self.screen()
            return all(re.search(each, screen) for each in patterns)

        self.until(seen, f"{patterns} not seen", seconds)
        return screen

    def until(
        self, true: Callable[[], bool], complaint: str = "the screen stays", seconds: float = 30.0
    ) -> None:
        """Wait for it."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"{complaint} in {seconds} s:\n{self.screen()}"
            time.sleep(0.2)

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
