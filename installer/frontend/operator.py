"""Whoever sits in front of Catherd: answers what logging in may ask, and watches downloads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from installer.remote.ssh import Credentials, HostKey
from runbook.text import Text


class Watching(Protocol):
    """Is told how artefacts arrive on this machine."""

    def say(self, text: Text) -> None:
        """What is being done, where there is no measure of it."""

    def progress(self, source: str) -> Callable[[int, int], None]:
        """A callback for one artefact that takes bytes done and bytes in all."""


class Operator(Credentials, Protocol):
    """Knows the passwords, and says whether a host's key is the right one."""

    def trusts(self, key: HostKey) -> bool:
        """Whether the key of a host that was never met before is the host's own."""

    def watching(self) -> AbstractContextManager[Watching]:
        """Something to tell of downloads, for as long as they last."""
