"""A balancer and its Tomcats in memory, seen through the same ``Target`` as real ones.

``Faults`` makes it wrong in the ways in which real clusters are wrong.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, quote_plus, urlsplit

from installer.remote.operations import Operation, SetService, Shell
from installer.remote.target import OnBytes, OnOutput, Result, Target
from runbook.errors import Failed, Unreachable
from runbook.probes import Answer, Probe, ServiceAt, ServiceState
from runbook.proof_setup import NodeSetup, ProofSetup

NONCE = "b2e0"
Answered = tuple[int, dict[str, str], bytes]


@dataclass
class Faults:
    """What is wrong with the cluster."""

    weights: tuple[int, ...] = ()
    """Load factors that httpd really has."""
    no_sticky: bool = False
    no_failover: bool = False
    no_replication: bool = False
    loses_first_values: bool = False
    open_manager: bool = False
    no_referer_check: bool = False
    manager_is_deaf: bool = False
    never_retries: bool = False
    does_not_start: bool = False
    lonely_starts: int = 0
    """So many starts find no other node, and so no sessions."""
    drain_moves_sessions: bool = False
    standby_takes_part: bool = False
    standby_is_alone: bool = False


@dataclass
class Session:
    counter: int = 0
    payload: str = ""


@dataclass
class Node:
    route: str
    weight: int
    pid: int = 0
    status: int = 0
    """Debt of the balancer, as byrequests counts it."""
    draining: bool = False
    failed: bool = False
    standby: bool = False
    elected: int = 0
    sessions: dict[str, Session] = field(default_factory=dict)


class FakeCluster:
    """``setup`` describes it, ``target`` gives out its hosts; ``name`` is what hosts are called.

    ``on_each`` host are so many nodes, as instances a, b and so on.
    """

    def __init__(
        self,
        nodes: int = 2,
        faults: Faults | None = None,
        name: str = "node",
        network: str = "10.0.0",
        balancer: str = "cluster",
        on_each: int = 1,
        standbys: int = 0,
        one_copy: bool = False,
    ) -> None:
        self.faults = faults or Faults()
        self.unplugged: set[str] = set()
        """Hosts that answer nothing."""
        self.probe_there = True
        """Whether the nodes have the page of the proof."""
        self.asked: list[tuple[str, str, str]] = []
        """Host, method and path of each request."""
        self._pids, self._ids = itertools.count(100), itertools.count(1)
        weights = self.faults.weights or tuple(1 + i % 2 for i in range(nodes))
        self.nodes = [
            Node(f"tomcat{i + 1}", weights[i], pid=next(self._pids)) for i in range(nodes)
        ]
        self.setup = ProofSetup(
            balancer="balancer",
            address=f"{network}.4",
            port=80,
            name=balancer,
            nodes=tuple(
                NodeSetup(
                    f"{name}{i // on_each + 1}",
                    f"tomcat{i + 1}",
                    f"{network}.{5 + i // on_each}",
                    8080 + i % on_each,
                    1 + i % 2,
                    service=f"tomcat-{'abc'[i % on_each]}" if on_each > 1 else "tomcat",
                    standby=i >= nodes - standbys,
                )
                for i in range(nodes)
            ),
            outsider=f"{name}1",
            one_copy=one_copy,
        )
        for node, setup in zip(self.nodes, self.setup.nodes, strict=True):
            node.standby = setup.standby
        self._late: set[str] = set()
        """Sessions that were found without being renamed."""
        self.applied: list[tuple[str, Operation]] = []

    def target(self, name: str) -> Target:
        return cast(Target, FakeTarget(self, name))

    def answer(
        self,
        source: str,
        host: str,
        port: int,
        method: str,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> Answered:
        parts = urlsplit(url)
        self.asked.append((host, method, url))
        if source in self.unplugged:
            raise TimeoutError("timed out")
        if port >= 8080:
            places = [(each.address, each.http_port) for each in self.setup.nodes]
            node = self.nodes[places.index((host, port))]
            if not node.pid:
                raise ConnectionRefusedError("refused")
            if url == "*":
                return 200, {"Allow": "GET"}, b""
            if not self.probe_there:
                return 404, {}, b""
            return self._page(node, parts.query, headers)
        if parts.path in ("/balancer-manager", "/server-status"):
            allowed = source == "balancer" or self.faults.open_manager
            return self._manage(parts.query, body, headers) if allowed else (403, {}, b"")
        return self._balance(parts.query, headers)

    def _balance(self, query: str, headers: Mapping[str, str]) -> Answered:
        route = headers.get("Cookie", "").partition(".")[2]
        owner = next((n for n in self.nodes if n.route == route), None)
        if (
            owner
            and not self.faults.no_sticky
            and not (owner.draining and self.faults.drain_moves_sessions)
        ):
            if owner.pid:
                owner.elected += 1
                return self._page(owner, query, headers)
            owner.failed = True
            if self.faults.no_failover:
                return 503, {}, b""
        while usable := [n for n in self.nodes if not n.draining and not n.failed]:
            if not self.faults.standby_takes_part:
                usable = [n for n in usable if not n.standby] or usable
            for node in usable:
                node.status += node.weight
            chosen = max(usable, key=lambda n: n.status)
            chosen.status -= sum(node.weight for node in usable)
            if chosen.pid:
                chosen.elected += 1
                return self._page(chosen, query, headers)
            chosen.failed = True
        return 503, {}, b""

    def _page(self, node: Node, query: str, headers: Mapping[str, str]) -> Answered:
        asked = headers.get("Cookie", "").rpartition("=")[2]
        base, put = asked.partition(".")[0], parse_qs(query).get("put", [""])[0]
        session = node.sessions.get(base)
        existed = session is not None
        if "peek" not in query:
            if not session:
                base = f"S{next(self._ids)}"
                session = node.sessions[base] = Session()
            session.counter += 1
            session.payload = put or session.payload
            self._replicate(node, base, session)
        id = f"{base}.{node.route}" if session else ""
        owner = next((n for n in self.nodes if asked == f"{base}.{n.route}"), node)
        if self.setup.one_copy and existed and not owner.pid and base not in self._late:
            self._late.add(base)
            id = asked
        lines = {
            "node": node.route,
            "started": str(node.pid),
            "existed": str(existed).lower(),
            "session": id,
            "sessions": str(len(node.sessions)),
            "counter": str(session.counter) if session else "",
            "payload": session.payload if session else "",
        }
        body = "".join(f"{name}={quote_plus(value)}\n" for name, value in lines.items())
        cookie = {"Set-Cookie": f"JSESSIONID={id}; Path=/; HttpOnly"} if id != asked and id else {}
        return 200, cookie, body.encode()

    def _replicate(self, node: Node, base: str, session: Session) -> None:
        for other in self.nodes:
            alone = self.faults.standby_is_alone and other.standby
            if other is not node and other.pid and not self.faults.no_replication and not alone:
                lost = self.faults.loses_first_values and session.counter == 1 and base[-1] == "7"
                copy = Session() if lost else Session(session.counter, session.payload)
                other.sessions[base] = copy

    def _manage(self, query: str, body: bytes | None, headers: Mapping[str, str]) -> Answered:
        trusted = self.faults.no_referer_check or self.setup.address in headers.get("Referer", "")
        trusted = trusted or "127.0.0.1" in headers.get("Referer", "")
        form = {key: values[0] for key, values in parse_qs((body or b"").decode()).items()}
        if form.get("nonce") == NONCE and trusted and not self.faults.manager_is_deaf:
            for node in self.nodes:
                if form["w"] == f"http://{node.route}":
                    node.draining = form["w_status_N"] == "1"
        workers = "".join(
            f"<h:worker><h:name>http://{n.route}</h:name><h:route>{n.route}</h:route>"
            f"<h:loadfactor>{n.weight}</h:loadfactor><h:elected>{n.elected}</h:elected>"
            f"<h:status>Init {'Drn ' if n.draining else ''}{'Err' if n.failed else 'Ok'} "
            f"</h:status></h:worker>"
            for n in self.nodes
        )
        page = (
            f"<?xml version='1.0'?><h:manager xmlns:h='x'><h:balancers><h:balancer>"
            f"<h:name>balancer://{self.setup.name}</h:name><h:nonce>{NONCE}</h:nonce>"
            f"<h:workers>{workers}</h:workers></h:balancer></h:balancers></h:manager>"
        )
        return 200, {}, page.encode()

    def end(self, node: Node) -> None:
        node.pid = 0
        node.sessions.clear()

    def begin(self, node: Node) -> None:
        if self.faults.does_not_start:
            raise Failed("it does not start")
        node.pid = next(self._pids)
        alive = next((n for n in self.nodes if n.pid and n is not node), None)
        self.faults.lonely_starts -= 1
        if alive and not self.faults.no_replication and self.faults.lonely_starts < 0:
            node.sessions = {k: Session(s.counter, s.payload) for k, s in alive.sessions.items()}
        node.failed = self.faults.never_retries


@dataclass
class FakeTarget:
    """One host of the cluster: of ``Target`` what the proof and a watch ask for."""

    cluster: FakeCluster
    name: str

    def _node(self, service: str) -> Node:
        services = [(setup.host, setup.service) for setup in self.cluster.setup.nodes]
        return self.cluster.nodes[services.index((self.name, service))]

    def connect(self) -> None:
        if self.name in self.cluster.unplugged:
            raise Unreachable(f"{self.name} cannot be reached")

    def survey(self, probes: Iterable[Probe]) -> Mapping[Probe, Answer]:
        asked = [probe for probe in probes if isinstance(probe, ServiceAt)]
        pids = [self._node(probe.name).pid for probe in asked]
        states = [ServiceState(True, True, bool(pid), pid) for pid in pids]
        return dict(zip(asked, states, strict=True))

    def apply(self, operation: Operation, on_output: OnOutput | None = None) -> Result:
        self.cluster.applied.append((self.name, operation))
        match operation:
            case Shell(script=script) if script.startswith("kill -9 "):
                (node,) = (
                    n for n in self.cluster.nodes if n.pid == int(script[8:].partition(";")[0])
                )
                self.cluster.end(node)
            case SetService(name=service, action="stop"):
                self.cluster.end(self._node(service))
            case SetService(name=service, action="restart"):
                self.cluster.begin(self._node(service))
        return Result(0)

    def stage(self, path: Path, sha256: str, progress: OnBytes | None = None) -> str:
        return f"/staged/{sha256}"

    @contextmanager
    def http(self, host: str, port: int, timeout: float) -> Iterator[HTTPConnection]:
        yield cast(HTTPConnection, _Connection(self, host, port))


@dataclass
class _Connection:
    target: FakeTarget
    host: str
    port: int

    def request(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> None:
        self._answer = self.target.cluster.answer(
            self.target.name, self.host, self.port, method, url, body, headers
        )

    def getresponse(self) -> _Answer:
        return _Answer(*self._answer)


@dataclass
class _Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def getheaders(self) -> list[tuple[str, str]]:
        return list(self.headers.items())

    def read(self) -> bytes:
        return self.body
