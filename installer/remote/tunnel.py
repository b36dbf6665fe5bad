"""HTTP from the host itself, carried through SSH: the host needs no client, we no open port."""

from __future__ import annotations

import http.client
import io
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import paramiko

from installer.remote.link import BROKEN, Link, hang_up
from installer.remote.relay import relay
from runbook.probes import Answer, Http, Probe, Reply
from runbook.text import T

_BODY_LIMIT = 2 << 20
_AT_ONCE = 8
_FORBIDDEN = 1
"""Code of a channel that an administrator prohibits."""


class TunnelledHTTP(http.client.HTTPConnection):
    """An HTTPConnection whose socket is a channel of an SSH connection."""

    def __init__(
        self, link: Link, host: str, port: int, timeout: float, *, in_all: bool = False
    ) -> None:
        super().__init__(host, port, timeout=timeout)
        self._link, self._seconds, self._in_all = link, timeout, in_all

    def connect(self) -> None:
        """Open the channel; ConnectionRefusedError where nobody listens on the host."""
        deadline = time.monotonic() + self._seconds if self._in_all else None
        done = ExitStack()
        try:
            channel = self._link.tunnel(self.host, self.port, self._seconds)
        except paramiko.ChannelException as refusal:
            if refusal.code != _FORBIDDEN:
                raise ConnectionRefusedError(T("connection refused")) from refusal
            with ExitStack() as opened:
                channel = relay(opened, self._link, self.host, self.port, self._seconds)
                done = opened.pop_all()
        except BROKEN as error:
            if self._link.connection().is_connected and "Timeout" in str(error):
                raise TimeoutError(T("timed out")) from error
            raise ConnectionError(str(error) or T("connection lost")) from error
        channel.settimeout(self._seconds)
        done.callback(hang_up, channel)
        self.sock = _Socket(channel, deadline, done.close)


class _Socket:
    """What http.client needs of a socket, over a channel; with a deadline for all, if any.

    Like a real socket it stays open until it and all that ``makefile`` gave are closed:
    http.client closes it as soon as the headers say "close", and reads on from the rest.
    """

    def __init__(
        self, channel: paramiko.Channel, deadline: float | None, done: Callable[[], None]
    ) -> None:
        self._channel, self._deadline, self._done = channel, deadline, done
        self._users = 1

    def sendall(self, data: Any) -> None:
        self._channel.sendall(data)

    def makefile(self, mode: str, *args: Any) -> io.BufferedReader:
        self._users += 1
        return io.BufferedReader(_Reader(self._channel, self._deadline, self.close))

    def close(self) -> None:
        self._users -= 1
        if self._users == 0:
            self._done()


class _Reader(io.RawIOBase):
    """One reader of a channel."""

    def __init__(
        self, channel: paramiko.Channel, deadline: float | None, done: Callable[[], None]
    ) -> None:
        self._channel, self._deadline, self._done = channel, deadline, done

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(T("timed out"))
            self._channel.settimeout(left)
        data = self._channel.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._done()
        super().close()


def ask_all(link: Link, probes: Iterable[Http]) -> dict[Probe, Answer]:
    """Ask all at once; an error is an answer too."""
    wanted = list(probes)
    if not wanted:
        return {}
    with ThreadPoolExecutor(min(_AT_ONCE, len(wanted)), "http") as pool:
        replies = pool.map(lambda probe: ask(link, probe), wanted)
        return dict(zip(wanted, replies, strict=True))


def ask(link: Link, probe: Http) -> Reply:
    """One GET; redirects are not followed."""
    connection = TunnelledHTTP(link, probe.host, probe.port, probe.timeout, in_all=True)
    try:
        given = {name.lower() for name, _ in probe.headers}
        connection.putrequest(
            "GET", probe.path, skip_host="host" in given, skip_accept_encoding=True
        )
        for name, value in probe.headers:
            connection.putheader(name, value)
        if "connection" not in given:
            connection.putheader("Connection", "close")
        connection.endheaders()
        with connection.getresponse() as response:
            body = response.read(_BODY_LIMIT)
            if response.length and len(body) < _BODY_LIMIT:
                raise http.client.IncompleteRead(body, response.length)
            return Reply(response.status, tuple(response.getheaders()), body)
    except (*BROKEN, http.client.HTTPException, ValueError) as error:
        late = str(T("timed out")) if isinstance(error, TimeoutError) else type(error).__name__
        return Reply(0, error=str(error) or late)
    finally:
        connection.close()
