"""One host as it is and as the plan so far would leave it.

Planning walks the steps in order and asks this record instead of the host, so a later step
sees what an earlier one will have done, even inside archives that are not unpacked yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from installer.engine.secrecy import Hide
from runbook.actions import Unpack
from runbook.artefact import RECEIPT, Archives
from runbook.check import Seen
from runbook.probes import (
    AccountAt,
    AccountState,
    Facts,
    FileAt,
    FileState,
    ServiceAt,
    ServiceState,
)

STATE = "/var/lib/catherd"
"""Where Catherd keeps, on each host and for root only, what an undo needs."""


def kept(kind: str, run: str, path: str) -> str:
    """Where a host keeps a file of a run, under ``STATE``: all of its path in one name."""
    return f"{STATE}/{kind}/{run}/{path.strip('/').replace('/', '%')}"


def within(path: str, directory: str) -> bool:
    """Whether a path is this directory or lies in it."""
    return path == directory or path.startswith(f"{directory}/")


@dataclass(frozen=True)
class KnownAfter:
    """Stands for something that nobody can know before the step of that id has run."""

    step: str
    """Empty where it is known on the host already, and nobody has looked."""


@dataclass
class World:
    """Facts of a host, overlaid with what the planned changes will make true."""

    facts: Facts = field(repr=False)
    archives: Archives
    run_id: str = "preview"
    peers: Mapping[str, Facts] = field(default_factory=dict, repr=False)
    hide: Hide = str
    """Keeps secrets out of what people see."""
    step: str = ""
    """The step being planned; it owns the saved originals and the unknowns it causes."""
    _files: dict[str, FileState] = field(default_factory=dict, repr=False)
    _roots: dict[str, Unpack | KnownAfter] = field(default_factory=dict)
    _services: dict[str, ServiceState] = field(default_factory=dict)
    _accounts: dict[str, AccountState] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    """Paths whose bytes the plan changes: services that read them owe a restart."""

    def seen(self) -> Seen:
        """What a judge may look at; it sees the host as it is now."""
        return Seen(self.facts, self.peers)

    def file(self, path: str, content: bool = True) -> FileState | KnownAfter:
        """What will lie at ``path`` when the step being planned begins."""
        if path in self._files:
            return self._files[path]
        root = max((root for root in self._roots if path.startswith(f"{root}/")), default="")
        if not root:
            return self.facts[FileAt(path, content)]
        origin, member = self._roots[root], path[len(root) + 1 :]
        if isinstance(origin, KnownAfter):
            return origin
        there = not origin.only or member.partition("/")[0] in origin.only
        data = self.archives.read(origin.artefact, member) if there else None
        if data is None:
            return FileState(ancestor=root)
        written = any(f"{member}/".startswith(f"{place}/") for place in origin.writable)
        owner = origin.writable_owner if written else origin.owner
        return FileState("file", 0o644, owner, origin.group, data)

    def service(self, probe: ServiceAt) -> ServiceState:
        """The service as it will be, owing a restart when the plan changes what it reads."""
        state = self._services.get(probe.name) or self.facts[probe]
        if state.running and self.touched.intersection(probe.reads):
            return ServiceState(
                state.exists, state.enabled, state.running, state.pid, True, state.detail
            )
        return state

    def account(self, probe: AccountAt) -> AccountState:
        """The account as it will be."""
        return self._accounts.get(probe.name) or self.facts[probe]

    def will_have_file(self, path: str, state: FileState) -> None:
        """A planned change leaves this file."""
        now = self.file(path)
        if isinstance(now, KnownAfter) or now.data != state.data:
            self.touched.add(path)
        self._files[path] = state

    def will_have_root(self, path: str, origin: Unpack | None) -> None:
        """A planned change makes this directory, from an archive or by a build (None)."""
        self._roots[path] = origin or KnownAfter(self.step)
        self._files[path] = FileState("directory", 0o755, "root", "root")
        self.touched.add(f"{path}/{RECEIPT}")

    def will_have_service(self, name: str, state: ServiceState) -> None:
        """A planned change leaves this service state."""
        self._services[name] = state

    def will_have_account(self, name: str, state: AccountState) -> None:
        """A planned change leaves this account."""
        self._accounts[name] = state

    def is_new(self, path: str) -> bool:
        """Whether the plan itself makes the directory that holds ``path``."""
        return any(within(path, root) for root in self._roots)

    def saved(self, path: str) -> str:
        """Where this run and step keep the original of ``path`` on the host."""
        return kept("saved", f"{self.run_id}/{self.step}", path)
