"""What the engine needs of a host: the one interface that real and in-memory hosts share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Protocol

from installer.remote.operations import Operation
from runbook.probes import Answer, Probe

OnOutput = Callable[[bytes], None]
OnBytes = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


@dataclass(frozen=True)
class Result:
    """How a script ended: exit code and what it printed on both streams, in order."""

    code: int
    output: bytes = field(default=b"", repr=False)

    @property
    def ok(self) -> bool:
        """Whether it exited 0."""
        return self.code == 0

    @property
    def text(self) -> str:
        """The output as text for people."""
        return self.output.decode("utf-8", "replace").strip()


@dataclass(frozen=True)
class Job:
    """Long work that runs detached on the host, in a session of its own, and outlives us.

    ``id`` names its directory there: starting a job that runs or has ended is an attach.
    """

    id: str
    script: str
    title: str = ""


@dataclass(frozen=True)
class Joined:
    """Where a job is that was going on already when somebody came to watch it."""

    phase: str
    """What its log last called ``== so``; empty before the first."""
    lines: int
    """Lines that it has printed in this phase, without the last ones, which are passed on."""
    running: float
    """Seconds since it was started."""
    silent: float
    """Seconds since it last printed something."""


class Target(Protocol):
    """A host as the engine sees it. Everything runs as root; nothing else changes the host."""

    @property
    def name(self) -> str:
        """The host's name in cluster.toml."""

    def connect(self) -> None:
        """Open the connection now; otherwise the first question opens it."""

    def survey(self, probes: Iterable[Probe]) -> Mapping[Probe, Answer]:
        """Answer all probes, in one round trip and beside it one channel for each ``Http``."""

    def apply(self, operation: Operation, on_output: OnOutput | None = None) -> Result:
        """Carry one operation out; raises ``Failed`` unless it exited 0."""

    def stage(self, path: Path, sha256: str, progress: OnBytes | None = None) -> str:
        """Upload an artefact over SFTP unless it is there; its path on the host, verified."""

    def unstage(self) -> None:
        """Remove what ``stage`` left on the host."""

    def run_job(
        self,
        job: Job,
        on_output: OnOutput | None = None,
        on_joined: Callable[[Joined], None] | None = None,
    ) -> Result:
        """Start the job or attach to it, pass its output on, wait for it.

        Of a job that was there already only the last lines are passed on, after ``on_joined``.
        While it prints nothing, nothing is passed on from time to time.
        """

    def cancel_job(self, job_id: str) -> None:
        """End a running job and all its processes."""

    def stop_jobs(self) -> list[str]:
        """End all jobs and their processes, verified; titles of those that were running."""

    def forget_job(self, job_id: str) -> None:
        """Remove a job's directory: the next ``run_job`` starts anew."""

    def lock(self, holder: str, takeover: bool = False) -> None:
        """Take the host for this operator; raises ``Locked`` and says who holds it."""

    def at_step(self, step: str) -> None:
        """Have the lock name this step; the next change takes that along.

        Once the host is locked, ``apply`` and ``run_job`` raise ``Locked`` and change nothing
        where somebody else has taken the lock over.
        """

    def unlock(self) -> None:
        """Give the host free, if it is ours."""

    def http(self, host: str, port: int, timeout: float) -> AbstractContextManager[HTTPConnection]:
        """A connection from the host to ``host:port``, carried through SSH."""

    def close(self) -> None:
        """End the connection."""
