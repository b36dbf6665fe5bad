"""Watches a cluster at work: one small request to each host every second or two, nothing else.

The balancer is asked for its manager's page, as a browser on it would. A Tomcat is asked
``OPTIONS *``, which its connector answers itself: no application is touched and no session begun.
Only while the proof has its page there is a node asked for that page instead, which also tells
how many sessions it holds. Nothing else that Catherd installs could tell: Tomcat shows that to
its manager application and to JMX, which stay closed, and a heap histogram stops the JVM.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from installer.engine.manager import FLAGS, Manager
from installer.engine.visitor import TIMEOUT, Door
from installer.remote.target import Target
from runbook.cluster import Cluster
from runbook.errors import CatherdError, NotPermitted
from runbook.node import Node
from runbook.probe_page import CONTEXT, read_page
from runbook.software.balancer_manager import MemberState
from runbook.text import T, Text

PACE = 1.5
"""Seconds between two looks at a host."""
PATIENCE = 4.0
"""Seconds that a host has for an answer."""
KEPT = 120
"""Looks that the history of a member goes back."""

State = Literal["ok", "drain", "disabled", "failed", "down", "up", "unknown"]
WORDS: dict[State, Text] = {
    "ok": T("in service"),
    "drain": T("draining"),
    "disabled": T("disabled"),
    "failed": T("failed"),
    "down": T("down"),
    "up": T("answers"),
    "unknown": T("not known"),
}
GLYPHS: dict[State, str] = {
    "ok": "●", "drain": "◐", "disabled": "○", "failed": "✗", "down": "✗", "up": "◌", "unknown": "?",
}  # fmt: skip


@dataclass(frozen=True)
class Member:
    """A Tomcat as its balancer and it itself tell of it."""

    name: str
    """Its host, and which Tomcat there where it has several."""
    route: str
    address: str
    state: State = "unknown"
    status: str = ""
    """httpd's own words."""
    loadfactor: float = 0.0
    share: float = 0.0
    """Its part of all new sessions, as the load factors say; 0 to 1."""
    elected: int | None = None
    """Requests that httpd has sent it since it was started."""
    rate: float | None = None
    """The same, a second, since the look before."""
    sessions: int | None = None
    """Sessions that it holds, copies of those of other nodes included; None: not known."""
    history: tuple[float, ...] = ()
    """Rates of the last looks, oldest first."""
    error: Text = ""
    """Why it does not answer."""
    silent: float = 0.0
    """Seconds since it last answered, where it does not."""


@dataclass(frozen=True)
class Snapshot:
    """The cluster at one moment."""

    members: tuple[Member, ...]
    known: bool = False
    """Whether the balancer has been asked at all."""
    error: Text = ""
    """Why the balancer does not answer; what is told of the members is then their own word only."""
    where: Text = ""
    silent: float = 0.0
    """Seconds since it last answered, where it does not."""

    @property
    def rate(self) -> float | None:
        """Requests a second that the balancer has passed on."""
        rates = [each.rate for each in self.members if each.rate is not None]
        return sum(rates) if rates else None

    @property
    def in_service(self) -> int:
        """How many members take new visitors."""
        return sum(each.state == "ok" for each in self.members)


@dataclass
class _Heard:
    """What the balancer or one Tomcat said last."""

    asked: bool = False
    error: Text = ""
    where: Text = ""
    answered: float = field(default_factory=time.monotonic)


