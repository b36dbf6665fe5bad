"""A steady load of visitors with sessions, and what became of each request and each session.

Open loop: a request leaves when its time has come, however the ones before fare, so a cluster that
stalls is not spared. A visitor has one request under way at a time, so that the counter in the
session tells to the last visit whether anything was lost.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from runbook.probe_page import CONTEXT, Visit, read_page

PATIENCE = 90.0
"""Seconds that a visitor waits for an answer: more than httpd itself waits for a node."""
SLOW = 1.0
"""Seconds from which an answer counts as a disturbance."""


@dataclass(frozen=True)
class Asked:
    """One request and how it ended; times are of this machine's clock."""

    visitor: int
    method: str
    route: str
    """The node that the session belonged to when the request left."""
    due: float
    sent: float
    ended: float
    status: int
    error: str
    node: str

    @property
    def ok(self) -> bool:
        return self.status == 200

    @property
    def seconds(self) -> float:
        return self.ended - self.sent

    @property
    def outcome(self) -> str:
        return self.error or str(self.status)


@dataclass
class Guest:
    """A visitor: a cookie, and the counter that the session must show."""

    number: int
    cookie: str = ""
    counted: int = 0
    """Visits that were answered: the counter shows at least these."""
    unsure: int = 0
    """Visits since then that failed: each may or may not have been counted."""
    payloads: tuple[str, ...] = ("",)
    """What the session may hold."""
    begun: bool = False
    lost: str = ""
    """Why the session counts as lost."""
    twice: int = 0
    """Visits that were counted twice: httpd had asked a second node."""

    @property
    def route(self) -> str:
        return self.cookie.partition(".")[2]

    def judge(self, visit: Visit, counts: bool) -> None:
        """Hold an answer against what is known of the session."""
        low = self.counted + counts
        if self.begun and not visit.existed:
            self.lost = self.lost or f"unknown to {visit.node}"
        elif visit.counter < low:
            self.lost = self.lost or f"counter {visit.counter} where {low} was due"
        elif visit.payload not in self.payloads:
            self.lost = self.lost or f"value {visit.payload!r} of {self.payloads!r}"
        self.twice += max(0, visit.counter - low - self.unsure)
        self.begun, self.counted, self.unsure = True, visit.counter, 0
        self.payloads = (visit.payload,)


@dataclass(frozen=True)
class Plan:
    """What the load is made of."""

    port: int
    guests: int = 200
    rate: float = 60.0
    slow_every: int = 10
    """Each how many requests one takes long; 0 for none."""
    slow_millis: int = 500
    host: str = "127.0.0.1"

    def kinds(self) -> Iterator[tuple[str, str]]:
        """Method and page of each request in turn: two visits, a form that is sent, a look."""
        for number in itertools.count(1):
            method = "POST" if number % 4 == 3 else "PEEK" if number % 4 == 0 else "GET"
            slow = self.slow_every and number % self.slow_every == 0
            yield method, f"pause.jsp?pause={self.slow_millis}&" if slow else "?"


