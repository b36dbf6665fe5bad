"""What the measurements share: a lab of their own, commands timed from outside."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from installer import lab
from installer.lab.cluster import write_answers
from runbook.text import Text

CATHERD = Path(sys.executable).with_name("catherd")
NAME = "bench"


def say(text: Text) -> None:
    """Tell what takes its time."""
    print(f"  {text}", file=sys.stderr)


def bare_lab(name: str = NAME) -> lab.Lab:
    """Three bare hosts with their answers."""
    lab.up(lab.LabSpec(name), say)
    hosts = lab.reset(name, say)
    write_answers(hosts, say)
    return hosts


def seconds(command: Sequence[str | Path], expect: Sequence[int] = (0,)) -> float:
    """How long a command takes as a whole process; it must end with one of these codes."""
    began = time.perf_counter()
    done = subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    took = time.perf_counter() - began
    if done.returncode not in expect:
        sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-3000:]}")
    return took


def report(what: str, figures: Sequence[float], limit: float | None = None) -> None:
    """Minimum, median and maximum; against a limit when there is one."""
    middle = statistics.median(figures)
    line = f"{what:<46} {min(figures):7.2f} {middle:7.2f} {max(figures):7.2f} s"
    if limit is not None:
        line += f"   limit {limit:.2f}: {'met' if middle <= limit else 'MISSED'}"
    print(line, flush=True)
