"""Judges of the proof: what was seen in a trial, turned into a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from runbook.check import Verdict
from runbook.probe_page import Visit
from runbook.proof import Share
from runbook.software.balancer_manager import MemberState
from runbook.text import T

_BY_HAND = frozenset({"Drn", "Dis", "Stop", "Ign", "Stby", "Spar"})
"""Flags that a person sets in the manager; the others httpd sets itself."""


@dataclass(frozen=True)
class Reading:
    """A session at home, and as another node knew it when it was asked directly."""

    home: Visit
    read: Visit
    reader: str
    """Route of that other node."""

    @property
    def same(self) -> bool:
        """Whether the other node had the session in the same state, and took it over."""
        return (
            self.home.ok
            and self.read.ok
            and self.read.existed
            and (self.read.counter, self.read.payload) == (self.home.counter, self.home.payload)
            and self.read.node == self.read.route == self.reader
        )


@dataclass(frozen=True)
class Return:
    """What was seen of a node that came back."""

    killed: Visit
    """The last answer of the process that was killed."""
    seconds: float
    """From its own first answer until the balancer sent it a new session."""
    allowed: float
    member: MemberState
    reading: Reading
    """A session that began elsewhere while it was dead, asked of it directly."""
    moved: tuple[Visit, Visit]
    """Two visits of the session that had moved: before the return and after it."""
    starts: int = 1
    """How often it was started: again where it had no session at first."""


@dataclass(frozen=True)
class Drain:
    """What was seen while a node was drained, and of its flag before, during and after."""

    home: Visit
    stayed: tuple[Visit, ...]
    newcomers: tuple[Visit, ...]
    during: MemberState
    after: MemberState


def judge_distribution(visits: Iterable[Visit], shares: Sequence[Share], exact: bool) -> Verdict:
    """Each node got its share, give or take one in eight: real visitors may come between."""
    counts = Counter(visit.node if visit.ok else visit.words for visit in visits)
    whole, weight = counts.total(), sum(share.loadfactor for share in shares)
    seen = ", ".join(f"{name}: {count}" for name, count in sorted(counts.items()))
    if set(counts) != {share.route for share in shares}:
        return Verdict(False, seen or T("nothing"))
    due = {share.route: whole * share.loadfactor / weight for share in shares}
    near = all(abs(counts[route] - part) <= max(1.0, part / 8) for route, part in due.items())
    return Verdict(near or not exact, seen)


def judge_sticky(visits: Sequence[Visit]) -> Verdict:
    """All visits of one session met the node in its id, and each was counted."""
    return Verdict(_stays(visits, visits[0].counter), path(visits))


def judge_replication(readings: Sequence[Reading]) -> Verdict:
    """Every node had all the sessions it was asked for."""
    asked = Counter(each.reader for each in readings)
    known = Counter(each.reader for each in readings if each.same)
    seen = ", ".join(f"{node}: {known[node]}/{count}" for node, count in asked.items())
    if odd := next((each for each in readings if not each.same), None):
        return Verdict(False, f"{seen}; {odd.home.words} → {odd.read.words}")
    return Verdict(bool(readings), seen)


def judge_failover(before: Visit, after: Visit, one_copy: bool = False) -> Verdict:
    """The first request after the kill was answered by another node, and nothing was lost.

    :param one_copy: the id may still name the dead node: the next request renames the session
    """
    renamed = after.route == after.node or (one_copy and after.route == before.route)
    right = renamed and after.node != before.node and _goes_on(before, after)
    return Verdict(right, path((before, after)))


def judge_standby(
    before: Visit, after: Visit, standbys: Collection[str], one_copy: bool = False
) -> Verdict:
    """A standby answered, and nothing was lost.

    :param one_copy: the only copy may have gone with the others: a new session will do then
    """
    kept = _goes_on(before, after)
    right = after.ok and after.node in standbys and (kept or (one_copy and after.counter == 1))
    return Verdict(right, path((before, after)))


def _goes_on(before: Visit, after: Visit) -> bool:
    return (
        before.ok
        and after.ok
        and after.existed
        and (after.counter, after.payload) == (before.counter + 1, before.payload)
    )


def judge_return(back: Return) -> Verdict:
    """The node is chosen again in time, has the state, and takes no session back."""
    before, after = back.moved
    stayed = after.ok and after.node == before.node and after.counter == before.counter + 1
    reborn = back.reading.read.started != back.killed.started
    in_use = back.seconds <= back.allowed and back.member.usable
    right = reborn and in_use and back.reading.same and stayed
    seen = T(
        "{status} after {seconds:.1f} s; {reading}; moved session: {moved}",
        status=back.member.status,
        seconds=back.seconds,
        reading=f"{back.reading.home.words} → {back.reading.read.words}",
        moved=path(back.moved),
    )
    if back.starts > 1 and back.reading.same:
        seen = T("{seen}; it has the sessions only at its second start", seen=seen)
    return Verdict(right, seen)


def judge_drain(drain: Drain) -> Verdict:
    """The old session stayed, the new ones went elsewhere, and the drain was undone."""
    home = drain.home.node
    newcomers = Counter(visit.node if visit.ok else visit.words for visit in drain.newcomers)
    right = (
        drain.during.draining
        and not drain.after.draining
        and _stays((drain.home, *drain.stayed), drain.home.counter)
        and all(visit.ok and visit.node != home for visit in drain.newcomers)
    )
    seen = T(
        "{during}; old session: {old}; new: {new}; afterwards {after}",
        during=drain.during.status,
        old=path(drain.stayed),
        new=", ".join(f"{name}: {count}" for name, count in sorted(newcomers.items())),
        after=drain.after.status,
    )
    return Verdict(right, seen)


def judge_recovery(down: Visit, up: Visit, seconds: float, allowed: float) -> Verdict:
    """503 without Tomcats, and a page soon after they answer again."""
    seen = T(
        "{down}, then {up} after {seconds:.1f} s", down=down.words, up=up.words, seconds=seconds
    )
    return Verdict(down.status == 503 and up.ok and seconds <= allowed, seen)


def judge_closed(statuses: Mapping[str, int]) -> Verdict:
    """Every page was refused."""
    seen = ", ".join(f"{page}: {status or '-'}" for page, status in statuses.items())
    return Verdict(set(statuses.values()) == {403}, seen)


def judge_forged(before: Collection[MemberState], after: Collection[MemberState]) -> Verdict:
    """No member was drained, disabled or anything else that the manager can do."""
    flags = {member.worker_url: member.flags & _BY_HAND for member in before}
    changed = [m for m in after if m.flags & _BY_HAND != flags.get(m.worker_url)]
    if not changed and len(after) == len(before):
        return Verdict(True, T("nothing changed"))
    return Verdict(False, ", ".join(f"{member.route}: {member.status}" for member in changed))


def path(visits: Sequence[Visit]) -> str:
    """Visits in order, for people; those that only count on are drawn together."""
    runs: list[list[Visit]] = []
    for visit in visits:
        last = runs[-1][-1] if runs else None
        if last and last.ok and (visit.node, visit.counter) == (last.node, last.counter + 1):
            runs[-1].append(visit)
        else:
            runs.append([visit])
    return " → ".join(
        run[0].words if len(run) == 1 else f"{run[0].words}-{run[-1].counter}" for run in runs
    )


def _stays(visits: Sequence[Visit], begin: int) -> bool:
    home = visits[0].node
    return all(
        visit.ok and visit.node == visit.route == home and visit.counter == begin + number
        for number, visit in enumerate(visits)
    )
