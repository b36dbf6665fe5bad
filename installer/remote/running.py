"""Runs scripts on the host, as root or as the account that logs in, over raw channels."""

from __future__ import annotations

import threading
import time

import paramiko

from installer.remote.link import BROKEN, Link
from installer.remote.output import Tail
from installer.remote.processes import end_family
from installer.remote.script import PREAMBLE, Script, encode
from installer.remote.start import Asked, Begun, Mode, Start
from installer.remote.sudo import is_refused, needs_password, no_password, refusal, wrong_password
from installer.remote.target import OnOutput, Result
from runbook.errors import CatherdError, Failed
from runbook.text import T

_CHUNK = 32_768
_IDLE = 2.0
"""Seconds that a daemon may hold the channel open after the script itself has ended."""

_START_PATIENCE = 60.0
"""Seconds for sshd, PAM and sudo until a script begins or a password is asked."""

_TRIES = 3


class Runner:
    """Runs scripts on one host; finds out once how root is reached there."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._mode: Mode | None = None
        self._password: str | None = None
        self._wrong = 0
        """Passwords in a row that sudo did not take."""
        self._asking = threading.Lock()

    def run(
        self,
        script: Script,
        on_output: OnOutput | None = None,
        timeout: float | None = None,
        *,
        as_root: bool = True,
        kept: int = 1 << 20,
        patience: float | None = None,
    ) -> Result:
        """Run a script; both its streams come back in order.

        :param timeout: seconds after which it is ended, with all that it started
        :param kept: bytes at the end of the output that the result holds
        :param patience: seconds that opening a connection may take
        :raises Unreachable: the connection was lost; what the script did is not known
        :raises NotPermitted: root cannot be reached
        """
        text = encode(PREAMBLE + script.text)
        mode = self._how_root() if as_root else "plain"
        with self._link.session(patience) as channel:
            channel.set_combine_stderr(True)
            begun = self._begin(channel, Start(mode, len(text)), text + script.data)
            if begun is not None:
                self._mode = mode if as_root else self._mode
                return self._follow(channel, begun, on_output, timeout, Tail(kept))
        self._mode = "password"
        return self.run(script, on_output, timeout, kept=kept, patience=patience)

    def _how_root(self) -> Mode:
        if self._mode is None:
            return "plain" if self._link.user == "root" else "sudo"
        return self._mode

    def _begin(self, channel: paramiko.Channel, start: Start, data: bytes) -> Begun | None:
        """Start the script, hand it its data; None where sudo wants a password, or another one."""
        if start.mode == "password":
            # One sudo that waits for its password keeps all others of this user waiting.
            with self._asking:
                with self._link.guarded():
                    channel.exec_command(start.command)
                begun = self._answer_sudo(channel, start)
            if begun is not None:
                self._send(channel, data)
            return begun
        with self._link.guarded():
            channel.exec_command(start.command)
        self._send(channel, data)
        seen, found = self._await(channel, start)
        if isinstance(found, Begun):
            return found
        if start.mode == "sudo" and needs_password(seen):
            return None
        raise refusal(self._name, self._link.user, seen, with_sudo=start.mode == "sudo")

    def _answer_sudo(self, channel: paramiko.Channel, start: Start) -> Begun | None:
        """Give sudo the password until the script has begun; None to try again with another."""
        given = False
        while True:
            seen, found = self._await(channel, start)
            if isinstance(found, Begun):
                self._wrong = 0
                return found
            if found is None and (not given or is_refused(seen)):
                raise refusal(self._name, self._link.user, seen, with_sudo=True)
            if given:
                self._password = None
                self._wrong += 1
                if self._wrong == _TRIES:
                    self._wrong = 0
                    raise wrong_password(self._name, self._link.user)
            if found is None:
                return None
            self._ask(again=self._wrong > 0)
            given = True
            with self._link.guarded():
                channel.sendall(encode(f"{self._password}\n"))

    def _ask(self, again: bool) -> None:
        if self._password is None:
            answer = self._link.credentials.sudo_password(self._name, self._link.user, again)
            if answer is None or "\n" in answer:
                raise no_password(self._name, self._link.user)
            self._password = answer

    def _await(self, channel: paramiko.Channel, start: Start) -> tuple[str, Begun | Asked | None]:
        """What was said until the script began or sudo asked; neither when the channel ended."""
        seen = b""
        channel.settimeout(_START_PATIENCE)
        deadline = time.monotonic() + _START_PATIENCE
        while (found := start.read(seen)) is None and time.monotonic() < deadline:
            try:
                chunk = channel.recv(_CHUNK)
            except TimeoutError:
                break
            if not chunk:
                if self._link.is_lost(channel):
                    raise self._link.lost()
                break
            seen = seen[-4096:] + chunk
        return seen.decode("utf-8", "replace").strip(), found

    def _follow(
        self,
        channel: paramiko.Channel,
        begun: Begun,
        on_output: OnOutput | None,
        timeout: float | None,
        tail: Tail,
    ) -> Result:
        deadline = None if timeout is None else time.monotonic() + timeout
        chunk, last = begun.output, time.monotonic()
        channel.settimeout(0.5)
        while True:
            if chunk:
                last = time.monotonic()
                tail.add(chunk)
                if on_output:
                    on_output(chunk)
            elif channel.exit_status_ready() and time.monotonic() - last > _IDLE:
                break
            if deadline is not None and time.monotonic() > deadline:
                raise self._too_long(begun.pid, timeout, tail)
            try:
                chunk = channel.recv(_CHUNK)
            except TimeoutError:
                chunk = b""
                continue
            if not chunk:
                break
        if self._link.is_lost(channel):
            raise self._link.lost()
        return Result(channel.recv_exit_status() & 0xFF, tail.data)

    def _too_long(self, pid: int, timeout: float | None, tail: Tail) -> Failed:
        remedy = T("It was ended there. See what it waited for, then run again.")
        try:
            self.run(end_family(pid), timeout=20)
        except CatherdError as error:
            remedy = T("It could not be ended either: {why}", why=error.what)
        return Failed(
            T(
                "A command on {name} did not end within {seconds} s.",
                name=self._name,
                seconds=f"{timeout:.0f}",
            ),
            tail.text or None,
            remedy,
        )

    def _send(self, channel: paramiko.Channel, data: bytes) -> None:
        """Send all and end the input; a script may well end before it has read everything."""
        try:
            channel.sendall(data)
            channel.shutdown_write()
        except BROKEN as error:
            if not channel.get_transport().is_active():
                raise self._link.lost() from error

    @property
    def _name(self) -> str:
        return self._link.settings.name
