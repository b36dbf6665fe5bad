"""Which host keys are trusted: known_hosts files read, compared, and added to."""

from __future__ import annotations

import base64
import hashlib
import os
import re
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
from runbook.text import T, Text

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

    def __init__(self, files: Sequence[Path], host: str, port: int) -> None:
        self.host, self.address = host, address_of(host, port)
        self._files = tuple(dict.fromkeys(files))
        self.read()

    def read(self) -> None:
        """Read the files, again if need be."""
        self.keys: list[tuple[paramiko.PKey, Path, int]] = []
        self.any_port: list[paramiko.PKey] = []
        """Keys of the host at no port in particular: they prove it, but not that it has changed."""
        self.revoked: list[paramiko.PKey] = []
        self.certified = False
        """An authority is trusted for the host; paramiko cannot check what it has signed."""
        for file in self._files:
            self._read(file)

    def _read(self, file: Path) -> None:
        try:
            lines = file.read_text("utf-8", "replace").splitlines()
        except OSError:
            return
        for number, line in enumerate(lines, 1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            mark = words.pop(0) if words[0].startswith("@") else ""
            try:
                entry = HostKeyEntry.from_line(" ".join(words), number)
            except (paramiko.SSHException, paramiko.hostkeys.InvalidHostKey, ValueError):
                continue
            if entry is not None:
                self._take(mark, entry, file, number)

    def _take(self, mark: str, entry: HostKeyEntry, file: Path, number: int) -> None:
        here = _names(entry.hostnames, self.address)
        if not here and not _names(entry.hostnames, self.host):
            return
        if mark == "@revoked":
            self.revoked.append(entry.key)
        elif mark == "@cert-authority":
            self.certified = True
        elif not mark and here:
            self.keys.append((entry.key, file, number))
        elif not mark:
            self.any_port.append(entry.key)

    @property
    def types(self) -> list[str]:
        """The key types known for the address: those are asked of the server first."""
        known = [*(key for key, _, _ in self.keys), *self.any_port]
        return list(dict.fromkeys(key.get_name() for key in known))

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
    """Whether a line of known_hosts is about an address, as ssh understands it."""
    found = False
    for pattern in patterns:
        if pattern.startswith("|1|"):
            found = found or paramiko.HostKeys.hash_host(address, pattern) == pattern
        elif _matches(pattern.removeprefix("!"), address):
            if pattern.startswith("!"):
                return False
            found = True
    return found


def _matches(pattern: str, address: str) -> bool:
    wild = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(wild, address, re.IGNORECASE) is not None


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
        if any(key == each for each, _, _ in known.keys) or key in known.any_port:
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
                self._shown(shown),
                T(
                    "Compare it with the host's own, then accept it: in `catherd init`, "
                    "with --accept-new-host-keys, or by connecting once with ssh."
                ),
            )
        known.remember(key)

    def _shown(self, shown: HostKey) -> Text:
        words = T("It shows {type} {fingerprint}.", type=shown.type, fingerprint=shown.fingerprint)
        if not self._known.certified:
            return words
        return T("{words} Certificates of a @cert-authority cannot be checked.", words=words)

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
