"""How long it takes from the command to the first full frame of the wizard, on a real terminal.

A frame is full once the footer stands; home has recognised what is here once its choices stand.

    python bench/first_paint.py [--runs N]
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

SIZES = ((80, 24), (120, 40), (200, 60))
ESCAPES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[^\[]")
LIMIT = 0.7


def shown(command: list[str], size: tuple[int, int], home: str, *marks: str) -> list[float]:
    """Seconds until each mark stands on the terminal, in turn."""
    began = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {"TERM": "xterm-256color", "XDG_STATE_HOME": home, "LANG": "C.UTF-8"}
        os.environ.pop("LANGUAGE", None)
        os.chdir(home)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        os.execvp(command[0], command)
    seen, times, left = b"", [], [mark.encode() for mark in marks]
    try:
        while left and time.perf_counter() - began < 20:
            if select.select([terminal], [], [], 0.5)[0]:
                seen += os.read(terminal, 1 << 16)
                text = ESCAPES.sub(b"", seen)
                while left and left[0] in text:
                    times.append(time.perf_counter() - began)
                    left.pop(0)
    finally:
        os.kill(pid, signal.SIGTERM)
        while True:
            try:
                if not os.read(terminal, 1 << 16):
                    break
            except OSError:
                break
        os.waitpid(pid, 0)
        os.close(terminal)
    assert not left, f"never shown: {left}\n{ESCAPES.sub(b'', seen).decode('utf-8', 'replace')}"
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    command = [shutil.which("catherd") or "catherd"]
    answers = Path(__file__).parent / "answers.toml"
    print(f"{'terminal':10} {'here':14} {'first frame':>12} {'slowest':>9} {'choices':>9}")
    slow = False
    for size in SIZES:
        for here, mark in (("nothing", "New installation"), ("cluster.toml", "Install this")):
            found = []
            for _ in range(runs):
                with tempfile.TemporaryDirectory() as home:
                    if here == "cluster.toml":
                        shutil.copy(answers, Path(home) / "cluster.toml")
                    found.append(shown(command, size, home, "Help", mark))
            frames = [times[0] for times in found]
            middle = statistics.median(frames)
            slow |= middle > LIMIT
            print(
                f"{size[0]}x{size[1]:<6} {here:14} {middle:10.2f} s {max(frames):7.2f} s "
                f"{statistics.median(times[1] for times in found):7.2f} s"
            )
    print(f"limit: {LIMIT} s to the first frame: {'missed' if slow else 'met'}")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
