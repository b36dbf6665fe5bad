"""Controllers that are killed and replaced, and what must be so in the end all the same."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from installer.engine.journal import Journal
from installer.engine.world import STATE
from tests.engine.given import RICH
from tests.engine.memory_host import State
from tests.engine.moments import Fuse, Moment, Moments, WatchedJournal, run_until
from tests.engine.three_hosts import Outside, ThreeHosts, bare, outside, secrets_on

Item = TypeVar("Item")
Found = TypeVar("Found")

Thing = tuple[str, str, str]
"""Host, kind and target of a change."""


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody disturbed: what it leaves, what it records, and its moments."""

    whole: dict[str, Outside]
    things: set[Thing]
    moments: list[Moment]

    @classmethod
    def run(cls, place: Path) -> Undisturbed:
        place.mkdir()
        hosts = ThreeHosts(place, RICH)
        moments = Moments(hosts)
        frozen = moments.record()
        assert hosts["balancer"].state.builds == 1
        tables = rows(WatchedJournal(place / "watched.db"))
        return cls(hosts.outside(), things(tables), frozen)

    def distinct(self) -> list[int]:
        """Numbers of the moments at which the hosts are as they never were before."""
        found: dict[object, int] = {}
        for number, moment in enumerate(self.moments[:-1], 1):
            found.setdefault(left(moment.states), number)
        return list(found.values())


@dataclass(frozen=True)
class Verdict:
    """How often a last controller was killed, and what was not as it should be after it."""

    kills: int
    faults: list[str]


@dataclass(frozen=True)
class Kept:
    """What outlives a controller: the hosts, and its journal."""

    states: dict[str, State]
    journal: bytes


@dataclass
class Killed:
    """Hosts whose controllers are killed one after the other; all have the same journal."""

    place: Path
    undisturbed: Undisturbed

    def __post_init__(self) -> None:
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir(parents=True)
        self.hosts = ThreeHosts(self.place, RICH)

    def keep(self) -> Kept:
        """All that there is now, on the hosts and in the journal."""
        return Kept(self.hosts.states(), (self.place / "journal.db").read_bytes())

    def back(self, kept: Kept) -> None:
        """All as it was then."""
        for file in self.place.glob("journal.db*"):
            file.unlink()
        (self.place / "journal.db").write_bytes(kept.journal)
        self.hosts.restore(kept.states)
        for host in self.hosts.hosts.values():
            host.log.clear()

    def kill(self, at: int) -> bool:
        """Start a controller that dies at the moment of that number; whether it came so far."""
        fuse = Fuse(at)
        before = sum(len(host.log) for host in self.hosts.hosts.values())
        run_until(self.hosts, fuse)
        made = sum(len(host.log) for host in self.hosts.hosts.values()) - before
        assert made <= fuse.passed
        return fuse.dead

    def faults(self) -> list[str]:
        """Resume, and tell what is not as after an undisturbed run; then take all back."""
        journal = WatchedJournal(self.place / "journal.db")
        ran = self.hosts.run(journal)
        tables = rows(journal)
        if not ran.ok:
            return ran.errors()
        found = self.differences() + story(tables, self.undisturbed.things)
        if not self.hosts.rollback(journal=journal).ok:
            found.append("the rollback failed")
        journal.close()
        nothing: dict[str, str] = {}
        left = {
            name
            for name, host in self.hosts.hosts.items()
            if outside(host.state, nothing) != outside(bare(), nothing)
        }
        return found + [f"not taken back whole: {name}" for name in sorted(left)]

    def differences(self) -> list[str]:
        """What of the hosts is other than after an undisturbed run."""
        now, builds = self.hosts.outside(), self.hosts["balancer"].state.builds
        found = [f"{name} is another" for name in now if now[name] != self.undisturbed.whole[name]]
        return found + ([f"{builds} builds"] if builds != 1 else [])


def rows(journal: Journal) -> dict[str, list[dict[str, Any]]]:
    """All that a journal holds, by table, in the order in which it was recorded."""
    return {
        name: journal._read(f"select * from {name} order by rowid")
        for name in ("run", "step", "change")
    }


def things(tables: dict[str, list[dict[str, Any]]]) -> set[Thing]:
    """What was changed."""
    return {(row["host"], row["kind"], row["target"]) for row in tables["change"]}


def story(tables: dict[str, list[dict[str, Any]]], expected: set[Thing]) -> list[str]:
    """What is not plausible in a journal of killed runs of which the last one ended well."""
    found = []
    changes, runs = tables["change"], tables["run"]
    if things(tables) != expected:
        found.append(f"other things were changed: {things(tables) ^ expected}")
    done = Counter(
        (row["host"], row["step"], row["kind"], row["target"], row["digest"])
        for row in changes
        if row["ended"] and not row["undone"]
    )
    found += [f"done {times} times: {what[:4]}" for what, times in done.items() if times > 1]
    last: dict[tuple[str, str], dict[str, Any]] = {}
    for row in changes:
        before = last.get((row["run"], row["host"]))
        if before and (before["ended"] is None or before["ended"] > row["began"]):
            found.append(f"two changes at once: {before['target']}, {row['target']}")
        last[row["run"], row["host"]] = row
    found += [f"{row['id']} succeeded after all" for row in runs[:-1] if row["ok"]]
    for row in tables["step"]:
        if row["run"] == runs[-1]["id"] and row["outcome"] not in ("done", "unchanged"):
            found.append(f"{row['step']} on {row['host']}: {row['outcome']}")
    return found


def killed_once(place: Path, undisturbed: Undisturbed, at: int) -> Verdict:
    """Kill a controller at that moment of its run, and look how the next one ends."""
    killed = Killed(place / str(os.getpid()), undisturbed)
    reached = killed.kill(at)  # how many moments there are depends on how the lanes take turns
    return Verdict(int(reached), killed.faults())


def killed_twice(
    place: Path, undisturbed: Undisturbed, first: int, step: int = 1, offset: int = 0
) -> Verdict:
    """Kill a controller at that moment, and the next one at each of its own (of ``step``)."""
    killed = Killed(place / str(os.getpid()), undisturbed)
    assert killed.kill(first)
    found: list[str] = []
    kept = killed.keep()
    for times in count():
        killed.back(kept)
        second = 1 + offset % step + times * step
        if not killed.kill(second):
            return Verdict(times, found)
        found += [f"{first}, then {second}: {fault}" for fault in killed.faults()]
    raise AssertionError


def left(states: Mapping[str, State]) -> object:
    """Equal where a new controller, which knows the hosts only, would find the same."""
    secrets = secrets_on(states)
    return tuple(_left(state, secrets) for state in states.values())


def in_parallel(work: Callable[[Item], Found], items: Sequence[Item]) -> list[Found]:
    """Work on all of them, on all processors, with what this process has in memory."""
    with ProcessPoolExecutor(mp_context=get_context("fork")) as pool:
        return list(pool.map(work, items, chunksize=4))


def _left(state: State, secrets: dict[str, str]) -> object:
    seen = outside(state, secrets)
    own = {
        path: file
        for path, file in state.files.items()
        if path.startswith(f"{STATE}/build") or path == STATE
    }
    return (
        frozenset(seen.files.items()),
        frozenset(seen.services.items()),
        frozenset(seen.accounts.items()),
        seen.packages,
        frozenset(own.items()),
        frozenset(state.read.items()),
        frozenset(state.staged.items()),
        frozenset((job, result and result.code) for job, result in state.jobs.items()),
        state.builds,
    )
