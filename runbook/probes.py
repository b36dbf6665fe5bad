"""Questions to a host and their answers; all questions of a run are asked in one round trip.

A probe is a value: two equal probes are one question. ``Facts`` holds the answers.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, overload

Kind = Literal["absent", "file", "directory", "link", "other"]


@dataclass(frozen=True)
class Sh:
    """Run a piece of POSIX sh as root and read what it prints; it must change nothing."""

    script: str
    limit: int = 262_144
    """Bytes of output kept; what comes after is thrown away on the host."""


@dataclass(frozen=True)
class Output:
    """What a ``Sh`` probe printed (both streams) and how it ended."""

    code: int
    data: bytes = field(default=b"", repr=False)

    @property
    def text(self) -> str:
        """The output as text, without the white space around it."""
        return self.data.decode("utf-8", "replace").strip()


@dataclass(frozen=True)
class FileAt:
    """What lies at an absolute path; with ``content`` also its bytes when it is a file."""

    path: str
    content: bool = True


@dataclass(frozen=True)
class FileState:
    """What lay at a path: kind, permission bits, owner and group by name, bytes."""

    kind: Kind = "absent"
    mode: int = 0
    owner: str = ""
    group: str = ""
    data: bytes | None = field(default=None, repr=False)
    target: str = ""
    """Where a link points."""
    ancestor: str = "/"
    """The deepest directory above the path that exists."""

    @property
    def exists(self) -> bool:
        """Whether anything lies there."""
        return self.kind != "absent"

    @property
    def sha256(self) -> str | None:
        """Hex digest of the bytes, or None where there are none."""
        return None if self.data is None else hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class ServiceAt:
    """State of a service in the host's own manager.

    A ``name`` that is a path is a control script that no manager knows and rc.local starts: it
    takes the verbs of an init script, and its header names its process.

    ``reads`` are the files whose content the running process has read: when one of them has
    changed since it started, the service owes a restart.
    """

    name: str
    reads: tuple[str, ...] = ()


@dataclass(frozen=True)
class ServiceState:
    """What the service manager and the process table say of a service."""

    exists: bool = False
    enabled: bool = False
    running: bool = False
    pid: int = 0
    stale: bool = False
    """It runs, but files that it read have changed since it started."""
    detail: str = ""
    """The manager's own words, for people."""


@dataclass(frozen=True)
class AccountAt:
    """A user of the host."""

    name: str


@dataclass(frozen=True)
class AccountState:
    """A user as getent shows it; ``exists`` is False where there is none."""

    exists: bool = False
    uid: int = 0
    group: str = ""
    home: str = ""
    shell: str = ""


@dataclass(frozen=True)
class Http:
    """A GET sent from the host itself, through an SSH channel: the host needs no client."""

    port: int
    path: str = "/"
    host: str = "127.0.0.1"
    headers: tuple[tuple[str, str], ...] = ()
    timeout: float = 5.0


@dataclass(frozen=True)
class Reply:
    """An HTTP answer; status 0 means that none came, and ``error`` says why."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    error: str = ""

    def header(self, name: str) -> str:
        """First header of that name, or an empty string."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


Probe = Sh | FileAt | ServiceAt | AccountAt | Http
Answer = Output | FileState | ServiceState | AccountState | Reply


class NotAsked(KeyError):
    """A fact was used that no step asked for: a mistake in the step, not on the host."""


@dataclass
class Facts:
    """Answers of one host, by probe."""

    answers: dict[Probe, Answer] = field(default_factory=dict)
    arrived: dict[Probe, float] = field(default_factory=dict)
    """When each answer came, in seconds since 1970 by the clock of this machine."""
    asked: dict[Probe, float] = field(default_factory=dict)
    """When each was asked for, where that is known: a host or the way to it may be slow."""
    assumed: bool = False
    """Nobody has looked: these are the answers of any host on which nothing was done yet."""

    @overload
    def __getitem__(self, probe: Sh) -> Output: ...
    @overload
    def __getitem__(self, probe: FileAt) -> FileState: ...
    @overload
    def __getitem__(self, probe: ServiceAt) -> ServiceState: ...
    @overload
    def __getitem__(self, probe: AccountAt) -> AccountState: ...
    @overload
    def __getitem__(self, probe: Http) -> Reply: ...
    def __getitem__(self, probe: Probe) -> Answer:
        try:
            return self.answers[probe]
        except KeyError:
            raise NotAsked(probe) from None

    def __contains__(self, probe: object) -> bool:
        return probe in self.answers

    def __iter__(self) -> Iterator[Probe]:
        return iter(self.answers)

    def missing(self, probes: Iterable[Probe]) -> list[Probe]:
        """Those of ``probes`` that have no answer yet, each once, in order."""
        return [probe for probe in dict.fromkeys(probes) if probe not in self.answers]

    def update(self, answers: Mapping[Probe, Answer], asked: float | None = None) -> None:
        """Take in answers that have come just now; newer ones replace older ones."""
        self.answers.update(answers)
        self.arrived.update(dict.fromkeys(answers, time.time()))
        if asked is not None:
            self.asked.update(dict.fromkeys(answers, asked))

    def take(self, other: Facts) -> None:
        """Take in what somebody else was told, with the times at which that was."""
        self.answers.update(other.answers)
        self.arrived.update(other.arrived)
        self.asked.update(other.asked)
