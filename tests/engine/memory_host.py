"""A host in memory: the same interface as a real one, small enough to fail at any point."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from installer.engine.records import ALL, RECORDS
from installer.remote import locking
from installer.remote.jobs import JOBS
from installer.remote.operations import (
    AddAccount,
    EndJob,
    Extract,
    Move,
    Operation,
    Remove,
    RemoveAccount,
    RestoreFile,
    SetService,
    Shell,
    TakeAway,
    WriteFile,
)
from installer.remote.outcome import failure, subject_of
from installer.remote.script import MISSING, NOT_UP
from installer.remote.target import Job, Joined, OnBytes, OnOutput, Result
from runbook.errors import Failed, Locked
from runbook.probes import (
    AccountAt,
    AccountState,
    Answer,
    FileAt,
    FileState,
    Http,
    Output,
    Probe,
    Reply,
    ServiceAt,
    ServiceState,
    Sh,
)
from tests.engine.memory_files import Files, Refusal, a_directory, changed_since

UNITS = "/etc/systemd/system"


@dataclass
class Crash(BaseException):
    """The controller dies here: nothing after this point happens."""

    at: str = ""


@dataclass
class State:
    """All that outlives the controller, and a reboot of it."""

    files: Files = field(default_factory=Files)
    services: dict[str, ServiceState] = field(default_factory=dict)
    """Those that are enabled or run; whether there is a unit, its file says."""
    read: dict[str, frozenset[str]] = field(default_factory=dict)
    """Digests of what a running service has read."""
    accounts: dict[str, AccountState] = field(default_factory=dict)
    packages: set[str] = field(default_factory=set)
    staged: dict[str, str] = field(default_factory=dict)
    """Digests of uploaded archives, by the path where they lie."""
    jobs: dict[str, Result | None] = field(default_factory=dict)
    """None while it goes on."""
    builds: int = 0

    def copy(self) -> State:
        kept: dict[str, Any] = {
            name: type(value)(value) if isinstance(value, dict | set) else value
            for name, value in vars(self).items()
        }
        return State(**kept)


@dataclass(eq=False, repr=False)
class MemoryHost:
    """What ``shells`` and ``http`` answer is told by whoever knows the software on it."""

    name: str
    shells: Mapping[Sh, Callable[[MemoryHost], Output]] = field(default_factory=dict)
    http_reply: Callable[[MemoryHost, Http], Reply] = lambda host, probe: Reply(0, error="refused")
    members: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    """What archives hold, by sha256 and path."""
    build: Callable[[MemoryHost, Job], Result] = lambda host, job: Result(0)
    command: Callable[[MemoryHost, str], Result] = lambda host, script: Result(0)
    state: State = field(default_factory=State)
    surveys: int = 0
    holder: str | None = None
    ours: bool = False
    before: Callable[[str], None] = lambda what: None
    """Called before and after each change; raises to fail or to crash."""
    invalid: set[str] = field(default_factory=set)
    """Files that do not pass their test before they are renamed into place."""
    broken: set[str] = field(default_factory=set)
    """Services that end as soon as they are started."""
    says: str = "line 1: syntax error"
    """What the test of an invalid file prints."""
    prints: bytes = b""
    """What every change prints."""
    log: list[Operation] = field(default_factory=list)
    pids: int = 100
    younger: set[str] = field(default_factory=set)
    """Files in directories that Catherd made which somebody else has put or changed there."""
    guard: threading.RLock = field(default_factory=threading.RLock)
    """Held while something changes, so that others see it whole or not at all."""

    @property
    def files(self) -> Files:
        return self.state.files

    def connect(self) -> None:
        pass

    def survey(self, probes: Iterable[Probe]) -> Mapping[Probe, Answer]:
        self.surveys += 1
        return {probe: self.answer(probe) for probe in probes}

    def answer(self, probe: Probe) -> Answer:
        match probe:
            case Sh():
                return self._shell(probe)
            case FileAt(path=locking.LOCK):
                held = self.holder
                return FileState("file", 0o600, data=held.encode()) if held else FileState()
            case FileAt(path, content):
                job = path.removeprefix(f"{JOBS}/")
                return a_directory() if job in self.state.jobs else self.files.look(path, content)
            case ServiceAt(name, reads):
                state = self.service(name)
                known = self.state.read.get(name, frozenset())
                stale = state.running and not self._digests(reads) <= known
                return replace(state, stale=stale)
            case AccountAt(name):
                return self.state.accounts.get(name, AccountState())
            case Http():
                return self.http_reply(self, probe)

    def _shell(self, probe: Sh) -> Output:
        if probe == ALL:
            records = (path for path in sorted(self.files) if path.startswith(f"{RECORDS}/"))
            texts = (f"{path} {(self.files[path].data or b'').decode()}" for path in records)
            return Output(0, "".join(texts).encode())
        if "-cnewer" in probe.script:
            root, *spare = re.findall(r"(?:find|-path) '([^']+)'", probe.script)
            found = changed_since(self.younger, root, spare)
            return Output(0, "\n".join(found).encode())
        return self.shells[probe](self)

    def service(self, name: str) -> ServiceState:
        unit = _described_in(name) in self.files
        state = self.state.services.get(name, ServiceState())
        if name.startswith("/"):
            local = self.files["/etc/rc.local"] if "/etc/rc.local" in self.files else FileState()
            called = f"\n{name} start" in (local.data or b"").decode()
            state = replace(state, enabled=called and local.mode & 0o100 != 0)
        return replace(state, exists=unit, detail="loaded" if unit else "not-found")

    def _digests(self, paths: Iterable[str]) -> frozenset[str]:
        files = (self.files[path] for path in paths if path in self.files)
        return frozenset(file.sha256 or "" for file in files)

    def apply(self, operation: Operation, on_output: OnOutput | None = None) -> Result:
        what = f"{self.name}: {type(operation).__name__} {subject_of(operation)}"
        self.before(what)
        with self.guard:
            try:
                result = self._apply(operation)
            except Refusal as refusal:
                result = Result(refusal.code, refusal.said.encode())
        if not result.ok:
            raise failure(self.name, operation, result)
        if self.prints and on_output:
            on_output(self.prints)
        self.log.append(operation)
        self.before(f"{what}: done")
        return result

    def _apply(self, op: Operation) -> Result:
        match op:
            case WriteFile():
                valid = op.path not in self.invalid or not op.validate
                self.files.write(op, "" if valid else self.says)
            case RestoreFile():
                self.files.restore(op)
            case Remove():
                self.files.remove(op)
            case Move():
                self.files.move(op)
            case TakeAway():
                self.files.take_away(op, self.younger)
            case EndJob(id):
                self.state.jobs.pop(id, None)
            case Extract():
                self.files.extract(op, self.members.get(self.state.staged.get(op.archive, "")))
            case SetService():
                self._set_service(op)
            case AddAccount(name, home, shell):
                self.state.accounts.setdefault(name, AccountState(True, 999, name, home, shell))
            case RemoveAccount(name):
                self.state.accounts.pop(name, None)
            case Shell(script):
                return self.command(self, script)
        return Result(0)

    def _set_service(self, op: SetService) -> None:
        state = self.service(op.name)
        if not state.exists and op.name not in self.state.services:
            if op.action in (None, "stop") and not op.enabled:
                return
            raise Refusal(MISSING)
        if op.enabled is not None:
            state = replace(state, enabled=op.enabled)
        if op.action == "stop":
            state = replace(state, running=False, pid=0)
            self.state.read.pop(op.name, None)
        elif op.action:
            self._check_start(op.name)
            if op.action != "reload":
                self.pids += 1
                state = replace(state, pid=self.pids)
            state = replace(state, running=True)
            self.state.read[op.name] = self._digests(op.reads)
        if op.name.startswith("/"):
            state = replace(state, enabled=False)
        self.state.services[op.name] = replace(state, exists=False, detail="")
        if not (state.enabled or state.running):
            del self.state.services[op.name]

    def _check_start(self, name: str) -> None:
        """A unit that names a program or a user that is not there does not start."""
        unit = (self.files[_described_in(name)].data or b"").decode()
        programs = re.findall(r"^ExecStart=(\S+)", unit, re.M)
        programs += [f"{home}/bin/java" for home in re.findall(r"JAVA_HOME=(\S+)", unit)]
        users = re.findall(r"^(?:User|user)=(\S+)", unit, re.M)
        missing = [each for each in programs if each not in self.files]
        missing += [each for each in users if each not in self.state.accounts]
        if missing or name in self.broken:
            raise Refusal(NOT_UP, f"cannot start: {', '.join(missing) or 'it died'}")

    def stage(self, path: Path, sha256: str, progress: OnBytes | None = None) -> str:
        self.before(f"{self.name}: stage {path.name}")
        place = f"/home/operator/.catherd-stage/{sha256}"
        self.state.staged[place] = sha256
        if progress:
            progress(1, 1)
        return place

    def unstage(self) -> None:
        self.state.staged.clear()

    def run_job(
        self,
        job: Job,
        on_output: OnOutput | None = None,
        on_joined: Callable[[Joined], None] | None = None,
    ) -> Result:
        """A job that was started goes on by itself, whoever watches it."""
        self.before(f"{self.name}: run_job")
        if job.id not in self.state.jobs:
            self.state.builds += 1
            self.state.jobs[job.id] = None
        elif on_joined:
            on_joined(Joined("make", 100, 30.0, 1.0))
        if on_output:
            for line in (b"== configure\n", b"== make\n", b"== done\n"):
                on_output(line)
        self.before(f"{self.name}: job is going on")
        with self.guard:
            result = self.state.jobs[job.id] or self.build(self, job)
            self.state.jobs[job.id] = result
        self.before(f"{self.name}: job is over")
        return result

    def cancel_job(self, job_id: str) -> None:
        self.state.jobs.pop(job_id, None)

    def stop_jobs(self) -> list[str]:
        running = [job for job, result in self.state.jobs.items() if result is None]
        for job in running:
            del self.state.jobs[job]
        return running

    def forget_job(self, job_id: str) -> None:
        self.before(f"{self.name}: forget_job")
        self.state.jobs.pop(job_id, None)
        self.before(f"{self.name}: forget_job: done")

    def lock(self, holder: str, takeover: bool = False) -> None:
        if self.holder and self.holder != holder and not takeover:
            raise Locked(f"{self.holder} is at work on {self.name}")
        self.holder, self.ours = holder, True

    def at_step(self, step: str) -> None:
        pass

    def break_lock(self, held: str) -> None:
        assert self.holder == held
        self.holder, self.ours = None, False

    def unlock(self) -> None:
        if self.ours:
            self.holder, self.ours = None, False

    def http(self, *_: Any) -> AbstractContextManager[HTTPConnection]:
        raise Failed(f"{self.name} speaks no HTTP: pages come from its software")

    def close(self) -> None:
        pass


def _described_in(name: str) -> str:
    return name if name.startswith("/") else f"{UNITS}/{name}.service"
