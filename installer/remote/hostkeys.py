"""Which host keys are trusted: known_hosts files read, compared, and added to."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import paramiko
import platformdirs
from paramiko.hostkeys import HostKeyEntry

from installer.private import private
from installer.remote.ssh import HostKey, HostKeyPolicy
from runbook.errors import NotPermitted
from runbook.text import T

_ASKING = threading.Lock()
"""Hosts are opened at once, often through one jump host: its key is asked about once."""

SYSTEM_FILES = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts")


def own_known_hosts() -> Path:
    """Where Catherd remembers the keys that were accepted in it."""
    return platformdirs.user_state_path("catherd") / "known_hosts"


def fingerprint(key: paramiko.PKey) -> str:
    """The fingerprint as ssh shows it."""
    digest = hashlib.sha256(key.asbytes()).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def address_of(host: str, port: int) -> str:
    """A host as known_hosts writes it."""
    return host if port == 22 else f"[{host}]:{port}"


class KnownHosts:
    """The keys that the given files hold for one address."""

    def __init__(self, files: Sequence[Path], address: str) -> None:
        self.address = address
        self._files = tuple(dict.fromkeys(files))
        self.read()

    def read(self) -> None:
        """Read the files, again if need be."""
        self.keys: list[tuple[paramiko.PKey, Path, int]] = []
        self.revoked: list[paramiko.PKey] = []
        for file in self._files:
            self._read(file)

    def _read(self, file: Path) -> None:
        try:
            lines = file.read_text("utf-8", "replace").splitlines()
        except OSError:
            return
        for number, line in enumerate(lines, 1):
            words = line.split()
            revoked = words[:1] == ["@revoked"]
            if not words or words[0].startswith("#") or (words[0][0] == "@" and not revoked):
                continue
            try:
                entry = HostKeyEntry.from_line(" ".join(words[1:] if revoked else words), number)
            except (paramiko.SSHException, paramiko.hostkeys.InvalidHostKey, ValueError):
                continue
            if entry is None or not _names(entry.hostnames, self.address):
                continue
            if revoked:
                self.revoked.append(entry.key)
            else:
                self.keys.append((entry.key, file, number))

    @property
    def types(self) -> list[str]:
        """The key types known for the address: those are asked of the server first."""
        return list(dict.fromkeys(key.get_name() for key, _, _ in self.keys))

    def remember(self, key: paramiko.PKey) -> None:
        """Write an accepted key down; one line, so that two writers do not harm each other."""
        own = self._files[0]
        if not own.parent.exists():
            private(own.parent)
        line = f"{self.address} {key.get_name()} {key.get_base64()}\n"
        handle = os.open(own, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "a", encoding="ascii") as file:
            file.write(line)


def _names(patterns: Iterable[str], address: str) -> bool:
    for pattern in patterns:
        if pattern.startswith("|1|"):
            if paramiko.HostKeys.hash_host(address, pattern) == pattern:
                return True
        elif pattern == address:
            return True
    return False


class HostKeyCheck(paramiko.MissingHostKeyPolicy):  # type: ignore[misc] # paramiko is untyped
    """Compares the key that a server shows; paramiko is given no known keys of its own.

    Its own comparison takes a host known by an RSA key for a changed one as soon as SHA-1
    is off, and looks only into the first file that knows the host.
    """

    def __init__(self, name: str, known: KnownHosts, policy: HostKeyPolicy) -> None:
        self._name, self._known, self._policy = name, known, policy

    def missing_host_key(self, client: Any, hostname: str, key: paramiko.PKey) -> None:
        """Accept the key, or raise ``NotPermitted``."""
        with _ASKING:
            self._known.read()
            self._check(key)

    def _check(self, key: paramiko.PKey) -> None:
        known = self._known
        if key in known.revoked:
            raise NotPermitted(
                T("{name} shows a host key that is marked as revoked.", name=self._name),
                fingerprint(key),
                T("Do not connect; ask whoever looks after the host."),
            )
        if any(key == each for each, _, _ in known.keys):
            return
        shown = HostKey(self._name, known.address, key.get_name(), fingerprint(key))
        if known.keys:
            raise self._changed(shown)
        if not self._policy(shown):
            raise NotPermitted(
                T(
                    "The host key of {name} ({address}) is not known.",
                    name=self._name,
                    address=known.address,
                ),
                T("It shows {type} {fingerprint}.", type=shown.type, fingerprint=shown.fingerprint),
                T(
                    "Compare it with the host's own, then accept it: in `catherd init`, "
                    "with --accept-new-host-keys, or by connecting once with ssh."
                ),
            )
        known.remember(key)

    def _changed(self, shown: HostKey) -> NotPermitted:
        known, file, line = self._known.keys[0]
        return NotPermitted(
            T("The host key of {name} has changed: this may be another machine.", name=self._name),
            T(
                "It shows {type} {fingerprint}; {file}, line {line}, knows {known}.",
                type=shown.type,
                fingerprint=shown.fingerprint,
                file=file,
                line=line,
                known=f"{known.get_name()} {fingerprint(known)}",
            ),
            T(
                "If the host was installed anew, remove the old key: ssh-keygen -R '{address}' "
                "-f {file}",
                address=shown.address,
                file=file,
            ),
        )
