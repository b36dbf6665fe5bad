"""A real host: everything that the engine asks of a ``Target``, over one Fabric connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from installer.remote.answers import parse_survey
from installer.remote.holding import Hold
from installer.remote.jobs import (
    Following,
    cancel_script,
    follow_script,
    forget_script,
    start_script,
    stop_script,
)
from installer.remote.link import Link
from installer.remote.locking import release_script
from installer.remote.operations import Operation
from installer.remote.outcome import failure
from installer.remote.output import Tail, last_lines
from installer.remote.received import Torn
from installer.remote.running import Runner
from installer.remote.script import Script
from installer.remote.scripts import render, timeout_of
from installer.remote.ssh import (
    Credentials,
    HostKeyPolicy,
    NoCredentials,
    SshSettings,
    refuse_unknown,
)
from installer.remote.staging import Stage
from installer.remote.survey import Questions, survey_script
from installer.remote.target import Job, Joined, OnBytes, OnOutput, Result
from installer.remote.tunnel import TunnelledHTTP, ask_all
from runbook.errors import Failed, Unreachable
from runbook.probes import Answer, Http, Probe
from runbook.text import T

_SURVEY_TIMEOUT = 180.0
_SURVEY_BYTES = 256 << 20
_TRIES = 3


class FabricTarget:
    """A host over SSH; the connection is opened when it is first needed, and again if lost.

    :param patience: seconds for which following a job waits for a lost host to come back
    """

    def __init__(
        self,
        settings: SshSettings,
        credentials: Credentials | None = None,
        policy: HostKeyPolicy = refuse_unknown,
        patience: float = 600.0,
    ) -> None:
        self._name, self._patience = settings.name, patience
        self._link = Link(settings, credentials or NoCredentials(), policy)
        self._runner = Runner(self._link)
        self._stage = Stage(self._link, self._runner)
        self._hold = Hold(settings.name, self._runner)

    @property
    def name(self) -> str:
        """The host's name in cluster.toml."""
        return self._name

    def connect(self) -> None:
        """Open the connection and become root once, to see whether that works."""
        self._runner.run(Script(":"), timeout=60)

    def survey(self, probes: Iterable[Probe]) -> Mapping[Probe, Answer]:
        """Answer all probes, in one round trip and beside it one channel for each ``Http``."""
        questions = Questions.of(probes)
        pages = [probe for probe in questions.probes if isinstance(probe, Http)]
        if not pages:
            return self._ask(questions)
        self._link.connection()
        with ThreadPoolExecutor(1, "http") as pool:
            replies = pool.submit(ask_all, self._link, pages)
            return {**self._ask(questions), **replies.result()}

    def _ask(self, questions: Questions) -> dict[Probe, Answer]:
        if len(questions.probes) == sum(isinstance(p, Http) for p in questions.probes):
            return {}
        script = survey_script(questions)
        for attempt in range(1, _TRIES + 1):
            try:
                result = self._runner.run(script, timeout=_SURVEY_TIMEOUT, kept=_SURVEY_BYTES)
                return parse_survey(questions, result.output)
            except Unreachable:
                if attempt == _TRIES:
                    raise
            except Torn:
                if attempt == _TRIES:
                    break
        raise Failed(
            T("{name} gave no sensible answer.", name=self._name),
            last_lines(result.text) or None,
            T("Are the usual tools there (coreutils)? Is there room in /run or /tmp?"),
        )

    def apply(self, operation: Operation, on_output: OnOutput | None = None) -> Result:
        """Carry one operation out; raises ``Failed`` unless it exited 0."""
        script = self._hold.guarded(render(operation))
        result = self._runner.run(script, on_output, timeout_of(operation))
        self._hold.check(result.code, result.text)
        if not result.ok:
            raise failure(self._name, operation, result)
        return result

    def stage(self, path: Path, sha256: str, progress: OnBytes | None = None) -> str:
        """Upload an artefact over SFTP unless it is there; its path on the host, verified."""
        return self._stage.put(path, sha256, progress)

    def unstage(self) -> None:
        """Remove what ``stage`` left on the host."""
        self._stage.clear()

    def run_job(
        self,
        job: Job,
        on_output: OnOutput | None = None,
        on_joined: Callable[[Joined], None] | None = None,
    ) -> Result:
        """Start the job or attach to it, pass its output on, wait for it.

        A connection that drops is opened again, and the output goes on where it was.
        """
        following, tail, known = Following(), Tail(1 << 20), False

        def arrived(data: bytes) -> None:
            nonlocal known
            output = following.feed(data)
            tail.add(output)
            if following.joined and on_joined and not known:
                known = True
                on_joined(following.joined)
            if on_output:
                on_output(output)

        script, deadline, seen = self._hold.guarded(start_script(job)), 0.0, -1
        while following.code is None:
            try:
                following.restart()
                result = self._runner.run(script, arrived, kept=0, patience=self._patience)
                self._hold.check(result.code, following.said)
                if following.code is None:
                    raise self._no_job(job, following)
            except Unreachable:
                now = time.monotonic()
                if following.done > seen:
                    seen, deadline = following.done, now + self._patience
                if now > deadline or self._link.closed:
                    raise
                time.sleep(0.5)
            if following.begun:
                script = follow_script(job.id, following.done)
        return Result(following.code, tail.data)

    def _no_job(self, job: Job, following: Following) -> Failed:
        return Failed(
            T("{title} could not be started.", title=job.title or job.id),
            T("On {host}: {said}", host=self._name, said=last_lines(following.said) or "-"),
        )

    def cancel_job(self, job_id: str) -> None:
        """End a running job and all its processes."""
        self._plain(
            cancel_script(job_id), T("A job on {host} could not be ended.", host=self._name)
        )

    def stop_jobs(self) -> list[str]:
        """End all jobs and their processes, verified; titles of those that were running."""
        result = self._runner.run(stop_script(), timeout=120)
        if not result.ok:
            raise Failed(
                T("A job on {host} could not be ended.", host=self._name),
                result.text or None,
                T("Look for its processes there, and end them by hand."),
            )
        return result.text.splitlines()

    def forget_job(self, job_id: str) -> None:
        """Remove a job's directory: the next ``run_job`` starts anew."""
        self._plain(
            forget_script(job_id), T("A job on {host} could not be removed.", host=self._name)
        )

    def _plain(self, script: Script, otherwise: object) -> None:
        result = self._runner.run(script, timeout=60)
        if not result.ok:
            raise Failed(str(otherwise), last_lines(result.text) or None)

    def lock(self, holder: str, takeover: bool = False) -> None:
        """Take the host for this operator; raises ``Locked`` and says who holds it.

        ``holder`` comes from ``installer.remote.locking.holder``.
        """
        self._hold.take(holder, takeover)

    def at_step(self, step: str) -> None:
        """Have the lock name this step; the next change takes that along."""
        self._hold.at_step(step)

    def unlock(self) -> None:
        """Give the host free, if it is ours."""
        self._hold.release()

    def break_lock(self, held: str) -> None:
        """Remove a lock that is somebody else's, unless it has a new holder by now."""
        self._plain(
            release_script(held), T("The lock on {host} could not be removed.", host=self._name)
        )

    @contextmanager
    def http(self, host: str, port: int, timeout: float) -> Iterator[HTTPConnection]:
        """A connection from the host to ``host:port``, carried through SSH."""
        connection = TunnelledHTTP(self._link, host, port, timeout)
        try:
            yield connection
        finally:
            connection.close()

    def close(self) -> None:
        """End the connection for good."""
        self._link.close()
