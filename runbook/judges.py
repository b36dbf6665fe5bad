"""Judges: the usual ways to compare what was seen with what was expected.

Those that are records can be told to others who look for the same: ``succeeds``, ``shows``,
``exists``, ``starts_at_boot``, ``runs``, ``answers``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from runbook.check import Judge, Seen, Verdict
from runbook.probes import FileAt, Http, ServiceAt, Sh
from runbook.text import T, Text

NOT_FOUND = 127
"""How a shell ends that finds no such command."""


@dataclass(frozen=True)
class Succeeds:
    """The command exits 0."""

    probe: Sh

    def __call__(self, seen: Seen) -> Verdict:
        """Whether it did."""
        output = seen.facts[self.probe]
        words = output.text or T("exit code {code}", code=output.code)
        return Verdict(output.code == 0, words)


@dataclass(frozen=True)
class Shows:
    """The command exits 0 and prints something that matches ``pattern``."""

    probe: Sh
    pattern: str

    def __call__(self, seen: Seen) -> Verdict:
        """Whether it did."""
        output = seen.facts[self.probe]
        words = output.text or T("nothing, exit code {code}", code=output.code)
        if output.code == NOT_FOUND:
            words = T("there is no such program")
        found = re.search(self.pattern, output.text, re.MULTILINE)
        return Verdict(output.code == 0 and bool(found), words)


@dataclass(frozen=True)
class Exists:
    """Something lies at the path."""

    probe: FileAt

    def __call__(self, seen: Seen) -> Verdict:
        """Whether it does."""
        there = seen.facts[self.probe].exists
        return Verdict(there, self.probe.path if there else T("nothing there"))


@dataclass(frozen=True)
class StartsAtBoot:
    """The service is enabled in the host's own manager."""

    probe: ServiceAt

    def __call__(self, seen: Seen) -> Verdict:
        """Whether it is."""
        state = seen.facts[self.probe]
        words = T("starts at boot") if state.enabled else T("does not start at boot")
        return Verdict(state.enabled, words if state.exists else T("no such service"))


@dataclass(frozen=True)
class Runs:
    """The service runs."""

    probe: ServiceAt

    def __call__(self, seen: Seen) -> Verdict:
        """Whether it does."""
        state = seen.facts[self.probe]
        if not state.running:
            return Verdict(False, T("stopped ({detail})", detail=state.detail or "-"))
        return Verdict(True, T("running, process {pid}", pid=state.pid))


@dataclass(frozen=True)
class Answers:
    """The page answers with one of these statuses; none given means any below 500."""

    probe: Http
    statuses: tuple[int, ...]

    def __call__(self, seen: Seen) -> Verdict:
        """Whether it does."""
        reply = seen.facts[self.probe]
        if reply.status == 0:
            return Verdict(False, reply.error)
        good = reply.status in self.statuses if self.statuses else reply.status < 500
        return Verdict(good, T("HTTP status {status}", status=reply.status))


succeeds, shows, exists, starts_at_boot, runs = Succeeds, Shows, Exists, StartsAtBoot, Runs


def answers(probe: Http, *statuses: int) -> Answers:
    """The page answers with one of these statuses; none given means any below 500."""
    return Answers(probe, statuses)


def unchanged_by(probe: FileAt, edit: Callable[[bytes], bytes], yes: Text, no: Text) -> Judge:
    """The edit finds nothing to change in the file: it says already what it should."""

    def judge(seen: Seen) -> Verdict:
        data = seen.facts[probe].data
        if data is None:
            return Verdict(False, T("no such file"))
        right = edit(data) == data
        return Verdict(right, yes if right else no)

    return judge


def stopped(probe: ServiceAt) -> Judge:
    """The service does not run."""

    def judge(seen: Seen) -> Verdict:
        state = seen.facts[probe]
        if state.running:
            return Verdict(False, T("running, process {pid}", pid=state.pid))
        return Verdict(True, T("stopped"))

    return judge


def is_current(probe: ServiceAt) -> Judge:
    """The service, where it runs, has read the configuration that is on disk."""

    def judge(seen: Seen) -> Verdict:
        stale = seen.facts[probe].stale
        return Verdict(not stale, T("a restart is owed") if stale else T("it is"))

    return judge


def values(text: str) -> dict[str, str]:
    """The ``key=value`` lines of an output."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}