class Watch:
    """Asks each from a thread of its own, so that one that is silent holds up no other."""

    def __init__(self, cluster: Cluster, targets: Mapping[str, Target], pace: float = PACE) -> None:
        self._targets, self._pace = targets, pace
        balancer = cluster.balancer
        door = Door(targets[balancer.name], "127.0.0.1", balancer.port, PATIENCE)
        self._balancer = balancer.name
        self._manager = Manager(door, cluster.name)
        nodes = cluster.nodes
        self._doors = {node.name: self._door(node, PATIENCE) for node in nodes}
        self._pages = {node.name: self._door(node, TIMEOUT) for node in nodes}
        """To the page of the proof, which Tomcat compiles when it is asked for it first."""
        self._members = {
            node.name: Member(node.name, node.route, f"{node.url_host}:{node.http_port}")
            for node in nodes
        }
        self._hosts = {balancer.name: balancer.name} | {node.name: node.host for node in nodes}
        self._heard = {name: _Heard() for name in (self._balancer, *self._members)}
        self._states: dict[str, MemberState] = {}
        self._looked = 0.0
        self._rates: dict[str, deque[float]] = {name: deque(maxlen=KEPT) for name in self._members}
        self._guard = threading.Lock()
        self._end = threading.Event()
        self._wakes: list[threading.Event] = []
        self._refused: set[str] = set()
        """Hosts that did not let us in; they are not asked again before somebody wants it."""
        self.proving = False
        """Whether the page of the proof may be there, which tells of sessions."""

    @property
    def watching(self) -> bool:
        """Whether hosts are being asked."""
        return bool(self._wakes)

    def start(self) -> None:
        """Begin, or go on."""
        if self._wakes:
            return
        self._end = threading.Event()
        for name in self._heard:
            wake = threading.Event()
            self._wakes.append(wake)
            args = (name, self._end, wake)
            threading.Thread(target=self._follow, args=args, name="watch", daemon=True).start()

    def stop(self) -> None:
        """Ask nobody any more; what is under way ends by itself."""
        self._end.set()
        wakes, self._wakes = self._wakes, []
        for wake in wakes:
            wake.set()

    def refresh(self) -> None:
        """Look now, also at a host that has refused us."""
        self._refused.clear()
        for wake in self._wakes:
            wake.set()

    def drain(self, name: str) -> None:
        """Let a member keep its sessions and get no new ones. Speaks to the balancer.

        :raises Failed: the member did not change
        """
        self._manager.set(self._members[name].route, "N", True)

    def enable(self, name: str) -> None:
        """Let a member take new visitors again. Speaks to the balancer.

        :raises Failed: the member did not change
        """
        member = self._manager.member(self._members[name].route)
        for flag, word in FLAGS.items():
            if word in member.flags:
                self._manager.set(member.route, flag, False)

    def look(self, name: str) -> None:
        """Ask the balancer or one Tomcat once; never raises a ``CatherdError``."""
        try:
            if name == self._balancer:
                self._look_at_balancer()
            else:
                self._look_at_node(name)
        except CatherdError as error:
            self._failed(name, error.what, error.where or "")

    def snapshot(self) -> Snapshot:
        """What is known now; asks nobody."""
        now = time.monotonic()
        with self._guard:
            heard = self._heard[self._balancer]
            members = tuple(self._member(name, now) for name in self._members)
        silent = now - heard.answered if heard.error else 0.0
        return Snapshot(members, heard.asked, heard.error, heard.where, silent)

    def _follow(self, name: str, end: threading.Event, wake: threading.Event) -> None:
        connected = False
        while not end.is_set():
            wake.clear()
            connected = connected or (
                self._hosts[name] not in self._refused and self._connect(name)
            )
            if connected:
                self.look(name)
            if not end.is_set():
                wake.wait(self._pace)

    def _connect(self, name: str) -> bool:
        try:
            self._targets[self._hosts[name]].connect()
        except CatherdError as error:
            if isinstance(error, NotPermitted):
                self._refused.add(self._hosts[name])
            self._failed(name, error.what, error.where or "")
            return False
        return True

    def _failed(self, name: str, what: Text, where: Text = "") -> None:
        with self._guard:
            heard = self._heard[name]
            heard.asked, heard.error, heard.where = True, what, where
            if name == self._balancer:
                self._states, self._looked = {}, 0.0
            else:
                self._members[name] = replace(self._members[name], sessions=None)

    def _answered(self, name: str) -> None:
        self._heard[name] = _Heard(asked=True)

    def _look_at_balancer(self) -> None:
        found = {member.route: member for member in self._manager.members()}
        now = time.monotonic()
        with self._guard:
            before, since = self._states, now - self._looked
            self._states, self._looked = found, now
            self._answered(self._balancer)
            for name, member in self._members.items():
                rate = _rate(before.get(member.route), found.get(member.route), since)
                self._members[name] = replace(member, rate=rate)
                self._rates[name].append(rate or 0.0)

    def _look_at_node(self, name: str) -> None:
        if self.proving:
            reply = self._pages[name].ask(f"{CONTEXT}/?peek=1")
            sessions = read_page(reply.status, reply.body).sessions
        else:
            reply, sessions = self._doors[name].ask("*", method="OPTIONS"), None
        with self._guard:
            self._members[name] = replace(self._members[name], sessions=sessions)
            if reply.status:
                self._answered(name)
        if not reply.status:
            self._failed(name, reply.error)

    def _door(self, node: Node, patience: float) -> Door:
        return Door(self._targets[node.host], node.address, node.http_port, patience)

    def _member(self, name: str, now: float) -> Member:
        heard, member = self._heard[name], self._members[name]
        seen = self._states.get(member.route)
        whole = sum(each.loadfactor for each in self._states.values() if not each.stands_by)
        member = replace(
            member,
            state=_state(heard, self._heard[self._balancer], seen),
            error=heard.error,
            silent=now - heard.answered if heard.error else 0.0,
            history=tuple(self._rates[name]),
            rate=member.rate if seen else None,
        )
        if seen is None:
            return member
        share = seen.loadfactor / whole if whole and not seen.stands_by else 0.0
        return replace(
            member,
            status=seen.status,
            loadfactor=seen.loadfactor,
            share=share,
            elected=seen.elected,
        )


def _rate(before: MemberState | None, now: MemberState | None, seconds: float) -> float | None:
    """Requests a second; unknown at first, and when httpd has begun to count anew."""
    if before is None or now is None or seconds <= 0 or now.elected < before.elected:
        return None
    return (now.elected - before.elected) / seconds


def _state(heard: _Heard, balancer: _Heard, seen: MemberState | None) -> State:
    """The node's own silence counts first: httpd may not have noticed yet."""
    if heard.asked and heard.error:
        return "down"
    if seen is None:
        return "up" if heard.asked else "unknown"
    if seen.draining:
        return "drain"
    if seen.flags & {"Dis", "Stop"}:
        return "disabled"
    return "ok" if seen.usable else "failed"
