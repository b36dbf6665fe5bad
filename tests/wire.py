"""A wire to a host that a test can cut, silence and mend at the byte it wants."""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading
from collections.abc import Callable
from typing import Literal

State = Literal["whole", "cut", "silent"]
_RESET = struct.pack("ii", 1, 0)


class Wire:
    """Carries TCP connections from a port of its own to ``port``, both on this machine."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._state: State = "whole"
        self._lock = threading.Lock()
        self._joined: set[tuple[socket.socket, socket.socket]] = set()
        self._moments: list[tuple[int, Callable[[], None]]] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self.sent = 0
        """Bytes that went to the host."""
        self.opened = 0
        """Connections that were made."""
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Reset every connection, and each new one at once."""
        with self._lock:
            self._state = "cut"
            joined, self._joined = self._joined, set()
        for pair in joined:
            _reset(*pair)

    def snap(self) -> None:
        """Reset every connection; new ones are made as before."""
        self.cut()
        self.mend()

    def hush(self) -> None:
        """Carry nothing any more; nobody is told."""
        self._state = "silent"

    @property
    def silent(self) -> bool:
        """Whether nothing is carried."""
        return self._state == "silent"

    def mend(self) -> None:
        """Carry again, also what was held back."""
        self._state = "whole"

    def at(self, count: int, do: Callable[[], None]) -> None:
        """Do something when so many more bytes have gone to the host."""
        with self._lock:
            self._moments.append((self.sent + count, do))

    def renew(self) -> None:
        """As new: whole, and nothing is going to happen."""
        with self._lock:
            self._moments.clear()
        self.snap()

    def close(self) -> None:
        """Take the wire away."""
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._door.accept()
                if self._state == "cut":
                    _reset(near)
                    continue
                try:
                    far = socket.create_connection(("127.0.0.1", self._to))
                except OSError:
                    _reset(near)
                    continue
                for end in (near, far):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self._joined.add((near, far))
                    self.opened += 1
                threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        with selectors.DefaultSelector() as ready, contextlib.suppress(OSError, ValueError):
            ready.register(near, selectors.EVENT_READ, far)
            ready.register(far, selectors.EVENT_READ, near)
            while True:
                for key, _ in ready.select(0.1):
                    if self._state == "silent":
                        threading.Event().wait(0.05)
                        continue
                    data = key.fileobj.recv(16_384)  # type: ignore[union-attr]
                    if not data:
                        near.close()
                        far.close()
                        return
                    if key.fileobj is near:
                        self._count(len(data))
                    key.data.sendall(data)

    def _count(self, size: int) -> None:
        with self._lock:
            self.sent += size
            due = [do for moment, do in self._moments if moment <= self.sent]
            self._moments = [each for each in self._moments if each[0] > self.sent]
        for do in due:
            do()


def _reset(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            end.shutdown(socket.SHUT_RD)
        end.close()
