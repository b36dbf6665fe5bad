"""All that stays the same while Catherd works on one cluster."""

from __future__ import annotations

import time
from collections.abc import Container, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from installer.engine.actions import probes_of
from installer.engine.secrecy import Secrets
from installer.remote.target import Target
from runbook.artefact import Archives, Artefact
from runbook.cluster import Cluster
from runbook.errors import CatherdError, Faults
from runbook.host import Artefacts, Host, secret_names
from runbook.probes import Facts, NotAsked, Probe
from runbook.step import Step
from runbook.text import T

MOST_ROUNDS = 5
Told = Facts | CatherdError


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

    def __post_init__(self) -> None:
        self._secrets = Secrets(secret_names(self.cluster))

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
        """Secrets by name: what some host already has, else one made for this session."""
        self._secrets.learn(facts)
        return self._secrets.values()

    def hide(self, text: str) -> str:
        """``text`` as it may be shown: with dots for secrets and passwords."""
        return self._secrets.hide(text)

    def survey(
        self, names: Iterable[str] | None = None, steps: Iterable[Step] | None = None
    ) -> dict[str, Facts]:
        """Ask the hosts all that these steps need to know: in parallel, one round trip each.

        More rounds follow only where an answer decides what else must be asked, and where none
        of these hosts has the secrets that all share: then the others are asked for them.
        """
        chosen = list(steps or self.steps)
        named = set(names or self.targets)
        facts = {name: Facts() for name in self.targets if name in named}
        with ThreadPoolExecutor(max_workers=min(16, len(self.targets))) as pool:
            for _ in range(MOST_ROUNDS):
                wanted = {
                    name: self._wanted(name, facts, chosen if name in named else [])
                    for name in facts
                }
                asked = {name: probes for name, probes in wanted.items() if probes}
                if not asked:
                    break
                each = map if len(asked) == 1 else pool.map
                for name, found in _all_of(each(self._ask, asked, asked.values()), named):
                    facts[name].take(found)
                self._secrets.learn(facts)
                others = self._secrets.unasked(self.targets) - facts.keys()
                facts.update((name, Facts()) for name in sorted(others))
        return {name: each for name, each in facts.items() if name in named}

    def _ask(self, name: str, probes: list[Probe]) -> tuple[str, Told]:
        told, asked = Facts(), time.time()
        try:
            told.update(self.targets[name].survey(probes), asked)
            return name, told
        except CatherdError as error:
            return name, error

    def _wanted(self, name: str, facts: Mapping[str, Facts], steps: list[Step]) -> list[Probe]:
        host = self.host(name, facts)
        wanted: list[Probe] = list(self._secrets.probes.values())
        for step in steps:
            if step.concerns(host):
                wanted += probes_of_step(step, host)
        return facts[name].missing(wanted)


def _all_of(told: Iterable[tuple[str, Told]], named: Container[str]) -> list[tuple[str, Facts]]:
    """The answers; the errors of all hosts in one go where there are any."""
    answers, errors = [], []
    for name, found in told:
        if isinstance(found, CatherdError):
            if name not in named:
                found.where = T(
                    "It must be asked as well: no chosen host has the secrets that all share. "
                    "{where}",
                    where=found.where or "",
                )
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
