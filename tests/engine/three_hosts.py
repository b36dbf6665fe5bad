"""A balancer and two Tomcats in memory, bare at first, with archives, journal and controller."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from installer.engine import events
from installer.engine.change import Change
from installer.engine.events import Event
from installer.engine.history import as_recorded
from installer.engine.installation import Installation
from installer.engine.journal import Journal
from installer.engine.plan import Plan, make_plan
from installer.engine.rollback import RollbackRunner
from installer.engine.rollback_plan import Rollback, RollbackPlan, Wanted
from installer.engine.run import Approve, Runner, refuse
from installer.engine.secrecy import Secrets
from installer.engine.undo import Choice
from installer.engine.world import STATE
from installer.remote.operations import WriteFile
from runbook.actions import Prove
from runbook.cluster import Cluster
from runbook.host import SECRETS, Artefacts, secret_names
from runbook.probes import AccountState, Facts, FileState, ServiceState
from runbook.steps import RUNBOOK
from tests.engine.given import ANSWERS, HTTPD, JDK, MEMBERS, SHOP, TOMCAT, MemoryArchives
from tests.engine.memory_files import Files, a_directory
from tests.engine.memory_host import MemoryHost, State
from tests.engine.memory_software import Network, command


def bare() -> State:
    """A host as its distribution installs it."""
    files = Files({"/": a_directory()})
    for path in ("/etc/systemd/system", "/usr/local/bin", "/opt", "/var/lib", "/home/operator"):
        files.put(path, a_directory())
    files.put("/etc/profile", b"# /etc/profile\nexport PATH=/usr/bin:/bin\n")
    return State(files)


@dataclass
class Ran:
    """A run that has ended: how, and all that was told of it."""

    ok: bool
    plan: Plan
    events: list[Event]

    def outcomes(self) -> dict[tuple[str, str], str]:
        ends = (each for each in self.events if isinstance(each, events.StepDone))
        return {(each.step, each.host): each.outcome for each in ends}

    def ended(self, outcome: str) -> set[str]:
        """``step@host`` of all that ended so."""
        return {f"{step}@{host}" for (step, host), how in self.outcomes().items() if how == outcome}

    def changes(self) -> dict[tuple[str, str], list[Change]]:
        found: dict[tuple[str, str], list[Change]] = {}
        for each in self.events:
            if isinstance(each, events.ChangeStarted):
                found.setdefault((each.step, each.host), []).append(each.change)
        return found

    def errors(self) -> list[str]:
        ends = (each for each in self.events if isinstance(each, events.StepDone))
        return [str(each.error) for each in ends if each.error]


@dataclass
class RolledBack:
    """A rollback that has ended."""

    ok: bool
    plan: RollbackPlan
    events: list[Event]


@dataclass
class ThreeHosts:
    """``place`` is where the journal lies; ``answers`` changes the answers."""

    place: Path
    answers: Mapping[str, Any] = field(default_factory=dict)
    archives: Mapping[str, Any] = field(default_factory=dict)
    """Other archives than usual, by software."""
    runs: int = 0
    guard: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.cluster = Cluster.model_validate({**ANSWERS, **self.answers})
        applications = {each.name: SHOP for each in self.cluster.applications if each.source}
        usual = {"httpd": HTTPD, "tomcat": TOMCAT, "jdk": JDK, "applications": applications}
        self.artefacts = Artefacts(**{**usual, **self.archives})
        self.hosts = {host.name: MemoryHost(host.name) for host in self.cluster.hosts}
        unknown: Mapping[str, Facts] = {}
        seen = {name: self.installation().host(name, unknown) for name in self.hosts}
        network = Network(self.hosts, seen)
        for name, host in self.hosts.items():
            host.shells, host.http_reply = network.shells(name), network.reply
            host.members, host.build, host.command = MEMBERS, network.build, command
            host.state, host.guard = bare(), self.guard

    def __getitem__(self, name: str) -> MemoryHost:
        return self.hosts[name]

    def installation(self) -> Installation:
        """As a newly started controller has it: it remembers nothing."""
        return Installation(
            self.cluster, self.artefacts, MemoryArchives(MEMBERS), RUNBOOK, self.hosts
        )

    def journal(self) -> Journal:
        return Journal(self.place / "journal.db")

    def plan(self) -> Plan:
        installation = self.installation()
        return make_plan(installation, installation.survey())

    def runner(
        self,
        emit: Callable[[Event], None] = lambda event: None,
        journal: Journal | None = None,
        approve: Approve = refuse,
    ) -> Runner:
        """A new controller that has made its plan and begun its run."""
        self.runs += 1
        run_id, installation = f"run{self.runs}", self.installation()
        facts = installation.survey()
        plan = make_plan(installation, facts, run_id)
        journal = journal or self.journal()
        journal.begin_run(run_id, "run", as_recorded(self.cluster), "0")
        return Runner(installation, journal, facts, plan, run_id, emit, approve)

    def run(self, journal: Journal | None = None) -> Ran:
        told: list[Event] = []
        runner = self.runner(told.append, journal)
        return Ran(runner.run_all(), runner.plan, told)

    def rollback(
        self,
        choices: Mapping[tuple[str, str], Choice] | None = None,
        wanted: Wanted = lambda record: True,
        journal: Journal | None = None,
    ) -> RolledBack:
        """A new controller that finds out from the hosts what there is to take back."""
        self.runs += 1
        run_id, told = f"run{self.runs}", list[Event]()
        plan = Rollback(self.hosts, run_id, Secrets(secret_names(self.cluster))).plan(
            wanted, choices
        )
        journal = journal or self.journal()
        journal.begin_run(run_id, "rollback", as_recorded(self.cluster), "0")
        ok = RollbackRunner(self.hosts, journal, plan, run_id, told.append, str).run()
        return RolledBack(ok, plan, told)

    def states(self) -> dict[str, State]:
        with self.guard:
            return {name: host.state.copy() for name, host in self.hosts.items()}

    def secrets(self) -> dict[str, str]:
        """What lies on the hosts."""
        return secrets_on({name: host.state for name, host in self.hosts.items()})

    def outside(self) -> dict[str, Outside]:
        secrets = self.secrets()
        return {name: outside(host.state, secrets) for name, host in self.hosts.items()}

    def restore(self, states: Mapping[str, State]) -> None:
        for name, host in self.hosts.items():
            host.state = states[name].copy()


def secrets_on(states: Mapping[str, State]) -> dict[str, str]:
    """Secrets by name: the same on all hosts that have them."""
    found: dict[str, set[str]] = {}
    for state in states.values():
        for path, file in state.files.items():
            if path.startswith(f"{SECRETS}/"):
                found.setdefault(path[len(SECRETS) + 1 :], set()).add(_text(file))
    assert all(len(values) == 1 for values in found.values()), found
    return {name: values.pop() for name, values in found.items()}


@dataclass(frozen=True)
class Outside:
    """What of a host others than Catherd see, and the secrets: what runs must agree on."""

    files: Mapping[str, FileState]
    services: Mapping[str, ServiceState]
    accounts: Mapping[str, AccountState]
    packages: frozenset[str]


def outside(state: State, secrets: Mapping[str, str], hidden: str = STATE) -> Outside:
    """Without what Catherd keeps for itself, process ids, and what any two secrets differ in."""
    shown = (SECRETS, f"{hidden}/proof")
    files = {
        path: replace(file, data=_named(file.data, secrets))
        for path, file in state.files.items()
        if not (path == hidden or path.startswith(f"{hidden}/")) or path.startswith(shown)
    }
    services = {name: replace(each, pid=0) for name, each in state.services.items()}
    return Outside(files, services, dict(state.accounts), frozenset(state.packages))


def _text(file: FileState) -> str:
    return (file.data or b"").decode().strip()


def _named(data: bytes | None, secrets: Mapping[str, str]) -> bytes | None:
    for name, secret in secrets.items():
        data = data.replace(secret.encode(), f"the secret {name}".encode()) if data else data
    return data


def proved(
    targets: Mapping[str, MemoryHost], step: str, host: str, action: Prove, *_: object
) -> None:
    """Stands for the proof: every trial went well."""
    receipt = WriteFile(action.receipt, action.subject.encode() + b"\n", mode=0o600)
    targets[host].apply(receipt)
