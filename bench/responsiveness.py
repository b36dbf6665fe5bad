"""The wizard while a compile prints as fast as it can: frames, keys, memory.

    python bench/responsiveness.py [LINES]

The wizard runs on a terminal of its own, on three hosts in memory, with the output of a step in
front. LINES lines (50,000) arrive at full speed, then as many at 10,000 a second. Meanwhile keys
are pressed, 20 a second. A frame is what reaches the terminal; a key is answered when the terminal
shows what it does.
"""

from __future__ import annotations

import os
import pty
import re
import select
import struct
import sys
import termios
import threading
import time
from fcntl import ioctl
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
LIMITS = {"longest gap between frames": 0.100, "key answered, p99": 0.050}
EVERY = 0.05
STEP, HOST = "httpd-build", "balancer"
LINE = (
    b"/bin/sh /tmp/httpd-2.4.68/srclib/apr/libtool --silent --mode=compile gcc -g -O2 -pthread -DL"
    b"INUX -D_REENTRANT -D_GNU_SOURCE -I/tmp/httpd-2.4.68/include -c mod_%d.c && touch mod_%d.slo\n"
)


def wizard(lines: int, notes: int) -> None:
    """The side under test: the wizard, and a thread that prints."""
    import pytest

    from installer.engine import events
    from installer.frontend.where import Where
    from installer.tui.app import CatherdApp
    from installer.tui.screens.runbook import RunbookScreen
    from tests.engine.sessions import sessions_in_memory

    class Measured(CatherdApp):
        count = 0

        def on_mount(self) -> None:
            super().on_mount()
            self.open_cluster(self.ready)

        def ready(self) -> None:
            self.show("runbook")
            self.set_timer(1, self.choose)

        def choose(self) -> None:
            assert isinstance(self.screen, RunbookScreen)
            self.screen.steps.choose(STEP)
            self.screen.action_tab("output")
            self.set_timer(1, threading.Thread(target=self.feed, daemon=True).start)

        def feed(self) -> None:
            self.mark("BEGIN")
            self.lines(lines, pause=0.0)
            self.mark("FULL")
            time.sleep(1)
            self.mark("BEGIN")
            self.lines(lines, pause=0.01)
            self.mark("STEADY")
            time.sleep(0.5)
            self.soon(self.exit)

        def lines(self, count: int, pause: float) -> None:
            for start in range(0, count, 100):
                data = b"".join(LINE % (n, n) for n in range(start, start + 100))
                self._emit(events.Output(STEP, HOST, data))
                if pause:
                    time.sleep(pause)

        def mark(self, word: str) -> None:
            os.write(notes, f"{word} {time.monotonic()} {_resident()}\n".encode())

        def on_key(self, event: object) -> None:
            if getattr(event, "key", "") == "f5":
                self.count += 1
                self.status(f"key {self.count}.")

    with TemporaryDirectory() as place:
        os.environ["XDG_STATE_HOME"] = place
        patch = pytest.MonkeyPatch()
        sessions_in_memory(Path(place), patch)
        app = Measured(Where())
        app.run()
        if app.crash is not None:
            raise app.crash


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Seen:
    """What reached the terminal, and when."""

    def __init__(self) -> None:
        self.frames: list[float] = []
        self.pressed: list[float] = []
        self.answered: dict[int, float] = {}
        self.tail = b""

    def take(self, data: bytes) -> None:
        now = time.monotonic()
        self.frames.append(now)
        shown = re.findall(rb"key (\d+)\.", self.tail[-20:] + data)
        self.tail = (self.tail + data)[-4_000:]
        for number in range(len(self.answered) + 1, int(shown[-1]) + 1 if shown else 0):
            self.answered[number] = now


def measure(lines: int) -> int:
    """Run the wizard on a terminal, press keys, and print the table; 1 where a limit is broken."""
    reading, writing = os.pipe()
    pid, end = pty.fork()
    if not pid:
        os.set_inheritable(writing, True)
        command = [sys.executable, __file__, "--wizard", str(lines), str(writing)]
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor",
                       "PYTHONPATH": str(ROOT)}  # fmt: skip
        os.execve(sys.executable, command, environment)
    os.close(writing)
    ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen, notes = Seen(), b""
    feeding, next_key = False, 0.0
    while True:
        ready, _, _ = select.select([end, reading], [], [], 0.005)
        try:
            if end in ready:
                seen.take(os.read(end, 1 << 20))
            if reading in ready:
                notes += os.read(reading, 4096)
        except OSError:
            break
        feeding = notes.count(b"BEGIN") > notes.count(b"FULL") + notes.count(b"STEADY")
        now = time.monotonic()
        if feeding and now >= next_key:
            os.write(end, b"\x1b[15~")
            seen.pressed.append(now)
            next_key = now + EVERY
    os.waitpid(pid, 0)
    return told(seen, notes.decode())


def told(seen: Seen, notes: str) -> int:
    """Print what was measured."""
    if "STEADY" not in notes:
        print(seen.tail.decode("utf-8", "replace"), file=sys.stderr)
        return 2
    marks = [
        (word, float(at), int(size))
        for word, at, size in (line.split() for line in notes.splitlines())
    ]
    worst = 0
    for number, title in ((0, "at full speed"), (2, "10,000 lines a second")):
        (_, began, before), (_, ended, after) = marks[number], marks[number + 1]
        frames = [at for at in seen.frames if began - 0.2 <= at <= ended + 0.2]
        gaps = [b - a for a, b in pairwise(frames) if a >= began]
        waits = sorted(
            seen.answered.get(index, ended + 9) - at
            for index, at in enumerate(seen.pressed, 1)
            if began <= at <= ended
        )
        print(f"{title}: {ended - began:.2f} s, {len(frames)} frames, {len(waits)} keys")
        found = {
            "longest gap between frames": max(gaps, default=0.0),
            "key answered, p99": waits[int(0.99 * (len(waits) - 1))] if waits else 0.0,
        }
        for what, value in found.items():
            limit = LIMITS[what]
            worst |= value > limit
            mark = "ok" if value <= limit else "TOO SLOW"
            print(f"  {what:<30} {1000 * value:6.0f} ms   limit {1000 * limit:.0f} ms   {mark}")
        print(f"  {'memory':<30} {before >> 20:6d} MB → {after >> 20} MB")
    return worst


if __name__ == "__main__":
    if sys.argv[1:2] == ["--wizard"]:
        wizard(*map(int, sys.argv[2:]))
    else:
        sys.exit(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000))
