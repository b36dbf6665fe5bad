"""The one connection that is kept to a host: opened late, reopened when it was lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import paramiko
from fabric import Connection

from installer.remote.connection import Way, close, connect
from installer.remote.failures import is_transient
from installer.remote.ssh import Credentials, HostKeyPolicy, SshSettings
from installer.remote.ssh_config import read_ssh_config
from runbook.errors import CatherdError, Failed, Unreachable
from runbook.text import T

_SESSIONS = 8
"""Sessions open at a time; sshd allows ten on a connection by default."""

_OPEN_TIMEOUT = 30.0
_JUST_ENDED = 1.0
"""Seconds that a server may take to count a session that has ended."""
PATIENCE = 5.0
"""Seconds for which a connection is tried again, unless somebody has more patience."""

BROKEN = (paramiko.SSHException, EOFError, OSError)
"""What paramiko raises when a connection is gone."""


class Link:
    """Gives out channels to one host; safe to use from several threads."""

    def __init__(
        self, settings: SshSettings, credentials: Credentials, policy: HostKeyPolicy
    ) -> None:
        self.settings, self.credentials, self._policy = settings, credentials, policy
        self._lock = threading.Lock()
        self._sessions = threading.BoundedSemaphore(_SESSIONS)
        self._others = 0
        """Sessions that are open now, about."""
        self._connection: Connection | None = None
        self._closed = threading.Event()
        self._known = False
        """Whether the host was reached before: then it is there, and what is said is another."""

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._closed.is_set()

    @property
    def user(self) -> str:
        """Who logs in."""
        with self._lock:
            if self._connection is not None:
                return str(self._connection.user)
        return Way.to(self.settings, read_ssh_config(self.settings)).user

    def connection(self, patience: float | None = None) -> Connection:
        """The open connection; tries again for ``patience`` seconds where that may help."""
        with self._lock:
            if self.closed:
                raise self.lost()
            if self._connection is not None:
                if self._connection.is_connected:
                    return self._connection
                close(self._connection)
                self._connection = None
            try:
                self._connection = self._connect(PATIENCE if patience is None else patience)
            except Unreachable as error:
                if not self._known:
                    raise
                raise self._gone(error) from error.__cause__
            self._known = True
            return self._connection

    def _connect(self, patience: float) -> Connection:
        deadline, pause = time.monotonic() + patience, 0.5
        while True:
            try:
                return connect(self.settings, self.credentials, self._policy)
            except CatherdError as error:
                late = time.monotonic() + pause > deadline
                if late or not is_transient(error) or self._closed.wait(pause):
                    raise
            pause = min(pause * 2, 10.0)

    @contextmanager
    def session(self, patience: float | None = None) -> Iterator[paramiko.Channel]:
        """A session channel on which nothing runs yet; always closed in the end."""
        with self._sessions:
            channel = self._open(patience, "session")
            try:
                yield channel
            finally:
                self._others -= 1
                hang_up(channel)

    def tunnel(self, host: str, port: int, timeout: float) -> paramiko.Channel:
        """A connection from the host to ``host:port``; raises ``ChannelException`` if refused."""
        transport = self.connection().transport
        return _channel(transport, timeout, "direct-tcpip", (host, port), ("127.0.0.1", 0))

    def _open(self, patience: float | None, kind: str) -> paramiko.Channel:
        attempt, began = 1, time.monotonic()
        deadline = began + _OPEN_TIMEOUT
        while True:
            connection = self.connection(patience)
            try:
                channel = _channel(connection.transport, _OPEN_TIMEOUT, kind)
                self._others += 1
                return channel
            except paramiko.ChannelException as refusal:
                # Where fewer are allowed than usual, one of ours ends soon, or has just ended.
                if time.monotonic() < (deadline if self._others else began + _JUST_ENDED):
                    time.sleep(0.1)
                    continue
                raise Failed(
                    T(
                        "{name} opens no further session: {why}.",
                        name=self.settings.name,
                        why=refusal.text,
                    ),
                    T("{number} of ours are open there.", number=self._others),
                    T("Look at MaxSessions in its sshd_config."),
                ) from refusal
            except BROKEN as error:
                if attempt == 2:
                    raise self.lost() from error
                attempt = 2
                connection.close()

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """What is done to a channel in here raises ``Unreachable`` when the connection is gone."""
        try:
            yield
        except TimeoutError:
            raise
        except BROKEN as error:
            raise self.lost() from error

    def lost(self) -> Unreachable:
        """The error for a connection that broke while it was in use."""
        return Unreachable(
            T("The connection to {name} was lost.", name=self.settings.name),
            remedy=T("Start Catherd again: it continues where it stopped."),
        )

    def _gone(self, error: Unreachable) -> Unreachable:
        """The error for a host that was reached before and now cannot be reached again."""
        return Unreachable(
            T(
                "{name} is gone: the connection was lost, and cannot be made again.",
                name=self.settings.name,
            ),
            T("{what} {where}", what=error.what, where=error.where or ""),
            T("When it is back, start Catherd again: it continues where it stopped."),
        )

    def is_lost(self, channel: paramiko.Channel) -> bool:
        """Whether a channel ended because its connection did."""
        transport: Any = channel.get_transport()
        for _ in range(10):  # its reader thread closes channels just before it says so
            if not transport.is_active():
                return True
            if channel.exit_status_ready() and channel.exit_status >= 0:
                return False
            time.sleep(0.02)
        return False

    def close(self) -> None:
        """End the connection for good; whatever still runs on it raises ``Unreachable``."""
        self._closed.set()
        with self._lock:
            if self._connection is not None:
                close(self._connection)
                self._connection = None


def _channel(transport: paramiko.Transport, timeout: float, *what: object) -> paramiko.Channel:
    """Open a channel, or raise ``ChannelException`` with the reason why the server refuses it.

    paramiko keeps that reason in one place for all threads: where another one has taken it
    away, the server is asked again.
    """
    while True:
        try:
            return transport.open_channel(*what, timeout=timeout)
        except paramiko.SSHException as error:
            if "Unable to open channel" not in str(error) or not transport.is_active():
                raise


def hang_up(channel: paramiko.Channel) -> None:
    """Close a channel, whose connection may be gone already."""
    with suppress(*BROKEN):
        channel.close()
