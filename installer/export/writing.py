"""Makes the document of a runbook from the plan on paper; nothing here knows a particular step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import installer
from installer.engine.change import Change
from installer.engine.installation import Installation
from installer.engine.plan import Plan, StepPlan
from installer.export import proof_by_hand, words
from installer.export.bringing import bringing, tidying
from installer.export.by_hand import ByHand
from installer.export.looking import look
from installer.export.model import Archive, Asked, Block, Chapter, Doing, Part, Runbook
from installer.export.paper import OnPaper, on_paper, plan_on_paper
from runbook.actions import Prove
from runbook.artefact import Artefact
from runbook.probes import Facts
from runbook.step import Step
from runbook.text import T, Text, listed

RUN = "by-hand"
"""What the run is called in the paths of originals that are kept."""


def runbook_of(installation: Installation) -> Runbook:
    """The whole runbook with the values of this cluster; asks no host.

    :raises CatherdError: a step cannot be planned without looking at a host
    """
    paper = on_paper(installation)
    return _Writer(paper, plan_on_paper(paper, RUN)).runbook()


class _Writer:
    def __init__(self, paper: OnPaper, plan: Plan) -> None:
        self._paper, self._plan = paper, plan
        facts: dict[str, Facts] = {}
        stand_ins = paper.secrets(facts)
        self._hosts = {
            each.name: ByHand(paper.host(each.name, facts), stand_ins, RUN)
            for each in paper.cluster.hosts
        }

    def runbook(self) -> Runbook:
        archives, secrets = tuple(self._archives()), self._secrets()
        places = {
            change.artefact.name: self._paper.depot.path(change.artefact)
            for _, change in self._changes()
            if change.artefact
        }
        return Runbook(
            self._paper.cluster,
            installer.__version__,
            archives,
            tuple(bringing(self._paper.cluster, archives, secrets, places)),
            tuple(self._chapters()),
            tuple(tidying(archives, secrets)),
        )

    def _changes(self) -> Iterator[tuple[StepPlan, Change]]:
        return ((each, change) for each in self._plan.steps for change in each.changes)

    def _archives(self) -> Iterator[Archive]:
        sources = dict(_sources(self._paper))
        hosts: dict[Artefact, dict[str, None]] = {}
        for plan, change in self._changes():
            if change.artefact is not None:
                hosts.setdefault(change.artefact, {})[plan.host] = None
        for artefact, names in hosts.items():
            source = sources.get(artefact.sha256, "")
            yield Archive(artefact.name, artefact.sha256, source, artefact.size, tuple(names))

    def _secrets(self) -> dict[str, list[str]]:
        found: dict[str, dict[str, None]] = {}
        for plan, change in self._changes():
            for name in self._hosts[plan.host].secrets_in(change):
                found.setdefault(name, {})[plan.host] = None
        return {name: list(hosts) for name, hosts in found.items()}

    def _chapters(self) -> Iterator[Chapter]:
        plans = self._plan.by_step()
        numbered = {step.id: number for number, step in enumerate(self._paper.steps, 1)}
        for step in self._paper.steps:
            if step.id in plans:
                parts = [self._part(step, plan) for plan in plans[step.id]]
                notes = tuple(_notes(step, numbered))
                yield Chapter(numbered[step.id], step, notes, tuple(_alike(parts)))

    def _part(self, step: Step, plan: StepPlan) -> Part:
        by_hand = self._hosts[plan.host]
        doings = tuple(
            doing for change in plan.changes if (doing := self._doing(by_hand, change, step.id))
        )
        checks = tuple(Asked((plan.host,), finding.check) for finding in plan.findings)
        probes = dict.fromkeys(probe for asked in checks for probe in asked.check.probes)
        looks = _together(look(probe, by_hand.host) for probe in probes)
        return Part(
            (plan.host,),
            doings,
            checks,
            tuple(Block((), each, kind="look") for each in looks),
            tuple(self._undoings(by_hand, plan.changes, step.id)),
        )

    def _doing(self, by_hand: ByHand, change: Change, step: str) -> Doing | None:
        if isinstance(change.action, Prove):
            blocks = proof_by_hand.blocks(change.action, by_hand.host)
            return Doing(_title(change), change.why, change.details, blocks)
        commands = by_hand.doing(change, step)
        if commands == "":
            return None
        reasons = tuple((text, why) for text, why in change.details if str(why))
        if commands is None:
            lines = tuple(text for text, _ in change.details)
            return Doing(_title(change), change.why, (), (), lines)
        return Doing(_title(change), change.why, reasons, (Block((), commands),))

    def _undoings(self, by_hand: ByHand, changes: Iterable[Change], step: str) -> Iterator[Block]:
        for change in reversed(tuple(changes)):
            if by_hand.doing(change, step) == "":
                continue
            if commands := by_hand.undoing(change, step):
                yield Block((), commands, _title(change), kind="undo")


def _title(change: Change) -> Text:
    """What the change is; a command of several lines stands below it anyway."""
    return change.summary if "\n" not in str(change.summary) else T("run these commands")


def _sources(paper: OnPaper) -> Iterator[tuple[str, str]]:
    """The source of each archive, by its checksum; what may be secret in an address is left out."""
    software, artefacts = paper.cluster.software, paper.artefacts
    named = [(each, artefacts.applications.get(each.name)) for each in paper.cluster.applications]
    named += [
        (getattr(software, each), getattr(artefacts, each)) for each in ("httpd", "tomcat", "jdk")
    ]
    for answers, artefact in named:
        if artefact is not None:
            yield artefact.sha256, (answers.source or "").partition("?")[0]


def _notes(step: Step, numbered: dict[str, int]) -> Iterator[Text]:
    if step.after:
        steps = listed(f"{numbered[id]}" for id in step.after)
        yield T("First finish these steps on all hosts: {steps}.", steps=steps)
    if step.one_at_a_time:
        yield T("One host after the other, in this order; wait for the checks of each.")


def _together(looks: Iterable[str]) -> list[str]:
    """Each once; those of one line in one block."""
    each = list(dict.fromkeys(looks))
    short = "\n".join(one for one in each if "\n" not in one)
    return [*([short] if short else []), *(one for one in each if "\n" in one)]


def _alike(parts: Iterable[Part]) -> Iterator[Part]:
    """Hosts for which the step is the same, together."""
    groups: dict[str, list[Part]] = {}
    for part in parts:
        groups.setdefault(repr((part.doings, part.looks, part.undoings)), []).append(part)
    for group in groups.values():
        hosts = tuple(host for part in group for host in part.hosts)
        checks = tuple(_asked(asked for part in group for asked in part.checks))
        yield _on(replace(group[0], checks=checks), hosts)


def _asked(checks: Iterable[Asked]) -> Iterator[Asked]:
    """Checks that say the same for several hosts once."""
    same: dict[tuple[str, ...], list[Asked]] = {}
    for each in checks:
        same.setdefault(words.check_row(each.check), []).append(each)
    for alike in same.values():
        yield Asked(tuple(host for each in alike for host in each.hosts), alike[0].check)


def _on(part: Part, hosts: tuple[str, ...]) -> Part:
    """The part with the names of its hosts in every block that has none of its own."""

    def named(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(block if block.hosts else replace(block, hosts=hosts) for block in blocks)

    doings = tuple(replace(each, blocks=named(each.blocks)) for each in part.doings)
    looks, undoings = named(part.looks), named(part.undoings)
    return replace(part, hosts=hosts, doings=doings, looks=looks, undoings=undoings)
