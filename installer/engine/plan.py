"""The plan: for every step and host all that would change, materialised before anything does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from installer.engine.actions import change_of
from installer.engine.change import Change
from installer.engine.description import description_of
from installer.engine.installation import Installation
from installer.engine.secrecy import Hide, hidden, hush
from installer.engine.world import World
from runbook.actions import Action
from runbook.check import Check, Seen, Verdict
from runbook.errors import BadInput, CatherdError
from runbook.host import Host
from runbook.probes import Facts
from runbook.step import Step
from runbook.text import T


@dataclass(frozen=True)
class Finding:
    """A check and what it found."""

    check: Check
    verdict: Verdict

    @property
    def failed(self) -> bool:
        """Whether this stands in the way (advice does not)."""
        return not self.verdict.ok and not self.verdict.advice


@dataclass(frozen=True)
class StepPlan:
    """What one step would do to one host, and what its checks say now."""

    step: Step
    host: str
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    error: CatherdError | None = None
    """Why the step cannot be planned on this host."""
    description: str = ""
    """Digest of what the step describes for this host, however the host is now."""

    @property
    def needed(self) -> bool:
        """Whether the step has anything to do or to find out."""
        return bool(self.changes or self.error or any(f.failed for f in self.findings))


@dataclass(frozen=True)
class Plan:
    """All step plans, in the runbook's order."""

    steps: tuple[StepPlan, ...]

    @property
    def needed(self) -> tuple[StepPlan, ...]:
        """The step plans that have something to do."""
        return tuple(each for each in self.steps if each.needed)

    def of(self, step: str, host: str) -> StepPlan | None:
        """The plan of one step on one host."""
        return next((p for p in self.steps if (p.step.id, p.host) == (step, host)), None)

    def replaced(self, others: Iterable[StepPlan]) -> Plan:
        """This plan with the step plans of ``others`` in place of its own for the same."""
        newer = {(each.step.id, each.host): each for each in others}
        return Plan(tuple(newer.get((each.step.id, each.host), each) for each in self.steps))

    def by_step(self) -> dict[str, tuple[StepPlan, ...]]:
        """Step plans of each step, in order."""
        found: dict[str, tuple[StepPlan, ...]] = {}
        for each in self.steps:
            found[each.step.id] = (*found.get(each.step.id, ()), each)
        return found


def make_plan(
    installation: Installation,
    facts: Mapping[str, Facts],
    run_id: str = "preview",
    steps: Iterable[Step] | None = None,
    names: Iterable[str] | None = None,
) -> Plan:
    """Plan these steps on these hosts from facts alone: no host is asked anything more."""
    wanted = tuple(names or installation.targets)
    worlds = {
        name: World(facts[name], installation.depot, run_id, facts, installation.hide)
        for name in wanted
    }
    hosts = {name: installation.host(name, facts) for name in wanted}
    return Plan(
        tuple(
            _plan_step(step, host, worlds[name], installation.hide)
            for step in steps or installation.steps
            for name, host in hosts.items()
            if step.concerns(host)
        )
    )


def findings_of(step: Step, host: Host, hide: Hide) -> tuple[Finding, ...]:
    """What the checks of a step say of a host, by the facts that it carries."""
    seen = Seen(host.facts, host.peers)
    return tuple(Finding(check, _judged(check, seen, hide)) for check in step.checks(host))


def _judged(check: Check, seen: Seen, hide: Hide) -> Verdict:
    """The check's verdict; a file on the host that cannot be read at all is a finding too."""
    if seen.facts.assumed:
        return Verdict(False, T("nobody has looked"))
    try:
        verdict = check.judge(seen)
    except BadInput as error:
        verdict = Verdict(False, error.what)
    return replace(verdict, seen=hidden(verdict.seen, hide))


def _plan_step(step: Step, host: Host, world: World, hide: Hide) -> StepPlan:
    world.step = step.id
    findings = findings_of(step, host, hide)
    changes: list[Change] = []
    described: list[Action] = []
    try:
        for action in step.actions(host):
            described.append(action)
            change = change_of(action, world)
            if change is not None:
                changes.append(change)
    except CatherdError as error:
        error.where = T("{host}: {where}", host=host.name, where=error.where or step.id)
        hush(error, hide)
        return StepPlan(step, host.name, tuple(changes), findings, error)
    description = description_of(described, [each.check for each in findings], host.secrets)
    return StepPlan(step, host.name, tuple(changes), findings, description=description)
