"""The plan of a rollback: what it would do to every host, newest step first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from posixpath import basename

from installer.engine.ground import Ground
from installer.engine.records import ALL, RESTART, Record, records_in, services_of
from installer.engine.secrecy import Secrets
from installer.engine.undo import Choice, Conflict, Reversal, Undoing
from installer.remote.operations import (
    Remove,
    RemoveAccount,
    RestoreFile,
    SetService,
    TakeAway,
)
from installer.remote.target import Target
from runbook.probes import AccountAt, Facts, FileAt, NotAsked, Probe, ServiceAt
from runbook.text import T, Text

MOST_ROUNDS = 200
Wanted = Callable[[Record], bool]


@dataclass(frozen=True)
class RecordUndo:
    """A step on a host and what takes it back."""

    record: Record
    reversals: tuple[Reversal, ...]

    @property
    def remaining(self) -> Record:
        """What must still be known of the step afterwards: the changes that are kept."""
        kept = [each.change for each in self.reversals if each.kept]
        changes = tuple(change for change in self.record.changes if change in kept)
        return replace(self.record, changes=changes)


@dataclass(frozen=True)
class Restart:
    """A service that runs on files which the rollback changes: it is stopped in between."""

    name: str
    summary: Text
    again: SetService | None
    """Starts it again in the end, unless what it runs from is gone then."""


@dataclass(frozen=True)
class HostRollback:
    """All that is done to one host: services stop, steps newest first, services start."""

    host: str
    steps: tuple[RecordUndo, ...]
    restarts: tuple[Restart, ...] = ()
    look_again: tuple[str, ...] = ()
    """Services whose manager is told in the end that files have changed."""

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """What somebody changed since, whatever becomes of it."""
        found = (each.conflict for step in self.steps for each in step.reversals)
        return tuple(conflict for conflict in found if conflict is not None)


@dataclass(frozen=True)
class RollbackPlan:
    """The rollback of all hosts."""

    hosts: tuple[HostRollback, ...]
    records: Mapping[str, tuple[Record, ...]]
    """All that the hosts have, newest first."""

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """What needs somebody's decision."""
        return tuple(conflict for host in self.hosts for conflict in host.conflicts)

    @property
    def changes(self) -> int:
        """How many things are taken back."""
        reversals = (each for host in self.hosts for s in host.steps for each in s.reversals)
        return sum(bool(each.operations) for each in reversals)

    def leaning_on(self, needs: Mapping[str, frozenset[str]]) -> dict[str, set[str]]:
        """Steps that stay although they need one that is taken back, by that one."""
        found: dict[str, set[str]] = {}
        for host in self.hosts:
            gone = {each.record.step for each in host.steps}
            stay = {record.step for record in self.records[host.host]} - gone
            for step in stay:
                for needed in needs.get(step, frozenset()) & gone:
                    found.setdefault(needed, set()).add(step)
        return found


@dataclass
class Rollback:
    """Looks at hosts and plans what takes their steps back."""

    targets: Mapping[str, Target]
    run: str
    secrets: Secrets
    _facts: dict[str, Facts] = field(default_factory=dict)

    def plan(
        self, wanted: Wanted, choices: Mapping[tuple[str, str], Choice] | None = None
    ) -> RollbackPlan:
        """Plan to take back the records that are ``wanted``.

        :param choices: what becomes of conflicts, by host and path; they are kept otherwise
        """
        chosen = choices or {}
        with ThreadPoolExecutor(max_workers=min(16, len(self.targets))) as pool:
            planned = dict(
                zip(
                    self.targets,
                    pool.map(lambda name: self._host(name, wanted, chosen), self.targets),
                    strict=True,
                )
            )
        return RollbackPlan(
            tuple(plan for plan, _ in planned.values() if plan.steps),
            {name: tuple(records) for name, (_, records) in planned.items()},
        )

    def _host(
        self, name: str, wanted: Wanted, choices: Mapping[tuple[str, str], Choice]
    ) -> tuple[HostRollback, list[Record]]:
        facts = self._facts.setdefault(name, Facts())
        self._ask(name, [ALL])
        records = records_in(name, facts[ALL])
        mine = {path: choice for (host, path), choice in choices.items() if host == name}
        self._ask(name, [*self.secrets.probes.values(), *obvious(records)])
        self.secrets.learn({name: facts})
        for _ in range(MOST_ROUNDS):
            ground = Ground(facts, services_of(records))
            undoing = Undoing(name, self.run, ground, records, mine, self.secrets.hide)
            try:
                return plan_host(
                    undoing, [each for each in records if each.step == RESTART or wanted(each)]
                ), records
            except NotAsked as missing:
                self._ask(name, [missing.args[0]])
        raise RuntimeError(f"{name} is asked the same again and again")

    def _ask(self, name: str, probes: Iterable[Probe]) -> None:
        facts = self._facts[name]
        missing = facts.missing(probes)
        if missing:
            facts.update(self.targets[name].survey(missing))


def plan_host(undoing: Undoing, chosen: list[Record]) -> HostRollback:
    """Plan the undo of these records, newest first.

    :raises NotAsked: something must be known of the host first
    """
    steps = tuple(
        RecordUndo(record, undoing.plan(record, roots_of(chosen[position:])))
        for position, record in enumerate(chosen)
    )
    affected = [
        probe
        for probe in undoing.ground.services.values()
        if any(undoing.ground.is_touched(path) for path in probe.reads)
    ]
    found = (_restart(undoing.ground, probe) for probe in affected)
    return HostRollback(
        undoing.host,
        steps,
        tuple(restart for restart in found if restart is not None),
        tuple(probe.name for probe in affected),
    )


def roots_of(records: Iterable[Record]) -> list[str]:
    """The directories that taking these records back removes."""
    operations = (operation for record in records for operation in record.operations)
    return [operation.path for operation in operations if isinstance(operation, TakeAway)]


def _restart(ground: Ground, probe: ServiceAt) -> Restart | None:
    name = probe.name
    if not (ground.service_now(name).running and ground.service(name).running):
        return None
    gone = _missed(ground, probe)
    if gone:
        return Restart(name, T("stop {service}: {path} is gone", service=name, path=gone), None)
    again = SetService(name, action="start", reads=probe.reads)
    return Restart(name, T("restart {service}: what it reads is restored", service=name), again)


def _missed(ground: Ground, probe: ServiceAt) -> str | None:
    """What the service cannot start without and will not be there: its unit, or its programs.

    A unit that is restored is somebody else's, and knows its own programs.
    """
    units = [path for path in probe.reads if _is_unit(probe.name, path)]
    restored = any(ground.is_touched(unit) for unit in units)
    for path in units if restored else probe.reads:
        removed = ground.is_touched(path) and not ground.file(path, content=False).exists
        if removed and (path in units or ground.is_in_nothing(path)):
            return path
    return None


def _is_unit(service: str, path: str) -> bool:
    return path == service or basename(path) in (service, f"{service}.service")


def obvious(records: list[Record]) -> list[Probe]:
    """What will certainly be asked, so that it is asked in one go."""
    probes: list[Probe] = list(services_of(records).values())
    for operation in (each for record in records for each in record.operations):
        match operation:
            case TakeAway(path, _, aside):
                probes += [FileAt(f"{path}/.catherd"), FileAt(path, content=False)]
                probes += [FileAt(aside, content=False)] if aside else []
            case RestoreFile(path, saved):
                probes += [FileAt(path), FileAt(saved)]
            case Remove(path):
                probes.append(FileAt(path))
            case RemoveAccount(name):
                probes.append(AccountAt(name))
            case _:
                pass
    return probes
