"""Everything that a command needs to work on a cluster, opened once and closed in the end."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import installer
from installer.frontend import locks
from installer.frontend.hosts import FromFile, open_targets
from installer.frontend.operator import Operator
from installer.frontend.where import Where, journal_file
from installer.remote.locking import holder
from installer.remote.ssh import Credentials, accept_new
from runbook.answers import load
from runbook.errors import BadInput, CatherdError, Faults
from runbook.software.jdk import origin
from runbook.text import T

if TYPE_CHECKING:
    from installer.depot.depot import Depot
    from installer.engine.history import History
    from installer.engine.installation import Installation
    from installer.engine.journal import Journal
    from installer.engine.plan import Plan
    from installer.engine.rollback_plan import Rollback
    from runbook.artefact import Artefact
    from runbook.cluster import ApplicationAnswers, Cluster, Obtained
    from runbook.host import Artefacts
    from runbook.probes import Facts
    from runbook.step import Step


@dataclass(frozen=True)
class Chosen:
    """The hosts and steps that a command was told to work on."""

    hosts: tuple[str, ...]
    steps: tuple[Step, ...]


@dataclass
class Outcome:
    """How a run went; a run that was broken off did not succeed."""

    ok: bool = False


class Session:
    """Answers, artefacts, hosts and journal of one cluster."""

    _opening: Sequence[Future[None]] = ()
    _words: Sequence[str] = ()
    _runs = 0

    def __init__(self, where: Where, operator: Operator) -> None:
        self._words, self._operator = where.words, operator
        self.path = where.path
        self.cluster = load(self.path)
        policy = accept_new if where.accept_new_host_keys else operator.trusts
        credentials = credentials_of(where, operator)
        self.targets = open_targets(self.cluster, self.path.parent, credentials, policy)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        for target in self.targets.values():
            target.close()
        if "journal" in self.__dict__:
            self.journal.close()

    @cached_property
    def installation(self) -> Installation:
        """The cluster with its verified archives."""
        from installer.depot.depot import Depot
        from installer.engine.installation import Installation
        from runbook.steps import RUNBOOK

        depot = Depot()
        return Installation(
            self.cluster,
            fetch_all(self.cluster, self.path.parent, depot, self._operator),
            depot,
            RUNBOOK,
            self.targets,
        )

    @cached_property
    def journal(self) -> Journal:
        """What was done to this cluster from this machine."""
        from installer.engine.journal import Journal

        return Journal(journal_file(self.path, self.cluster.name))

    def new_run_id(self) -> str:
        """A name for a run that sorts by time, is valid in paths and tells when it was."""
        self._runs += 1
        again = f"-{self._runs:02d}" if self._runs > 1 else ""
        return time.strftime("%Y%m%d-%H%M%S", time.gmtime()) + f"-{os.getpid()}{again}"

    def choose(
        self, hosts: Sequence[str], only: Sequence[str] = (), since: str | None = None
    ) -> Chosen:
        """The hosts and steps that were named on the command line; all by default."""
        names = tuple(host.name for host in self.cluster.hosts)
        _known(hosts, names, T("host"))
        chosen = tuple(name for name in names if not hosts or name in hosts)
        self._open(chosen)
        from runbook.steps import RUNBOOK

        ids = tuple(step.id for step in RUNBOOK)
        _known([*only, *([since] if since else [])], ids, T("step"))
        steps = RUNBOOK[ids.index(since) :] if since else RUNBOOK
        if only:
            steps = tuple(step for step in steps if step.id in only)
        return Chosen(chosen, steps)

    def _open(self, names: Sequence[str]) -> None:
        """Begin to connect while the rest of Catherd is still being loaded."""
        pool = ThreadPoolExecutor(len(names), "open")
        self._opening = [pool.submit(self.targets[name].connect) for name in names]
        pool.shutdown(wait=False)

    def _opened(self) -> None:
        """Wait for the connections; all that failed are told in one go."""
        errors = [future.exception() for future in self._opening]
        self._opening = []
        failed = [error for error in errors if isinstance(error, CatherdError)]
        if failed:
            raise failed[0] if len(failed) == 1 else Faults(failed)

    def plan(self, chosen: Chosen, run_id: str = "preview") -> tuple[dict[str, Facts], Plan]:
        """Look at the chosen hosts, and plan the chosen steps from what was seen."""
        from installer.engine.plan import make_plan

        installation = self.installation
        self._opened()
        facts = installation.survey(chosen.hosts, chosen.steps)
        return facts, make_plan(installation, facts, run_id, chosen.steps, chosen.hosts)

    def rollback(self, chosen: Chosen, run_id: str) -> Rollback:
        """What the chosen hosts know of the changes made to them; needs no archives."""
        from installer.engine.rollback_plan import Rollback
        from installer.engine.secrecy import Secrets
        from runbook.host import secret_names

        self._opened()
        targets = {name: self.targets[name] for name in chosen.hosts}
        return Rollback(targets, run_id, Secrets(secret_names(self.cluster)))

    def command(self, name: str) -> str:
        """The command line of another command for this cluster."""
        return shlex.join(["catherd", name, *self._words])

    def history(self) -> History:
        """What the journal says of the runs before; read before the next one begins."""
        from installer.engine.history import History

        return History(self.journal, self.cluster)

    def nothing_to_do(self, run_id: str, chosen: Chosen) -> None:
        """Record that all is done with these answers, unless the journal says so already."""
        last = self.history().last
        whole = len(chosen.hosts) == len(self.cluster.hosts) and chosen.steps == self._all_steps()
        if whole and last is not None and not last.settled:
            self._begin(run_id)
            self.journal.end_run(run_id, True)

    def _all_steps(self) -> tuple[Step, ...]:
        from runbook.steps import RUNBOOK

        return RUNBOOK

    def _begin(self, run_id: str, command: str = "run") -> None:
        from installer.engine.history import as_recorded

        answers = as_recorded(self.cluster)
        self.journal.begin_run(run_id, command, answers, installer.__version__)

    @contextmanager
    def locked(
        self,
        run_id: str,
        hosts: Iterable[str] | None = None,
        command: str = "run",
    ) -> Iterator[Outcome]:
        """Hold these hosts (all by default) for a run, which the journal records."""
        targets = {name: self.targets[name] for name in hosts} if hosts else self.targets
        held_by = holder(f"catherd {command} {run_id}")
        try:
            locks.hold(self.cluster, targets, held_by)
            with self.recorded(run_id, command) as outcome:
                yield outcome
        finally:
            locks.release(targets)

    @contextmanager
    def recorded(self, run_id: str, command: str = "run") -> Iterator[Outcome]:
        """The journal has the run, and in the end how it went."""
        outcome = Outcome()
        self._begin(run_id, command)
        try:
            yield outcome
        finally:
            self.journal.end_run(run_id, outcome.ok)


def concerned(plan: Plan) -> tuple[str, ...] | None:
    """The hosts that a run of this plan holds; None for all: a proof needs the whole cluster."""
    if any(change.prove for each in plan.steps for change in each.changes):
        return None
    return tuple(dict.fromkeys(each.host for each in plan.steps))


def fetch_all(cluster: Cluster, base: Path, depot: Depot, operator: Operator) -> Artefacts:
    """Bring every archive that the answers name to this machine, verified."""
    from runbook.host import Artefacts

    with operator.watching() as watching:

        def fetch(wanted: Obtained | ApplicationAnswers, plain: bool = True) -> Artefact:
            source = wanted.source or ""
            found = depot.fetch(
                source,
                sha256=wanted.sha256,
                sha512=wanted.sha512,
                base=base,
                progress=watching.progress(source),
                say=watching.say,
            )
            if plain and found.format not in ("tar", "zip"):
                raise BadInput(
                    T("{name} is an installer or a package, and no archive", name=found.name),
                    remedy=T("Only the JDK may come as one: give a .tar.gz"),
                )
            return found

        software = cluster.software
        httpd, tomcat = fetch(software.httpd), fetch(software.tomcat)
        jdk = fetch(software.jdk, plain=False) if origin(software.jdk.source) is None else None
        return Artefacts(
            httpd,
            tomcat,
            jdk,
            {each.name: fetch(each) for each in cluster.applications if each.source},
            *((depot.java(jdk),) if jdk else ()),
        )


def credentials_of(where: Where, operator: Operator) -> Credentials:
    """Who is asked for passwords: the lab or the file first, then the operator."""
    if where.lab is not None:
        from installer.lab.cluster import sudo_password_path

        return FromFile(sudo_password_path(where.lab), operator)
    if where.sudo_password_file is not None:
        return FromFile(where.sudo_password_file, operator)
    return operator


def _known(given: Sequence[str], known: Sequence[str], kind: object) -> None:
    for name in given:
        if name not in known:
            raise BadInput(
                T("There is no {kind} {name}", kind=kind, name=name),
                remedy=T("Known are: {known}", known=", ".join(known)),
            )
