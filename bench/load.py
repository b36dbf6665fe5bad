"""A cluster under steady load while its nodes fail: what is lost, what fails, for how long.

A practice lab is brought up, the cluster installed by Catherd; 200 visitors with a session each
send visits, forms and looks, one in ten of which takes half a second. In the meantime the node
that holds most sessions is killed, stopped, restarted, frozen, cut off. Usage: bench/load.py
[--rounds 3] [--rate 60] [--only kill,stop] [--options members=ajp] [--lab NAME] [--as-it-is]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.common import CATHERD, bare_lab, seconds
from bench.events import Moment, Stage
from bench.steady import Load, Plan, Window
from installer import lab
from installer.lab.cluster import write_answers

NAME = "bench"


@dataclass(frozen=True)
class Event:
    """Something that befalls a node, how it is called, and how long to watch afterwards."""

    act: str
    words: str
    then: str = ""
    """What brings the node back, an event of its own."""
    settle: float = 6.0


EVENTS = (
    Event("kill", "kill -9", "start"),
    Event("stop", "systemctl stop", "start"),
    Event("restart", "systemctl restart"),
    Event("rolling", "all restarted in turn"),
    Event("reload", "httpd reloaded", settle=4.0),
    Event("freeze", "host frozen", "thaw", settle=20.0),
    Event("cut", "host cut off", "mend", settle=20.0),
)
RETURNS = {
    "start": Event("start", "  … started again"),
    "thaw": Event("thaw", "  … goes on", settle=8.0),
    "mend": Event("mend", "  … connected again", settle=8.0),
}


@dataclass(frozen=True)
class Seen:
    """One event under load."""

    window: Window
    lost: int
    back: float
    """Seconds until httpd used every node again; of a node that stays away, 0."""


def befall(stage: Stage, load: Load, event: Event) -> tuple[str, Seen]:
    """Let it happen to the node with most sessions; wait until all is quiet."""
    held = Counter(guest.route for guest in load.guests)
    node = held.most_common(1)[0][0]
    return node, watch(stage, load, event, node)


def watch(stage: Stage, load: Load, event: Event, node: str) -> Seen:
    lost_before, began = len(load.lost), time.time()
    time.sleep(1)
    moment: Moment = getattr(stage, event.act)(node)
    back = 0.0 if event.then else stage.await_all() - moment.began
    time.sleep(event.settle)
    while any(
        asked.sent < moment.done + event.settle / 2 for asked in list(load.under_way.values())
    ):
        time.sleep(0.1)
    asked = [each for each in load.asked if each.sent >= began]
    struck = node if event.act in ("kill", "freeze", "cut") else ""
    return Seen(Window(asked, *moment, struck), len(load.lost) - lost_before, back)


def show(words: str, seen: Iterable[Seen]) -> None:
    """One line of the table, and how requests failed below it."""
    seen = list(seen)
    windows = [each.window for each in seen]
    sent = sum(len(window.asked) for window in windows)
    spans = [max(a.sent for a in w.asked) - min(a.sent for a in w.asked) for w in windows]
    print(
        f"{words:<22}{len(seen):>3}{sent:>7}{sent / sum(spans):>7.1f}"
        f"{'/'.join(str(len(w.in_flight)) if w.node else '-' for w in windows):>10}"
        f"{'/'.join(str(len(w.failed)) for w in windows):>10}"
        f"{sum(len(w.failed_later) for w in windows):>7}"
        f"{sum(each.lost for each in seen):>6}"
        f"{max(w.longest for w in windows):>9.2f}{max(w.recovered for w in windows):>9.2f}"
        f"{max(each.back for each in seen):>8.1f}",
        flush=True,
    )
    for window in windows:
        if window.outcomes:
            print(f"      {window.outcomes}", flush=True)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rate", type=float, default=60)
    parser.add_argument("--only", default="")
    parser.add_argument("--options", default="")
    parser.add_argument("--lab", default=NAME)
    parser.add_argument("--as-it-is", action="store_true", help="the cluster is installed")
    return parser.parse_args()


def installed(name: str, options: str) -> lab.Lab:
    """The lab with a cluster on it."""
    hosts = bare_lab(name)
    given = dict(word.split("=") for word in options.split(",") if word)
    write_answers(hosts, print, options=given)
    seconds([CATHERD, "run", "--yes", "--lab", name])
    return hosts


def main() -> None:
    arguments = parsed()
    hosts = (
        lab.status(arguments.lab)
        if arguments.as_it_is
        else installed(arguments.lab, arguments.options)
    )
    stage = Stage(hosts)
    wanted = [e for e in EVENTS if not arguments.only or e.act in arguments.only.split(",")]
    seen: dict[str, list[Seen]] = defaultdict(list)
    load = Load(Plan(stage.port, rate=arguments.rate))
    print(f"load of this machine before: {os.getloadavg()[0]:.2f}")
    with stage.probe_deployed():
        stage.await_all()
        load.start()
        try:
            quiet = time.time()
            time.sleep(8)
            warm = [asked for asked in load.asked if asked.sent >= quiet]
            seen["nothing"].append(Seen(Window(warm, quiet, quiet, ""), len(load.lost), 0.0))
            for _ in range(arguments.rounds):
                for event in wanted:
                    node, what = befall(stage, load, event)
                    seen[event.words].append(what)
                    if event.then:
                        back = RETURNS[event.then]
                        seen[f"{event.words}{back.words}"].append(watch(stage, load, back, node))
                    print(".", end="", file=sys.stderr, flush=True)
        finally:
            stage.restore()
            load.stop()
    print(file=sys.stderr)
    heads = ("in flight", "failed", "later", "lost", "longest", "calm s", "back s")
    print(f"{'':<22}{'n':>3}{'sent':>7}{'rate':>7}", end="")
    print("".join(f"{head:>{w}}" for head, w in zip(heads, (10, 10, 7, 6, 9, 9, 8), strict=True)))
    for words, each in seen.items():
        show(words if "…" not in words else words[words.index("…") - 2 :], each)
    twice = sum(guest.twice for guest in load.guests)
    failed = sum(not asked.ok for asked in load.asked)
    print(
        f"{len(load.asked)} requests, {failed} failed, {load.held_up} held up, "
        f"{twice} counted twice; sessions lost: {len(load.lost)} of {len(load.guests)}"
    )
    for number, why in list(load.lost.items())[:10]:
        print(f"      visitor {number}: {why}")
    print(f"load of this machine after: {os.getloadavg()[0]:.2f}")


if __name__ == "__main__":
    main()
