"""The cluster as the trials use it: its doors, its nodes to kill and start, its restoration."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from installer.engine.manager import Manager
from installer.engine.visitor import Door, Visitor
from installer.remote.operations import SetService, Shell
from installer.remote.target import Target
from runbook.errors import CatherdError, Failed
from runbook.probes import ServiceAt, ServiceState
from runbook.proof_setup import NodeSetup, ProofSetup, by_host
from runbook.text import T, Text

PAUSE = 0.05
"""Seconds between two looks at something that is about to become true."""
GONE = 5.0
"""Seconds until a killed process has vanished from the service manager."""
START = 120.0
"""Seconds that a Tomcat may take until it serves the probe page."""

Seen = TypeVar("Seen")
TargetOf = Callable[[str], Target]


class Stopped(Failed):
    """The operator wanted to stop."""


def killing(pid: int) -> str:
    """Shell that ends a process at once, and waits until the kernel holds nothing for it any more.

    The threads of a process end one after the other, and the last one closes its sockets: a
    connection that is opened before that is answered by nobody, and its visitor gets a 502.
    """
    return (
        f"kill -9 {pid}; n=0; while kill -0 {pid} 2>/dev/null && [ $n -lt 100 ];"
        " do n=$((n+1)); sleep 0.05 2>/dev/null || sleep 1; done"
    )


@dataclass
class Ground:
    """What the trials stand on; remembers what they took down."""

    setup: ProofSetup
    target_of: TargetOf
    cancelled: Callable[[], bool]
    """Asked in every wait: whether the operator wants to stop."""
    _down: set[str] = field(default_factory=set)
    _drained_before: frozenset[str] = frozenset()
    _restoring: bool = False

    def __post_init__(self) -> None:
        inside = self.target_of(self.setup.balancer)
        self.door = Door(inside, self.setup.inside, self.setup.port)
        self.manager = Manager(self.door, self.setup.name)

    def newcomer(self) -> Visitor:
        """A visitor at the balancer who has no session yet."""
        return Visitor(self.door)

    def door_of(self, node: NodeSetup) -> Door:
        """The node's own port, reached on the node itself: the balancer is not asked."""
        return Door(self.target_of(node.host), node.address, node.http_port)

    def node(self, route: str) -> NodeSetup:
        """The node with that route."""
        for node in self.setup.nodes:
            if node.route == route:
                return node
        raise Failed(
            T("An unknown node answered: {route}.", route=route or "-"),
            remedy=T("Give each Engine the jvmRoute that its BalancerMember has as route."),
        )

    def others(self, route: str) -> list[NodeSetup]:
        """All nodes but the one with that route."""
        return [node for node in self.setup.nodes if node.route != route]

    def ready(self) -> None:
        """Wait until every node serves the probe page and the balancer uses every node."""
        for node in self.setup.nodes:
            self.manager.member(node.route)
            self.await_page(node)
        self.await_members()
        self._drained_before = self._drained()

    def await_page(self, node: NodeSetup) -> None:
        """Wait until a node serves the probe page itself."""
        self.wait(
            Visitor(self.door_of(node)).peek,
            lambda visit: visit.ok,
            START,
            lambda visit: T(
                "{node} does not serve the probe: {seen}", node=node.name, seen=visit.words
            ),
        )

    def await_members(self) -> None:
        """Wait until httpd uses every member; without health checks it wants to be asked."""

        def unusable() -> list[str]:
            self.newcomer().peek()
            return [f"{m.route}: {m.status}" for m in self.manager.members() if not m.usable]

        self.wait(
            unusable,
            lambda found: not found,
            self.setup.retry + START / 2,
            lambda found: T("The balancer does not use {members}.", members=", ".join(found)),
        )

    def kill(self, node: NodeSetup) -> None:
        """End the node's process as a power cut would, and wait until it is gone."""
        pid = self._state(node).pid
        if not pid:
            what = T(
                "No process of {service} runs on {host}.", service=node.service, host=node.host
            )
            raise Failed(what)
        self._down.add(node.route)
        self.target_of(node.host).apply(Shell(killing(pid)))
        self.wait(
            lambda: self._state(node).pid,
            lambda now: now != pid,
            GONE,
            lambda now: T("Process {pid} on {host} outlives kill -9.", pid=now, host=node.host),
        )

    def stop(self, nodes: Sequence[NodeSetup]) -> None:
        """Stop nodes in good order, those of different hosts at the same time."""
        self._down |= {node.route for node in nodes}

        def stop(of_one_host: list[NodeSetup]) -> None:
            for node in of_one_host:
                self.target_of(node.host).apply(SetService(node.service, action="stop"))

        with ThreadPoolExecutor(min(16, len(nodes))) as pool:
            list(pool.map(stop, by_host(nodes)))

    def start(self, node: NodeSetup) -> None:
        """Start a node, unless its manager did, and wait until it serves the probe page."""
        if not self._state(node).running:
            operation = SetService(node.service, action="restart", reads=node.reads)
            self.target_of(node.host).apply(operation)
        self.await_page(node)
        self._down.discard(node.route)

    def restore(self) -> None:
        """Bring the cluster back to how it was found; tries all, then raises ``Failed``."""
        self._restoring = True
        errors: list[CatherdError] = []
        try:
            for route in sorted(self._down):
                with _collecting(errors):
                    self.start(self.node(route))
            with _collecting(errors):
                for route in sorted(self._drained() - self._drained_before):
                    self.manager.set(route, "N", False)
            if not errors:
                with _collecting(errors):
                    self.await_members()
        finally:
            self._restoring = False
        if errors:
            raise Failed(
                T("The cluster is not whole again after a trial: {why}", why=errors[0].what),
                errors[0].where,
                T("“catherd verify” names what is wrong, “catherd run” mends it."),
            ) from errors[0]

    def look(
        self, look: Callable[[], Seen], enough: Callable[[Seen], bool], seconds: float
    ) -> Seen:
        """Look again and again until it is enough or time is up; returns the last look."""
        deadline = time.monotonic() + seconds
        while not enough(seen := look()) and time.monotonic() < deadline:
            self.heed()
            time.sleep(PAUSE)
        return seen

    def heed(self) -> None:
        """Stop here if the operator wants to; a restoration is not given up half-way."""
        if self.cancelled() and not self._restoring:
            raise Stopped(T("The proof was stopped; the cluster is as it was."))

    def wait(
        self,
        look: Callable[[], Seen],
        enough: Callable[[Seen], bool],
        seconds: float,
        complaint: Callable[[Seen], Text],
    ) -> Seen:
        """Like ``look``; raises ``Failed`` with the complaint where it never was enough."""
        seen = self.look(look, enough, seconds)
        if not enough(seen):
            raise Failed(complaint(seen), T("Waited for {seconds:.0f} s.", seconds=seconds))
        return seen

    def _drained(self) -> frozenset[str]:
        return frozenset(member.route for member in self.manager.members() if member.draining)

    def _state(self, node: NodeSetup) -> ServiceState:
        probe = ServiceAt(node.service, node.reads)
        state = self.target_of(node.host).survey([probe])[probe]
        assert isinstance(state, ServiceState)
        return state


@contextmanager
def _collecting(errors: list[CatherdError]) -> Iterator[None]:
    try:
        yield
    except CatherdError as error:
        errors.append(error)
