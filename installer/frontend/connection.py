"""What a connection test tells about a host, and how ``catherd init`` asks for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from runbook.cluster import HostAnswers
from runbook.text import Text


@dataclass(frozen=True)
class ConnectionReport:
    """How ssh reaches a host, and what it finds there."""

    host: str
    """The host's name in cluster.toml."""
    os: str = ""
    """Such as ``Debian GNU/Linux 12``."""
    arch: str = ""
    """Such as ``x86_64``."""
    sudo: Literal["root", "free", "password", "refused", "unknown"] = "unknown"
    """How to become root: logged in as root, sudo without a password, with one, not at all."""
    host_key: Literal["known", "unknown", "changed"] = "known"
    fingerprint: str = ""
    """The host key as ssh shows it, such as ``ED25519 SHA256:…``."""
    error: Text | None = None
    """Why the host cannot be used; None when it can, or when only its key is unknown."""

    @property
    def ok(self) -> bool:
        """Whether Catherd can work there."""
        return self.error is None and self.host_key == "known" and self.sudo != "refused"


class ConnectionTest(Protocol):
    """Connects to a host and looks around; changes nothing there and raises nothing.

    ``accept`` is the fingerprint that the operator has confirmed: the key is stored as known when
    it is still the one that the host shows.
    """

    def __call__(self, host: HostAnswers, accept: str | None = None) -> ConnectionReport:
        """Report on one host."""
