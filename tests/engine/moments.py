"""Every moment at which a controller can die: before and after each change and each record."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from installer.engine.journal import Journal
from tests.engine.memory_host import Crash, State
from tests.engine.three_hosts import ThreeHosts

Before = Callable[[str], None]


class WatchedJournal(Journal):
    """The real journal; ``before`` is called before and after each write.

    It does not wait for the disk: a controller is killed here, never its machine.
    """

    def __init__(
        self, path: Path, guard: threading.RLock | None = None, before: Before = lambda what: None
    ) -> None:
        self.guard, self.before = guard or threading.RLock(), before
        super().__init__(path)
        self._db.execute("pragma synchronous = off")

    def _write(self, statement: str, values: tuple[object, ...]) -> int:
        what = "journal: " + " ".join(statement.split()[:3])
        self.before(what)
        with self.guard:
            number = super()._write(statement, values)
        self.before(f"{what}: done")
        return number


@dataclass(frozen=True)
class Moment:
    """What is left when everything on this machine is lost just now."""

    at: str
    states: dict[str, State]


@dataclass
class Moments:
    """A run of all steps on these hosts, frozen at every moment."""

    hosts: ThreeHosts
    frozen: list[Moment] = field(default_factory=list)
    """Whether each moment tells what the journal has by then."""

    def record(self) -> list[Moment]:
        journal = WatchedJournal(self.hosts.place / "watched.db", self.hosts.guard)

        def freeze(what: str) -> None:
            with self.hosts.guard:
                self.frozen.append(Moment(what, self.hosts.states()))

        self._watch(freeze, journal)
        ran = self.hosts.run(journal)
        self._watch(lambda what: None, journal)
        assert ran.ok, ran.errors()
        freeze("the end")
        return self.frozen

    def _watch(self, before: Before, journal: WatchedJournal) -> None:
        journal.before = before
        for host in self.hosts.hosts.values():
            host.before = before

    def distinct_after_run(self) -> list[Moment]:
        """Run, then tell of every moment that left the hosts differently."""
        self.record()
        return self.distinct()

    def distinct(self) -> list[Moment]:
        """Moments without those at which the hosts are as they were the moment before."""
        pairs = zip([None, *self.frozen], self.frozen, strict=False)
        return [now for last, now in pairs if last is None or last.states != now.states]


@dataclass
class Fuse:
    """Kills the controller at the moment of that number: no lane does anything after it."""

    at: int
    dead: bool = False
    passed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, what: str) -> None:
        with self._lock:
            self.passed += not self.dead
            self.dead = self.dead or self.passed == self.at
            if self.dead:
                raise Crash(what)


def run_until(hosts: ThreeHosts, fuse: Fuse) -> None:
    """Run until the fuse blows; then its hosts can be entered by another controller."""
    journal = WatchedJournal(hosts.place / "journal.db", hosts.guard)
    runner = hosts.runner(journal=journal)
    journal.before = fuse
    for host in hosts.hosts.values():
        host.before = fuse
    try:
        runner.run_all()
    except Crash:
        runner.lanes.drain(5)
    finally:
        for host in hosts.hosts.values():
            host.before = lambda what: None
        journal.close()
