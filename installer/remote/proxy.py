"""A ``ProxyCommand`` of ssh_config: a program that carries the connection, as a socket."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import threading

from runbook.text import T


class Proxy:
    """The running command; ``sock`` is connected to its standard input and output.

    paramiko's own spins for ever once the command has ended, and gives it no shell.
    """

    def __init__(self, command: str) -> None:
        self.sock, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the command runs
        with theirs:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=self._errors,
                start_new_session=True,
            )
        threading.Thread(target=self._process.wait, name="proxy", daemon=True).start()

    def complaint(self) -> str | None:
        """Why the command has failed, in its own words; None where it has not."""
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return None
        self._errors.seek(0)
        words = self._errors.read(500).decode("utf-8", "replace").strip()
        return words or str(T("exit code {code}", code=code))
