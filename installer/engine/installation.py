"""All that stays the same while Catherd works on one cluster."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Protocol

from installer.engine.actions import probes_of
from installer.remote.target import Target
from runbook.artefact import Archives, Artefact
from runbook.cluster import Cluster
from runbook.errors import CatherdError, Faults
from runbook.host import SECRETS, Artefacts, Host, secret_names
from runbook.probes import Answer, Facts, FileAt, NotAsked, Probe
from runbook.step import Step

MOST_ROUNDS = 5
Told = Mapping[Probe, Answer] | CatherdError


class Store(Archives, Protocol):
    """Verified archives on this machine: readable, and with a path for the upload."""

    def path(self, artefact: Artefact) -> Path:
        """Where the archive lies on this machine."""


@dataclass
class Installation:
    """A cluster, its archives, its steps and the hosts they go to."""

    cluster: Cluster
    artefacts: Artefacts
    depot: Store
    steps: tuple[Step, ...]
    targets: Mapping[str, Target]
    _secrets: dict[str, str] = field(default_factory=dict, repr=False)
    _fresh: dict[str, str] = field(default_factory=dict, repr=False)
    """Secrets made in this session that may not have reached a host yet."""
    _secrets_lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def host(self, name: str, facts: Mapping[str, Facts]) -> Host:
        """A host as its steps see it, with these facts."""
        return Host(
            self.cluster.host(name),
            self.cluster,
            self.artefacts,
            facts.get(name, Facts()),
            facts,
            self.secrets(facts),
        )

    def step(self, id: str) -> Step:
        """The step of that id."""
        return next(step for step in self.steps if step.id == id)

    def secrets(self, facts: Mapping[str, Facts]) -> dict[str, str]:
        """Secrets by name: what some host already has, else one made for this session.

        What was found first stays for the session, so that all hosts get the same.
        """
        with self._secrets_lock:
            for name in secret_names(self.cluster):
                if name not in self._secrets:
                    probe = FileAt(f"{SECRETS}/{name}")
                    known = (each[probe].data for each in facts.values() if probe in each)
                    there = next((data for data in known if data), b"").decode().strip()
                    if there:
                        self._secrets[name] = there
            return {
                name: self._secrets.get(name) or self._fresh.setdefault(name, token_hex(32))
                for name in secret_names(self.cluster)
            }

    def survey(
        self, names: Iterable[str] | None = None, steps: Iterable[Step] | None = None
    ) -> dict[str, Facts]:
        """Ask the hosts all that these steps need to know: in parallel, one round trip each.

        More rounds follow only where an answer decides what else must be asked. Hosts that are
        not named are asked for the secrets that all share, as long as these are not known.
        """
        chosen = list(steps or self.steps)
        named = set(names or self.targets)
        unknown = set(secret_names(self.cluster)) - set(self._secrets)
        facts = {name: Facts() for name in self.targets if unknown or name in named}
        with ThreadPoolExecutor(max_workers=min(16, len(facts))) as pool:
            for _ in range(MOST_ROUNDS):
                wanted = {
                    name: self._wanted(name, facts, chosen if name in named else [])
                    for name in facts
                }
                asked = {name: probes for name, probes in wanted.items() if probes}
                if not asked:
                    break
                for name, found in _all_of(pool.map(self._ask, asked, asked.values())):
                    facts[name].update(found)
        return facts

    def _ask(self, name: str, probes: list[Probe]) -> tuple[str, Told]:
        try:
            return name, self.targets[name].survey(probes)
        except CatherdError as error:
            return name, error

    def _wanted(self, name: str, facts: Mapping[str, Facts], steps: list[Step]) -> list[Probe]:
        host = self.host(name, facts)
        wanted: list[Probe] = [FileAt(f"{SECRETS}/{each}") for each in secret_names(self.cluster)]
        for step in steps:
            if step.concerns(host):
                wanted += probes_of_step(step, host)
        return facts[name].missing(wanted)


def _all_of(told: Iterable[tuple[str, Told]]) -> list[tuple[str, Mapping[Probe, Answer]]]:
    """The answers; the errors of all hosts in one go where there are any."""
    answers, errors = [], []
    for name, found in told:
        if isinstance(found, CatherdError):
            errors.append(found)
        else:
            answers.append((name, found))
    if errors:
        raise errors[0] if len(errors) == 1 else Faults(errors)
    return answers


def probes_of_step(step: Step, host: Host) -> list[Probe]:
    """What a step asks of a host, as far as the facts known by now tell."""
    wanted: list[Probe] = []
    try:
        for check in step.checks(host):
            wanted += check.probes
        for action in step.actions(host):
            wanted += probes_of(action)
    except NotAsked as missing:
        wanted.append(missing.args[0])
    return wanted
