"""What a connection test tells about a host, and how ``catherd init`` asks for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from runbook.cluster import HostAnswers
from runbook.text import T, Text, listed

SUDO: dict[str, Text] = {
    "root": T("logged in as root"),
    "free": T("sudo without a password"),
    "password": T("sudo asks for a password, which catherd run will ask you for"),
    "refused": T("this user may not use sudo"),
    "unknown": T("sudo was not tested"),
}


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

    remedy: Text | None = None
    """What to do about the error."""

    @property
    def ok(self) -> bool:
        """Whether Catherd can work there."""
        return self.error is None and self.host_key == "known" and self.sudo != "refused"

    @property
    def words(self) -> Text:
        """What was found, as people read it."""
        if self.error is not None:
            return self.error
        if self.host_key == "changed":
            return T(
                "shows another key than before: {fingerprint}. Find out why before you go on; it "
                "may be another machine.",
                fingerprint=self.fingerprint,
            )
        if self.host_key == "unknown":
            return T("its key is not accepted")
        return listed(each for each in (self.os, self.arch, SUDO[self.sudo]) if each)


class ConnectionTest(Protocol):
    """Connects to a host and looks around; changes nothing there and raises nothing.

    ``accept`` is the fingerprint that the operator has confirmed: the key is stored as known when
    it is still the one that the host shows.
    """

    def __call__(self, host: HostAnswers, accept: str | None = None) -> ConnectionReport:
        """Report on one host."""
