"""A host in memory: the same interface as a real one, small enough to fail at any point."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from installer.remote.operations import (
    AddAccount,
    Extract,
    Move,
    Operation,
    Remove,
    RemoveAccount,
    RestoreFile,
    SetService,
    Shell,
    WriteFile,
)
from installer.remote.target import Job, OnBytes, OnOutput, Result
from runbook.artefact import Artefact
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


@dataclass
class Crash(BaseException):
    """The controller dies here: nothing after this point happens."""

    at: str = ""


@dataclass
class MemoryHost:
    """Files, services and accounts as dictionaries; shell probes are answered by ``shell``."""

    name: str
    shell: Callable[[MemoryHost, str], Output] = lambda host, script: Output(0)
    http_reply: Callable[[MemoryHost, Http], Reply] = lambda host, probe: Reply(0, error="closed")
    members: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    """What archives hold, by sha256 and path."""
    build: Callable[[MemoryHost, Job], Result] = lambda host, job: Result(0)
    files: dict[str, FileState] = field(default_factory=dict)
    services: dict[str, ServiceState] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, AccountState] = field(default_factory=dict)
    staged: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, Result] = field(default_factory=dict)
    builds: int = 0
    surveys: int = 0
    holder: str | None = None
    before: Callable[[str], None] = lambda what: None
    """Called before and after each change; raises to fail or to crash."""
    log: list[str] = field(default_factory=list)

    def survey(self, probes: Iterable[Probe]) -> Mapping[Probe, Answer]:
        self.surveys += 1
        return {probe: self._answer(probe) for probe in probes}

    def _answer(self, probe: Probe) -> Answer:
        match probe:
            case Sh(script):
                return self.shell(self, script)
            case FileAt(path, content):
                state = self.files.get(path)
                if state is None:
                    return FileState(ancestor=self._ancestor(path))
                return state if content else replace(state, data=None)
            case ServiceAt(name, reads):
                state = self.services.get(name, ServiceState())
                stale = state.running and self.read.get(name) != self._digest(reads)
                return replace(state, stale=stale) if reads else state
            case AccountAt(name):
                return self.accounts.get(name, AccountState())
            case Http():
                return self.http_reply(self, probe)

    def _ancestor(self, path: str) -> str:
        parent = Path(path).parent
        while str(parent) != "/" and str(parent) not in self.files:
            parent = parent.parent
        return str(parent)

    def _digest(self, paths: Iterable[str]) -> str:
        data = [(path, self.files.get(path, FileState()).sha256) for path in paths]
        return hashlib.sha256(json.dumps(data).encode()).hexdigest()

    def apply(self, operation: Operation, on_output: OnOutput | None = None) -> Result:
        what = f"{self.name}: {type(operation).__name__}"
        self.before(what)
        self._apply(operation)
        self.log.append(what)
        self.before(what + " done")
        return Result(0)

    def _apply(self, operation: Operation) -> None:
        match operation:
            case WriteFile(path=path):
                now = self.files.get(path)
                if operation.expect is not None:
                    seen = (now.sha256 if now else "") or ""
                    if seen != operation.expect:
                        raise Failed(f"{path} has changed since it was previewed")
                if now and operation.save_to:
                    self.files[operation.save_to] = now
                self._parents(path)
                self.files[path] = FileState(
                    "file", operation.mode, operation.owner, operation.group, operation.content
                )
            case RestoreFile(path, saved, expect):
                now = self.files.get(path)
                if expect and (now is None or now.sha256 != expect):
                    raise Failed(f"{path} was changed since")
                self.files[path] = self.files[saved]
            case Remove(path=path):
                self._remove(path)
                parent = Path(path).parent
                while operation.keep and str(parent) not in (operation.keep, "/"):
                    if any(other.startswith(f"{parent}/") for other in self.files):
                        break
                    self.files.pop(str(parent), None)
                    parent = parent.parent
            case Move(source, to):
                assert to not in self.files
                for path in [p for p in self.files if p == source or p.startswith(source + "/")]:
                    self.files[to + path[len(source) :]] = self.files.pop(path)
            case Extract():
                self._extract(operation)
            case SetService(name, enabled, action, reads):
                state = replace(self.services.get(name, ServiceState()), exists=True)
                if enabled is not None:
                    state = replace(state, enabled=enabled)
                if action:
                    state = replace(state, running=action != "stop", pid=self.builds + 1)
                    self.read[name] = self._digest(reads)
                self.services[name] = state
            case AddAccount(name, home, shell):
                self.accounts[name] = AccountState(True, 999, name, home, shell)
            case RemoveAccount(name):
                self.accounts.pop(name, None)
            case Shell():
                pass

    def _parents(self, path: str) -> None:
        for parent in Path(path).parents:
            self.files.setdefault(str(parent), FileState("directory", 0o755, "root", "root"))

    def _remove(self, path: str) -> None:
        for each in [p for p in self.files if p == path or p.startswith(path + "/")]:
            del self.files[each]

    def _extract(self, operation: Extract) -> None:
        if operation.aside and operation.to in self.files:
            self._apply(Move(operation.to, operation.aside))
        self._parents(operation.to + "/x")
        for path, data in self.members[self.staged[operation.archive]].items():
            self._parents(f"{operation.to}/{path}")
            self.files[f"{operation.to}/{path}"] = FileState(
                "file", 0o640, operation.owner, operation.group, data
            )
        self.files[f"{operation.to}/.catherd"] = FileState(
            "file", 0o644, "root", "root", operation.receipt
        )

    def stage(self, path: Path, sha256: str, progress: OnBytes | None = None) -> str:
        self.before(f"{self.name}: stage")
        place = f"/staged/{sha256}"
        self.staged[place] = sha256
        return place

    def unstage(self) -> None:
        self.staged.clear()

    def run_job(self, job: Job, on_output: OnOutput | None = None) -> Result:
        self.before(f"{self.name}: run_job")
        if job.id not in self.jobs:
            self.builds += 1
            self.jobs[job.id] = self.build(self, job)
        self.before(f"{self.name}: run_job done")
        return self.jobs[job.id]

    def cancel_job(self, job_id: str) -> None:
        self.jobs.pop(job_id, None)

    def forget_job(self, job_id: str) -> None:
        self.jobs.pop(job_id, None)

    def lock(self, holder: str, takeover: bool = False) -> None:
        if self.holder and self.holder != holder and not takeover:
            raise Locked(f"{self.holder} is at work on {self.name}")
        self.holder = holder

    def unlock(self) -> None:
        self.holder = None

    def close(self) -> None:
        pass


@dataclass
class MemoryArchives:
    """Archives whose members are given."""

    members: Mapping[str, Mapping[str, bytes]]

    def read(self, artefact: Artefact, member: str) -> bytes | None:
        return self.members[artefact.sha256].get(member)

    def names(self, artefact: Artefact) -> frozenset[str]:
        return frozenset(self.members[artefact.sha256])

    def path(self, artefact: Artefact) -> Path:
        return Path(artefact.name)
