"""What there is to go on with here, recognised from files of this machine: no host is asked."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from installer.frontend.saving import draft_of
from installer.frontend.where import Where, journal_file
from runbook.errors import CatherdError
from runbook.text import T, Text, listed

if TYPE_CHECKING:
    from installer.engine.history import LastRun
    from runbook.cluster import Cluster


@dataclass(frozen=True)
class Choice:
    """Something that can be done now: what, and why one would."""

    id: str
    title: Text
    why: Text


@dataclass(frozen=True)
class PracticeLab:
    """A practice lab of this machine."""

    name: str
    hosts: tuple[str, ...]
    running: bool
    """Whether its balancer accepts connections."""


@dataclass(frozen=True)
class Situation:
    """The cluster that is meant, what happened to it from here, and the practice labs."""

    where: Where
    path: Path | None
    """The file with the answers; None for a lab that has none."""
    cluster: Cluster | None = None
    problem: CatherdError | None = None
    """Why the file that is there cannot be used."""
    draft: bool = False
    last: LastRun | None = None
    last_command: str = ""
    labs: tuple[PracticeLab, ...] = ()

    @property
    def sentence(self) -> Text:
        """Which cluster, or that there is none."""
        if self.problem is not None:
            return T("{path} cannot be used as it is.", path=self.path)
        if self.cluster is None:
            return T("Nothing is here yet: there is no {path}.", path=self.path or "cluster.toml")
        return T(
            "{cluster}: {balancer} in front of {tomcats} ({path})",
            cluster=self.cluster.name,
            balancer=self.cluster.balancer.name,
            tomcats=listed(host.name for host in self.cluster.tomcats),
            path=self.path,
        )

    @property
    def choices(self) -> tuple[Choice, ...]:
        """All that can be done now, the likely thing first."""
        offered = list(_offered(self))
        first = _likely(self)
        return tuple(sorted(offered, key=lambda each: each.id != first))


def recognise(where: Where) -> Situation:
    """Look around; takes a fraction of a second."""
    labs = practice_labs()
    try:
        path = where.path
    except CatherdError as problem:
        return Situation(where, None, problem=problem, labs=labs)
    draft = draft_of(path).exists()
    if not path.exists():
        return Situation(where, path, draft=draft, labs=labs)
    from runbook.answers import load

    try:
        cluster = load(path)
    except CatherdError as problem:
        return Situation(where, path, problem=problem, draft=draft, labs=labs)
    last, command = _past(path, cluster)
    return Situation(where, path, cluster, None, draft, last, command, labs)


def _past(path: Path, cluster: Cluster) -> tuple[LastRun | None, str]:
    """The last run, and the command that it was; none where the journal cannot be read."""
    place = journal_file(path, cluster.name)
    if not place.exists():
        return None, ""
    from installer.engine.history import History
    from installer.engine.journal import Journal

    try:
        journal = Journal(place)
    except CatherdError:
        return None, ""
    try:
        row = journal.last_run()
        return History(journal, cluster).last, str(row["command"]) if row else ""
    finally:
        journal.close()


def practice_labs() -> tuple[PracticeLab, ...]:
    """The practice labs of this machine."""
    from installer.lab import state

    labs = filter(None, map(state.load, state.names()))
    return tuple(
        PracticeLab(
            lab.name, tuple(host.name for host in lab.hosts), _accepts(lab.balancer.ssh_port)
        )
        for lab in labs
    )


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True


def _likely(now: Situation) -> str:
    if now.problem is not None:
        return "answers" if now.path is not None else "lab"
    if now.draft:
        return "draft"
    if now.cluster is None:
        return "new"
    return "verify" if _settled(now) else "continue"


def _settled(now: Situation) -> bool:
    return now.last is not None and now.last.settled and now.last_command != "rollback"


def _offered(now: Situation) -> Iterator[Choice]:
    usable = now.cluster is not None
    if usable:
        yield _continue(now)
    if now.draft:
        yield Choice(
            "draft",
            T("Go on with the questions"),
            T("Answers were begun and are kept in a draft beside {path}.", path=now.path),
        )
    if not usable and now.problem is None and now.where.lab is None:
        yield Choice(
            "new",
            T("New installation"),
            T("Answer the questions about your hosts; each is tried, and cluster.toml is written."),
        )
    if usable:
        yield Choice(
            "verify",
            T("Verify"),
            _past_in_words(now) if _settled(now)
            else T("Make every check on every host; nothing is changed."),
        )  # fmt: skip
        yield Choice(
            "cluster", T("Cluster"), T("The balancer and its nodes as they work now, live.")
        )
        if now.last is not None:
            yield Choice(
                "rollback",
                T("Roll back"),
                T("Take steps back, all of them or from one on; you see each diff before."),
            )
            yield Choice("history", T("History"), T("Past runs: their steps, diffs and times."))
    if usable or now.problem is not None:
        if now.path is not None:
            yield Choice("answers", T("Change answers"), _about_answers(now))
        if now.where.lab is None:
            yield Choice(
                "new",
                T("New installation"),
                T("Begin anew with the questions; the file of now is kept aside."),
            )
    yield Choice("lab", T("Practice lab"), _about_labs(now))
    yield Choice(
        "training",
        T("Training"),
        T("Lessons, the document's mistakes, and faults to find, on a practice lab."),
    )
    yield Choice("quit", T("Quit"), T("Nothing is lost by it."))


def _continue(now: Situation) -> Choice:
    if now.last is None:
        return Choice(
            "continue",
            T("Install this cluster"),
            T("Nothing was run from this machine yet. First the hosts are looked at."),
        )
    if _settled(now):
        return Choice(
            "continue", T("Open the runbook"), T("All steps, with what each of them did and sees.")
        )
    if now.last_command == "rollback" and now.last.ok:
        return Choice(
            "continue",
            T("Install again"),
            T("Steps were taken back the last time. First the hosts are looked at."),
        )
    return Choice("continue", T("Continue"), _past_in_words(now))


def _past_in_words(now: Situation) -> Text:
    """How the last run ended, and which answers are others since."""
    from installer.frontend import recall
    from runbook.steps import RUNBOOK

    assert now.last is not None
    told = recall.sentence(now.last, RUNBOOK)
    if not now.last.changed:
        return told
    keys = listed(each.path for each in now.last.changed[:3])
    more = len(now.last.changed) - 3
    if more > 0:
        keys = str(T("{keys} and {number} more", keys=keys, number=more))
    return T("{last} Since then these answers have changed: {keys}.", last=told, keys=keys)


def _about_answers(now: Situation) -> Text:
    if now.problem is None:
        return T("Go through the answers in {path} and change some.", path=now.path)
    first = getattr(now.problem, "faults", (now.problem,))[0]
    return T("{path} cannot be used: {why}", path=now.path, why=first.what)


def _about_labs(now: Situation) -> Text:
    running = [lab.name for lab in now.labs if lab.running]
    stopped = [lab.name for lab in now.labs if not lab.running]
    if running and stopped:
        return T("Running: {running}. Not running: {stopped}.",
                 running=listed(running), stopped=listed(stopped))  # fmt: skip
    if running:
        return T("Running: {running}.", running=listed(running))
    if stopped:
        return T("There, but not running: {stopped}.", stopped=listed(stopped))
    return T("Try everything on bare hosts in containers on this machine; no harm can be done.")
