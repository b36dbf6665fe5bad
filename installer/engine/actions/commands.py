"""``Run`` a short command, and ``Prove``: what the runbook does beside files and services."""

from __future__ import annotations

from installer.engine.change import Change
from installer.engine.proof import trials_of
from installer.engine.world import World
from installer.remote.operations import Remove, Shell
from runbook.actions import Prove, Run
from runbook.probes import FileAt, Probe
from runbook.text import T


def probes(action: Run) -> tuple[Probe, ...]:
    """What tells whether the command is needed."""
    return action.probes


def run(action: Run, world: World) -> Change | None:
    """Run the command unless its judge is content already."""
    if not world.facts.assumed and action.judge(world.seen()).ok:
        return None
    archive = action.artefact.name if action.artefact else ""
    return Change(
        kind="run",
        target=action.command,
        summary=T("run {command}", command=action.command),
        why=action.why,
        artefact=action.artefact,
        operations=(Shell(action.command, action.timeout, archive),),
        undo=(Shell(action.undo),) if action.undo else (),
        no_undo_because=action.no_undo_because,
    )


def proof_probes(action: Prove) -> list[Probe]:
    """The digest that the last proof left."""
    return [FileAt(action.receipt)]


def proof(action: Prove, world: World) -> Change | None:
    """Prove the cluster unless just this one has been proved."""
    proved = (world.facts[FileAt(action.receipt)].data or b"").strip() == action.subject.encode()
    if proved and not action.again:
        return None
    return Change(
        kind="prove",
        target=action.subject,
        summary=T("prove that a session survives a dead node"),
        why=action.why,
        prove=action,
        details=tuple((str(trial.title), trial.why) for trial in trials_of(action.setup)),
        substance=(action.subject,),
        undo=(Remove(action.receipt),),
    )
