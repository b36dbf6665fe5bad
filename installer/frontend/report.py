"""The report of an installation: what was done and how long it took, checks, trials, evidence.

It is made from what the journal has, from how the hosts were when they were last looked at, and
from the proof. Without a look it has no checks, and says so.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import installer
from installer.engine.events import Tried
from installer.engine.plan import Finding
from installer.engine.world import STATE
from installer.frontend.board import GLYPHS, WORDS, Board
from installer.frontend.past import OUTCOMES, PastChange, PastRun
from installer.frontend.session import Session
from installer.frontend.undoing import title_of
from runbook.cluster import Cluster
from runbook.steps import RUNBOOK
from runbook.text import T, Text


@dataclass(frozen=True)
class Line:
    """A step on a host."""

    step: str
    host: str
    glyph: str
    outcome: Text
    seconds: float | None
    """How long it took when it was last done."""
    when: float | None
    """When it was last begun."""
    error: str = ""
    changes: tuple[PastChange, ...] = ()
    output: str = ""
    """What its commands printed."""

    @property
    def title(self) -> Text:
        """The step's title."""
        return title_of(self.step)


@dataclass(frozen=True)
class Told:
    """A check on a host with its answer."""

    step: str
    host: str
    finding: Finding


@dataclass(frozen=True)
class Report:
    """All that a report tells."""

    cluster: str
    made: float
    version: str
    hosts: tuple[tuple[str, str, str], ...]
    """Name, role and address of each."""
    lines: tuple[Line, ...]
    checks: tuple[Told, ...]
    looked: bool
    """Whether the hosts were looked at, so that there are checks."""
    trials: tuple[Tried, ...]
    evidence: tuple[tuple[Text, str], ...]
    """What lies where."""
    run: PastRun | None = None
    """The one run that it tells of; None where it tells how all is now."""

    @property
    def failed(self) -> tuple[Told, ...]:
        """The checks that stand in the way."""
        return tuple(each for each in self.checks if each.finding.failed)

    @property
    def seconds(self) -> float:
        """What all steps took on all hosts together."""
        return sum(line.seconds or 0.0 for line in self.lines)


def report_of(session: Session, board: Board | None, trials: Sequence[Tried] = ()) -> Report:
    """Make it; asks no host."""
    if board is not None and not trials:
        trials = [trial for cell in board.cells.values() for trial in cell.trials]
    checks = (
        Told(cell.step.id, cell.host, finding)
        for cell in (board.cells.values() if board else ())
        for finding in cell.findings.values()
    )
    cluster = session.cluster
    return Report(
        cluster.name,
        time.time(),
        installer.__version__,
        hosts_of(cluster),
        _lines(session, board),
        tuple(checks),
        board is not None,
        tuple(trials),
        evidence_of(session),
    )


def hosts_of(cluster: Cluster) -> tuple[tuple[str, str, str], ...]:
    """Name, role and address of each host."""
    return tuple((host.name, host.role, str(host.address)) for host in cluster.hosts)


def _lines(session: Session, board: Board | None) -> tuple[Line, ...]:
    """From the board how it is now, from the journal how it went; in the runbook's order."""
    took = session.journal.durations()
    newest = {(row["step"], row["host"]): row for row in session.journal.newest_steps()}
    found: dict[tuple[str, str], Line] = {}
    for key, row in newest.items():
        glyph, words = OUTCOMES.get(row["outcome"] or "interrupted", ("?", row["outcome"]))
        if row["undone"]:
            glyph, words = OUTCOMES["undone"]
        found[key] = Line(*key, glyph, words, took.get(key), row["began"], row["error"] or "")
    for key, cell in (board.cells if board else {}).items():
        begun = newest[key]["began"] if key in newest else None
        error = str(cell.error or "")
        seconds = cell.seconds if cell.state in ("failed", "cancelled") else took.get(key)
        found[key] = Line(*key, GLYPHS[cell.state], WORDS[cell.state], seconds,
                          begun, error)  # fmt: skip
    return in_order(session.cluster, found.values())


def in_order(cluster: Cluster, lines: Iterable[Line]) -> tuple[Line, ...]:
    """By step as in the runbook, then by host as in cluster.toml."""
    ids = [step.id for step in RUNBOOK]
    names = [host.name for host in cluster.hosts]

    def order(line: Line) -> tuple[int, int]:
        step = ids.index(line.step) if line.step in ids else len(ids)
        return step, names.index(line.host) if line.host in names else len(names)

    return tuple(sorted(lines, key=order))


def evidence_of(session: Session) -> tuple[tuple[Text, str], ...]:
    """What lies where."""
    place = session.journal.path.parent
    saved = sorted(each for each in place.iterdir() if each.is_file() and _is_saved(each))
    return (
        (T("the journal: every run, change and diff"), str(session.journal.path)),
        *((T("saved"), str(each)) for each in saved),
        (T("on each host: the originals and what takes each change back"), f"{STATE}/"),
    )


def _is_saved(path: Path) -> bool:
    return path.suffix in (".log", ".md", ".html", ".json")
