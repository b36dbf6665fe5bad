"""HTTP through a channel: what comes late comes all the same."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from installer.remote.link import Link
from installer.remote.tunnel import ask
from runbook.probes import Http


class SocketAsChannel:
    """A TCP socket with the few methods of a channel that are used."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))

    def settimeout(self, seconds: float) -> None:
        self._socket.settimeout(seconds)

    def sendall(self, data: bytes) -> None:
        self._socket.sendall(data)

    def recv(self, size: int) -> bytes:
        return self._socket.recv(size)

    def close(self) -> None:
        self._socket.close()


class DirectLink:
    """A link whose tunnels are plain connections to this machine."""

    def tunnel(self, host: str, port: int, seconds: float) -> Any:
        return SocketAsChannel(port)


@contextmanager
def server(*parts: bytes) -> Iterator[int]:
    """Answers one request with these parts, a pause between them; yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            for part in parts:
                connection.sendall(part)
                time.sleep(0.05)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    thread.join(5)
    listener.close()


HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    "parts",
    [
        (HEAD + b"Content-Length: 10\r\n\r\n", b"01234", b"56789"),
        (
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
            b"5\r\n01234\r\n",
            b"5\r\n56789\r\n0\r\n\r\n",
        ),
        (HEAD + b"\r\n", b"01234", b"56789"),
    ],
    ids=["length", "chunked", "until the end"],
)
def test_a_body_that_comes_after_the_headers_is_read_whole(parts: tuple[bytes, ...]) -> None:
    with server(*parts) as port:
        reply = ask(cast(Link, DirectLink()), Http(port))
    assert (reply.status, reply.body, reply.error) == (200, b"0123456789", "")


def test_a_body_that_ends_too_early_is_an_error() -> None:
    with server(HEAD + b"Content-Length: 10\r\n\r\n", b"01234") as port:
        reply = ask(cast(Link, DirectLink()), Http(port))
    assert reply.status == 0
    assert reply.error
