"""Plans one action on one host, of which just the answers to its questions are known."""

from __future__ import annotations

from installer.engine.actions import change_of, probes_of
from installer.engine.change import Change
from installer.engine.world import World
from runbook.actions import Action
from runbook.probes import Answer, Facts, Probe
from tests.engine.given import MEMBERS, MemoryArchives


def world(*answers: Answer, action: Action) -> World:
    """A world where the questions of the action have these answers, in order."""
    asked: list[Probe] = list(probes_of(action))
    facts = Facts(dict(zip(asked, answers, strict=True)))
    return World(facts, MemoryArchives(MEMBERS), "run1", step="step")


def planned(action: Action, *answers: Answer) -> Change | None:
    return change_of(action, world(*answers, action=action))


def change(action: Action, *answers: Answer) -> Change:
    found = planned(action, *answers)
    assert found is not None
    return found
