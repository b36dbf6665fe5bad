"""How a host is reached and who answers its questions; knows no SSH library."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from runbook.cluster import HostAnswers


@dataclass(frozen=True)
class SshSettings:
    """How this machine reaches a host; what is not said, ssh's own files decide."""

    name: str
    """The host's name in cluster.toml: how people are told of it."""
    host: str
    """Name or address to connect to, unless ``alias`` names an entry of ssh_config."""
    port: int | None = None
    user: str | None = None
    key: str | None = None
    """A private key file: then no other key is offered."""
    jump: str | None = None
    """``[user@]host[:port]`` to go through, as in ``ssh -J``."""
    config: str | None = None
    """An ssh_config file to use instead of the user's and the system's."""
    alias: str | None = None
    """A Host entry of ssh_config, which then decides the address."""
    legacy_ssh: bool = False
    """Allow SHA-1, without which servers from before 2014 cannot be reached."""
    known_hosts: tuple[Path, ...] = ()
    """Read beside ssh's own files; accepted keys go to the first that exists, else to Catherd's."""


def settings_of(host: HostAnswers, base: Path) -> SshSettings:
    """The settings that cluster.toml gives for a host; its file names are relative to ``base``.

    A file ``known_hosts`` beside cluster.toml is the project's own.
    """

    def file(name: str | None) -> str | None:
        return str(base / Path(name).expanduser()) if name else None

    ssh = host.ssh
    return SshSettings(
        name=host.name,
        host=ssh.host or host.address,
        port=ssh.port,
        user=ssh.user,
        key=file(ssh.key),
        jump=ssh.jump,
        config=file(ssh.config),
        alias=ssh.alias,
        legacy_ssh=ssh.legacy,
        known_hosts=(base / "known_hosts",),
    )


@dataclass(frozen=True)
class HostKey:
    """A host key that nobody has accepted yet, as people compare it."""

    name: str
    """The host's name in cluster.toml, or what the jump host is called."""
    address: str
    """As known_hosts writes it: ``host`` or ``[host]:port``."""
    type: str
    fingerprint: str
    """``SHA256:`` and the digest, exactly as ssh and ssh-keygen show it."""


HostKeyPolicy = Callable[[HostKey], bool]
"""Says whether an unknown host key is to be trusted; one that has changed is never asked about."""


def refuse_unknown(key: HostKey) -> bool:
    """Trust nothing that is not known: the policy of unattended runs."""
    return False


def accept_new(key: HostKey) -> bool:
    """Trust each host at first sight: ``--accept-new-host-keys``."""
    return True


class Credentials(Protocol):
    """Whoever knows the passwords; asked only when a server wants one, None gives up.

    ``again`` tells that the last answer was wrong. Calls come from several threads.
    """

    def login_password(self, host: str, user: str, again: bool) -> str | None:
        """Password of the account that logs in."""

    def key_passphrase(self, host: str, key: str, again: bool) -> str | None:
        """Passphrase of a private key file."""

    def sudo_password(self, host: str, user: str, again: bool) -> str | None:
        """What sudo on that host wants to hear from that user."""


class NoCredentials:
    """Knows no password: for keys, agents and sudo without one."""

    def login_password(self, host: str, user: str, again: bool) -> str | None:
        """None."""

    def key_passphrase(self, host: str, key: str, again: bool) -> str | None:
        """None."""

    def sudo_password(self, host: str, user: str, again: bool) -> str | None:
        """None."""


class Remembering:
    """Asks one question at a time and each only once, and keeps the answers in memory.

    Several hosts are opened at once and often share one key: its passphrase is asked once.
    """

    def __init__(self, source: Credentials) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, ...], str] = {}

    def __repr__(self) -> str:
        return f"Remembering({self._source!r})"

    def login_password(self, host: str, user: str, again: bool) -> str | None:
        """Password of the account that logs in."""
        return self._ask(("login", host, user), again, self._source.login_password, host, user)

    def key_passphrase(self, host: str, key: str, again: bool) -> str | None:
        """Passphrase of a private key file, for all hosts that use it."""
        return self._ask(("key", key), again, self._source.key_passphrase, host, key)

    def sudo_password(self, host: str, user: str, again: bool) -> str | None:
        """What sudo on that host wants to hear from that user."""
        return self._ask(("sudo", host, user), again, self._source.sudo_password, host, user)

    def _ask(
        self,
        place: tuple[str, ...],
        again: bool,
        ask: Callable[[str, str, bool], str | None],
        host: str,
        subject: str,
    ) -> str | None:
        with self._lock:
            if place in self._answers and not again:
                return self._answers[place]
            answer = ask(host, subject, again)
            if answer is not None:
                self._answers[place] = answer
            return answer
