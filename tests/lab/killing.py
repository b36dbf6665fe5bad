"""Runs of ``catherd`` on a practice lab that are ended with ``kill -9`` while they do something."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from installer import lab
from tests.lab.commands import CATHERD, on

Told = dict[str, Any]
Aim = Callable[[list[Told]], bool]
"""Looks at the events so far: is the run where it is to be killed?"""

STAGED = "du -cb /home/*/.catherd-stage/* 2>/dev/null | tail -n 1 | cut -f 1"
AT_WORK = """for p in /proc/[0-9]*; do
  case $(readlink "$p/cwd") in /var/lib/catherd/build*) tr '\\0' ' ' <"$p/cmdline"; echo ;; esac
done"""
COUNTING = """cat >/usr/local/sbin/make <<'END'
#!/bin/sh
echo "$*" >>/root/makes
exec /usr/bin/make "$@"
END
chmod 755 /usr/local/sbin/make; : >/root/makes"""


@dataclass
class Run:
    """A run that was started, and what it has told."""

    process: subprocess.Popen[str]
    told: list[Told] = field(default_factory=list)
    seconds: float = 0.0
    killed: bool = False

    def doing(self) -> dict[str, str]:
        """By host what the run was in the middle of: the kind and target of a change, or a step."""
        now: dict[str, str] = {}
        for event in self.told:
            host = event.get("host", "")
            match event["event"]:
                case "change-started":
                    now[host] = f"{event['change']['kind']} {event['change']['target']}"
                case "step-started" | "change-done":
                    now[host] = f"step {event['step']}"
                case "step-done":
                    now.pop(host, None)
        return now


def run(hosts: lab.Lab, aim: Aim = lambda told: False, delay: float = 0.0) -> Run:
    """Start a run, and kill it ``delay`` seconds after it is where it is to be killed."""
    words = [str(CATHERD), "run", "--yes", "--json", "--lab", hosts.name]
    began = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    this = Run(process)

    def read() -> None:
        assert process.stdout
        for line in process.stdout:
            if line.endswith("\n"):
                this.told.append(json.loads(line))

    reader = threading.Thread(target=read)
    reader.start()
    while process.poll() is None and not aim(list(this.told)):
        time.sleep(0.01)
    this.seconds = time.monotonic() - began
    try:
        process.wait(delay)
    except subprocess.TimeoutExpired:
        process.kill()
        this.killed = True
    process.wait()
    reader.join()
    return this


def change(kind: str) -> Aim:
    """A change of this kind has just begun: its archive is being uploaded, if it has one."""
    return lambda told: any(
        each["event"] == "change-started" and each["change"]["kind"] == kind for each in told
    )


def building(hosts: lab.Lab) -> Aim:
    """The compile is at work on the balancer."""
    begun = change("build")
    return lambda told: begun(told) and bool(at_work(hosts))


def joined(told: list[Told]) -> bool:
    """The run watches a compile that was going on already."""
    return any(each["event"] == "job-joined" for each in told)


def after(events: int) -> Aim:
    """So many events have been told."""
    return lambda told: len(told) >= events


def count_compiles(hosts: lab.Lab) -> None:
    """From now on the balancer keeps a record of each make that is started by hand or by script."""
    on(hosts, "balancer", COUNTING)


def compiles(hosts: lab.Lab) -> int:
    """How many compiles have been started: ``make`` with its number of jobs."""
    return on(hosts, "balancer", "cat /root/makes").count("-j")


def at_work(hosts: lab.Lab) -> list[str]:
    """The processes on the balancer that work at a compile."""
    return on(hosts, "balancer", AT_WORK).splitlines()