@dataclass
class Load:
    """A load that runs in a thread of its own between ``start`` and ``stop``."""

    plan: Plan
    asked: list[Asked] = field(default_factory=list)
    under_way: dict[int, Asked] = field(default_factory=dict)
    held_up: int = 0
    """Requests whose time came while every visitor was still waiting for an answer."""

    def __post_init__(self) -> None:
        self.guests = [Guest(number) for number in range(self.plan.guests)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def start(self) -> None:
        """Begin every session, one after the other, then go on in the background."""
        asyncio.run(self._begin())
        self._thread.start()

    def stop(self) -> None:
        """Send no more; wait for the answers that are due, then look at every session."""
        self._stop.set()
        self._thread.join()
        asyncio.run(self._last_look())

    @property
    def lost(self) -> dict[int, str]:
        """Visitors whose session was lost, and why."""
        return {guest.number: guest.lost for guest in self.guests if guest.lost}

    async def _begin(self) -> None:
        for guest in self.guests:
            await self._visit(guest, "GET", f"?put=value-{guest.number}&", time.time())
        self.asked.clear()

    async def _last_look(self) -> None:
        for guest in self.guests:
            await self._visit(guest, "PEEK", "?", time.time())

    async def _run(self) -> None:
        idle = deque(self.guests)
        tasks: set[asyncio.Task[None]] = set()

        async def serve(guest: Guest, method: str, page: str, due: float) -> None:
            await self._visit(guest, method, page, due)
            idle.append(guest)

        began = time.time()
        for number, (method, page) in enumerate(self.plan.kinds()):
            due = began + number / self.plan.rate
            if (wait := due - time.time()) > 0:
                await asyncio.sleep(wait)
            if self._stop.is_set():
                break
            if not idle:
                self.held_up += 1
                continue
            task = asyncio.create_task(serve(idle.popleft(), method, page, due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)

    async def _visit(self, guest: Guest, method: str, page: str, due: float) -> None:
        counts = method != "PEEK"
        query, body = page, ""
        if method == "PEEK":
            query += "peek=1"
        elif method == "POST":
            body = f"put=value-{guest.number}-{guest.counted}"
            guest.payloads += (body.removeprefix("put="),)
        elif "put=" in page:
            guest.payloads += (f"value-{guest.number}",)
        sent = time.time()
        begun = Asked(guest.number, method, guest.route, due, sent, sent, 0, "", "")
        self.under_way[guest.number] = begun
        status, error, visit, cookie = await self._ask(guest.cookie, query, body)
        if cookie:
            guest.cookie = cookie
        if status == 200 and visit.ok:
            if method == "POST":
                guest.payloads = (body.removeprefix("put="),)
            guest.judge(visit, counts)
        else:
            guest.unsure += counts
        del self.under_way[guest.number]
        self.asked.append(
            Asked(
                guest.number,
                method,
                begun.route,
                due,
                sent,
                time.time(),
                status,
                error,
                visit.node,
            )
        )

    async def _ask(self, cookie: str, query: str, body: str) -> tuple[int, str, Visit, str]:
        """Status, what went wrong, the page, and the session's new id where there is one."""
        lines = [
            f"{'POST' if body else 'GET'} {CONTEXT}/{query} HTTP/1.1",
            f"Host: {self.plan.host}:{self.plan.port}",
            "Connection: close",
            *([f"Cookie: JSESSIONID={cookie}"] if cookie else []),
        ]
        if body:
            lines += ["Content-Type: application/x-www-form-urlencoded"]
            lines += [f"Content-Length: {len(body)}"]
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_connection(self.plan.host, self.plan.port)
                try:
                    writer.write(("\r\n".join([*lines, "", ""]) + body).encode())
                    answer = await reader.read(-1)
                finally:
                    writer.close()
        except (OSError, TimeoutError) as problem:
            return 0, type(problem).__name__, Visit(0), ""
        head, _, content = answer.partition(b"\r\n\r\n")
        first, *headers = head.decode("latin-1").split("\r\n")
        words = first.split()
        if len(words) < 2 or not words[1].isdigit():
            return 0, "no answer", Visit(0), ""
        given = [line for line in headers if line.lower().startswith("set-cookie: jsessionid=")]
        new = given[-1].split("=", 1)[1].split(";")[0] if given else ""
        chunked = any(line.lower() == "transfer-encoding: chunked" for line in headers)
        visit = read_page(int(words[1]), _unchunked(content) if chunked else content)
        if visit.status == 200 and not visit.ok:
            return 0, "cut off", visit, new
        return visit.status, "", visit, new


def _unchunked(content: bytes) -> bytes:
    whole = b""
    while content:
        size, _, content = content.partition(b"\r\n")
        length = int(size.split(b";")[0] or b"0", 16)
        whole, content = whole + content[:length], content[length + 2 :]
    return whole


@dataclass(frozen=True)
class Window:
    """What was asked between two moments, seen from an event in between."""

    asked: Sequence[Asked]
    event: float
    """When the event began."""
    done: float
    """When it had taken effect: for a process that is killed, when its port was gone."""
    node: str
    """The node that it struck; empty where it struck none."""

    @property
    def failed(self) -> list[Asked]:
        return [each for each in self.asked if not each.ok]

    @property
    def in_flight(self) -> list[Asked]:
        """What was on its way to the node, or in it, when that happened."""
        return [
            each
            for each in self.asked
            if each.route == self.node and each.sent <= self.done and each.ended > self.event
        ]

    @property
    def failed_later(self) -> list[Asked]:
        """What failed although it was not in flight at that moment."""
        in_flight = {id(each) for each in self.in_flight}
        return [each for each in self.failed if id(each) not in in_flight]

    @property
    def longest(self) -> float:
        return max((each.seconds for each in self.asked), default=0.0)

    @property
    def median(self) -> float:
        return statistics.median(each.seconds for each in self.asked)

    @property
    def recovered(self) -> float:
        """Seconds from the event until no later request failed or was slow any more."""
        in_flight = set(map(id, self.in_flight))
        late = [each for each in self.asked if id(each) not in in_flight]
        hurt = [e.ended for e in late if not e.ok or e.seconds > SLOW]
        return max(0.0, max(hurt) - self.event) if hurt else 0.0

    @property
    def outcomes(self) -> str:
        """How the failed ones ended, and when, counted from the event."""
        counts = Counter(each.outcome for each in self.failed)
        if not counts:
            return ""
        first = min(each.sent for each in self.failed) - self.event
        last = max(each.sent for each in self.failed) - self.event
        kinds = ", ".join(f"{count}x {what}" for what, count in counts.items())
        return f"{kinds}; sent {first:+.2f} to {last:+.2f} s"
