"""A transport that tells silence from death, and remembers what the server said last."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Sequence
from typing import Any

import paramiko

KEEPALIVE = 10.0
"""Seconds of silence after which the server is asked for a sign of life."""
SILENCE = 30.0
"""Seconds of silence after which it is taken for gone."""


class Wire(paramiko.Transport):  # type: ignore[misc] # paramiko is untyped
    """An SSH transport, over a socket or through another host."""

    def __init__(self, sock: Any, known_types: Sequence[str] = (), **options: Any) -> None:
        """Ask first for the kinds of host key that are known."""
        self.farewell = ""
        """Why the server hung up, in its own words."""
        self._heard = _Heard(sock)
        super().__init__(self._heard, **options)
        names = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")}
        first = [name for type_ in known_types for name in names.get(type_, (type_,))]
        security = self.get_security_options()
        offered = security.key_types
        security.key_types = [
            *(name for name in first if name in offered),
            *(name for name in offered if name not in first),
        ]

    @property
    def last_words(self) -> str:
        """What the server told whoever tried to log in: why it hung up, or its banner."""
        banner = getattr(self.auth_handler, "banner", None) or b""
        return self.farewell or banner.decode("utf-8", "replace").strip()

    def watch(self) -> None:
        """From now on, close the connection once the server has been silent for too long.

        The kernel finds out about a lost network by itself, but only on the first leg of the
        way, and never about a server that hangs.
        """
        for work in (self._ask, self._listen):
            threading.Thread(target=work, name="keepalive", daemon=True).start()

    def _ask(self) -> None:
        while self.is_active():
            if self._heard.silence > KEEPALIVE:
                with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
                    self.global_request("keepalive@catherd", wait=True)
            time.sleep(1)

    def _listen(self) -> None:
        while self.is_active():
            if self._heard.silence > SILENCE:
                self.close()
            time.sleep(1)

    def _parse_disconnect(self, message: paramiko.Message) -> None:
        message.get_int()
        self.farewell = message.get_text().strip()


class _Heard:
    """A socket that knows when it last brought something."""

    def __init__(self, sock: Any) -> None:
        self._sock, self._last = sock, time.monotonic()

    @property
    def silence(self) -> float:
        """Seconds since then."""
        return time.monotonic() - self._last

    def recv(self, size: int) -> bytes:
        data: bytes = self._sock.recv(size)
        self._last = time.monotonic()
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)
