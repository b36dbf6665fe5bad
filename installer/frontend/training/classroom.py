"""The practice lab of the training: brought in seconds to the start of any lesson or drill.

The cluster is installed once and kept as a snapshot. A lesson begins where the steps from its own
on are taken back from there; that is kept as a snapshot too, and costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from shlex import quote
from typing import Any

from installer.engine.events import ChangeStarted, Emit, Event, StepDone, Tried
from installer.engine.run import Runner
from installer.frontend.conductor import Conductor
from installer.frontend.operator import Operator
from installer.frontend.session import Session, concerned
from installer.frontend.training import faults
from installer.frontend.training.progress import Progress
from installer.frontend.undoing import after, title_of
from installer.frontend.where import Where
from installer.lab import state
from installer.lab.cluster import answers_path, write_answers
from installer.lab.lab import reset, up
from installer.lab.snapshots import restore, snapshot, snapshots
from installer.lab.spec import Lab, LabSpec
from installer.remote.operations import SetService, Shell
from runbook.actions import Build, Service, Unpack
from runbook.answers import load
from runbook.errors import BadInput, CatherdError, Failed
from runbook.host import Host
from runbook.probes import NotAsked, ServiceAt
from runbook.step import Step
from runbook.steps import RUNBOOK
from runbook.steps.proof import proof_again
from runbook.text import T, Text

SHELF = "/srv/lesson"
"""Where a host finds the archives of a lesson."""
INSTALLED = "cluster"
"""Tag of the snapshot of an installed cluster; with other answers, these follow."""
Say = Callable[[Text], None]
Options = Mapping[str, Any]


class Classroom:
    """One practice lab, and what the trainer has left on its hosts."""

    def __init__(self, name: str, operator: Operator, progress: Progress, say: Say) -> None:
        self.name, self._operator, self.progress, self._say = name, operator, progress, say

    def lab(self) -> Lab | None:
        """The lab, if it is there; no host is asked."""
        return state.load(self.name)

    @contextmanager
    def open(self) -> Iterator[Session]:
        """The cluster of the lab. Connects when it is used."""
        with Session(Where(lab=self.name), self._operator) as session:
            yield session

    def stand(self) -> None:
        """Bring the lab up, or mend it; its answers are written where there are none.

        :raises BadInput: its hosts are not such as the training knows
        """
        known = self.lab()
        if known is not None and known.init != "systemd":
            raise BadInput(
                T("The training needs hosts with systemd; {name} has SysV init.", name=self.name),
                remedy=T("Take another lab: catherd train --lab NAME"),
            )
        lab = up(LabSpec(self.name), self._say)
        if known is None or not (lab.directory / "cluster.toml").exists():
            write_answers(lab, self._say, modules="few")
        if known is None:
            self.progress.hosts = "bare"

    def at_lesson(self, step: Step) -> None:
        """Bring all hosts to the moment before this step; seconds, once it was prepared.

        :raises Locked: another Catherd prepares this lab
        """
        with state.lock(self.name, "training"):
            self._at_lesson(step)

    def installed(self, options: Options | None = None) -> None:
        """Bring all hosts to a cluster that was just installed and proved.

        :raises Failed: the installation did not succeed
        :raises Locked: another Catherd prepares this lab
        """
        with state.lock(self.name, "training"):
            self._installed(options or {})

    def _at_lesson(self, step: Step) -> None:
        tag = f"lesson-{step.id}"
        self.stand()
        self._answers({})
        if tag in snapshots(self.name):
            restore(self.name, tag, self._say)
            self._stop_what_is_started_later(step)
        else:
            if _changes_nothing_before(step):
                self._bare()
            else:
                self._installed({})
                self._take_back_from(step)
            self._provide(step)
            snapshot(self.name, tag, self._say)
        self._provide_flags(step)
        self.progress.hosts = tag
        if before := tuple(each.id for each in RUNBOOK[: RUNBOOK.index(step)]):
            with self.open() as session:
                faults.settle(session, steps=before)

    def _installed(self, options: Options) -> None:
        tag = tag_of(options)
        self.stand()
        there = snapshots(self.name)
        if from_tag := next((each for each in (tag, INSTALLED) if each in there), None):
            restore(self.name, from_tag, self._say)
            self._answers(options if from_tag == tag else {})
            in_service = self._in_service()
        else:
            self._bare()
            in_service = False
        if from_tag != tag or not in_service:
            self._answers(options)
            self._say(T("Installing the cluster; this is done once, and takes a few minutes"))
            if not self.run(tell=self.tell):
                raise Failed(
                    T("The practice lab could not be installed"),
                    remedy=T("See why: catherd run --lab {name}", name=self.name),
                )
            snapshot(self.name, tag, self._say)
        self.progress.hosts = tag

    def _in_service(self) -> bool:
        """Whether the cluster comes up as this Catherd installs it; an older one did otherwise."""
        self._say(T("Waiting until the cluster is in service"))
        with self.open() as session:
            return not faults.settle(session)

    def run(self, step: Step | None = None, tell: Emit = lambda event: None) -> bool:
        """Let the engine carry out one step, or all of them. Speaks to hosts."""
        with self.open() as session:
            run_id = session.new_run_id()
            chosen = session.choose(())
            if step is not None:
                chosen = replace(chosen, steps=(step,))
            facts, plan = session.plan(chosen, run_id)
            if not plan.needed:
                return True
            with session.locked(run_id, concerned(plan)) as outcome:
                runner = Runner(session.installation, session.journal, facts, plan, run_id, tell)
                outcome.ok = runner.run_all()
            return outcome.ok

    def prove(self) -> tuple[Tried, ...]:
        """Kill a node in the middle of a session, and try all else that the proof tries.

        :raises CatherdError: it did not come to an end
        """
        tried: list[Tried] = []
        errors: list[CatherdError] = []

        def note(event: Event) -> None:
            if isinstance(event, Tried):
                tried.append(event)
            elif isinstance(event, StepDone) and event.error is not None:
                errors.append(event.error)

        self.run(proof_again(outage=False), note)
        if errors and all(each.ok for each in tried):
            raise errors[0]
        return tuple(tried)

    def tell(self, event: Event) -> None:
        """Say what the engine tells: each step that ends, and a compiler that begins."""
        if isinstance(event, ChangeStarted) and event.change.kind == "build":
            self._say(T("{host}: {step}; this takes minutes", host=event.host,
                        step=title_of(event.step)))  # fmt: skip
        if isinstance(event, StepDone) and event.outcome in ("done", "failed"):
            mark = "✓" if event.outcome == "done" else "✗"
            self._say(T("{mark} {host}: {step}, {seconds:.0f} s", mark=mark, host=event.host,
                        step=title_of(event.step), seconds=event.seconds))  # fmt: skip
            if event.error is not None:
                self._say(event.error.what)

    def _bare(self) -> None:
        if self.progress.hosts != "bare":
            reset(self.name, self._say)
        self.progress.hosts = "bare"

    def _answers(self, options: Options) -> None:
        """Have the answers that this needs in cluster.toml."""
        now = load(answers_path(self.name)).options
        usual = {"members": "http", "membership": "static"}
        if any(getattr(now, key) != value for key, value in {**usual, **options}.items()):
            lab = self.lab()
            assert lab is not None
            write_answers(lab, self._say, options=dict(options), modules="few")

    def _stop_what_is_started_later(self, step: Step) -> None:
        """Hosts that boot start each service that is there; in the lesson nobody has started it."""
        later = RUNBOOK[RUNBOOK.index(step) :]
        with self.open() as session:
            facts = session.installation.survey(steps=later)
            for name, target in session.targets.items():
                host = session.installation.host(name, facts)
                for started in _services(later, host):
                    target.apply(SetService(started, action="stop"))

    def _take_back_from(self, step: Step) -> None:
        self._say(T("Taking back “{step}” and what comes after it", step=step.title))
        steps = {step.id, *after(step.id)}
        with self.open() as session:
            conductor = Conductor(session, lambda event: None, lambda before, now: False)
            rollback, plan = conductor.what_undoes(steps)
            if plan.conflicts or not conductor.undo(rollback, plan):
                raise Failed(
                    T("The lesson could not be prepared"),
                    remedy=T(
                        "Begin with fresh hosts: catherd lab down --name {name}", name=self.name
                    ),
                )

    def _provide(self, step: Step) -> None:
        """Put the archives of a step where its hosts find them."""
        with self.open() as session:
            installation = session.installation
            for name, target in session.targets.items():
                host = installation.host(name, {})
                for artefact in (action.artefact for action in _actions(step, host)):
                    self._say(T("{host}: {file} goes to {place}", host=name, file=artefact.name,
                                place=SHELF))  # fmt: skip
                    staged = target.stage(installation.depot.path(artefact), artefact.sha256)
                    target.apply(Shell(f"mkdir -p {SHELF} && cp {staged} {SHELF}/{artefact.name}"
                                       f" && chmod 0644 {SHELF}/{artefact.name}"))  # fmt: skip
                target.unstage()

    def _provide_flags(self, step: Step) -> None:
        """Put the flags of a build there too: nobody types two dozen of them."""
        with self.open() as session:
            for name, target in session.targets.items():
                for action in _actions(step, session.installation.host(name, {})):
                    if isinstance(action, Build):
                        flags = " ".join(quote(each.text) for each in action.flags)
                        target.apply(Shell(f"echo {quote(flags)} >{SHELF}/flags"))


def tag_of(options: Options) -> str:
    """Tag of the snapshot of a cluster that was installed with these answers."""
    return "-".join([INSTALLED, *(str(value) for value in options.values())])


def _changes_nothing_before(step: Step) -> bool:
    """Whether the step is the first that changes bare hosts."""
    return all(each.id == "preflight" for each in RUNBOOK[: RUNBOOK.index(step)])


def _services(steps: Iterable[Step], host: Host) -> Iterator[str]:
    """Services that are there already, and that these steps start on this host."""
    for step in steps:
        for action in step.actions(host) if step.concerns(host) else ():
            if not isinstance(action, Service) or not action.running:
                continue
            if host.facts[ServiceAt(action.name, action.reads)].exists:
                yield action.name


def _actions(step: Step, host: Host) -> list[Build | Unpack]:
    """What the step unpacks or builds on this host."""
    found: list[Build | Unpack] = []
    if step.concerns(host):
        with suppress(NotAsked):
            for action in step.actions(host):
                if isinstance(action, Build | Unpack):
                    found.append(action)
    return found
