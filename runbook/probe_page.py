"""What the probe application answers, as a record (the page itself: assets/probe/index.jsp)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote_plus

CONTEXT = "/catherd-probe"


@dataclass(frozen=True)
class Visit:
    """One request for the probe page: who answered, and what that node knew of the session."""

    status: int
    """HTTP status; 0 means that no answer came, and ``error`` says why."""
    node: str = ""
    """The jvmRoute of the Tomcat that answered, as that Tomcat says it."""
    session: str = ""
    """The session's id, or an empty string where there is none."""
    existed: bool = False
    """Whether the node knew the session before this request."""
    counter: int = 0
    """Visits counted in the session, this one included."""
    payload: str = ""
    started: int = 0
    """When the node's JVM began, in milliseconds since 1970."""
    sessions: int | None = None
    """How many sessions the node holds, copies of those of other nodes included; None: unknown."""
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether the page came from the probe application."""
        return self.status == 200 and bool(self.node)

    @property
    def route(self) -> str:
        """The route at the end of the session's id, by which the balancer finds its node."""
        return self.session.partition(".")[2]

    @property
    def words(self) -> str:
        """The visit in a few words for people."""
        if self.ok:
            return f"200 {self.node} #{self.counter}" if self.session else f"200 {self.node}"
        return " ".join(word for word in (str(self.status or ""), self.error) if word)


def read_page(status: int, body: bytes) -> Visit:
    """Read an answer; one that is not the probe's own is a visit without a node."""
    lines = (line.partition("=") for line in body.decode("utf-8", "replace").splitlines())
    values = {name: unquote_plus(value) for name, _, value in lines}
    if "node" not in values:
        return Visit(status, error=values.get("error", ""))
    return Visit(
        status=status,
        node=values["node"],
        session=values.get("session", ""),
        existed=values.get("existed") == "true",
        counter=_number(values.get("counter")),
        payload=values.get("payload", ""),
        started=_number(values.get("started")),
        sessions=_number(values["sessions"]) if values.get("sessions") else None,
        error=values.get("error", ""),
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0
