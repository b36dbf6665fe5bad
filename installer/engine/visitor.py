"""A visitor of the probe application: keeps cookies as a browser does, and tells what it saw."""

from __future__ import annotations

from http.client import HTTPException

from installer.remote.target import Target
from runbook.errors import CatherdError
from runbook.probe_page import CONTEXT, Visit, read_page
from runbook.probes import Reply

TIMEOUT = 15.0


class Door:
    """One way in: an address and port, reached from a host through its SSH connection."""

    def __init__(self, target: Target, address: str, port: int, timeout: float = TIMEOUT) -> None:
        self.target, self.address, self.port = target, address, port
        self._timeout = timeout

    @property
    def authority(self) -> str:
        """The address as it stands in a URL, with its port where it is not 80."""
        name = f"[{self.address}]" if ":" in self.address else self.address
        return name if self.port == 80 else f"{name}:{self.port}"

    def ask(
        self,
        path: str,
        headers: dict[str, str] | None = None,
        method: str = "GET",
        body: bytes | None = None,
    ) -> Reply:
        """Send one request over a connection of its own; no answer is a reply of status 0."""
        sent = {"Host": self.authority, "Connection": "close", **(headers or {})}
        try:
            with self.target.http(self.address, self.port, self._timeout) as connection:
                connection.request(method, path, body, sent)
                answer = connection.getresponse()
                return Reply(answer.status, tuple(answer.getheaders()), answer.read())
        except CatherdError as error:
            return Reply(0, error=str(error.what))
        except (OSError, HTTPException) as error:
            return Reply(0, error=str(error) or type(error).__name__)


class Visitor:
    """Somebody with a cookie jar in front of a door; a new one has no session."""

    def __init__(self, door: Door, cookies: dict[str, str] | None = None) -> None:
        self._door = door
        self._cookies = dict(cookies or {})

    def visit(self, put: str = "") -> Visit:
        """Ask for the page, which counts; ``put`` leaves a value in the session."""
        return self._ask(f"?put={put}" if put else "")

    def peek(self) -> Visit:
        """Look only: begins no session and counts nothing."""
        return self._ask("?peek=1")

    def at(self, door: Door) -> Visitor:
        """The same cookies in front of another door; what happens there is not brought back."""
        return Visitor(door, self._cookies)

    def _ask(self, query: str) -> Visit:
        jar = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        reply = self._door.ask(f"{CONTEXT}/{query}", {"Cookie": jar} if jar else None)
        for name, value in reply.headers:
            if name.lower() == "set-cookie":
                key, _, content = value.partition(";")[0].partition("=")
                self._cookies[key.strip()] = content.strip()
        if not reply.status:
            return Visit(0, error=reply.error)
        return read_page(reply.status, reply.body)
