"""One module for each kind of action: what it asks the host, what it would change, its undo.

``probes_of`` and ``change_of`` find the right one; nothing here knows a particular step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from installer.engine.actions import accounts, builds, commands, files, services, unpacking
from installer.engine.change import Change
from installer.engine.world import World
from runbook.actions import Account, Action, Build, Edit, Prove, Put, Run, Service, Unpack
from runbook.probes import Probe

Probes = Callable[[Any], Iterable[Probe]]
Plan = Callable[[Any, World], Change | None]

_HANDLERS: dict[type[Action], tuple[Probes, Plan]] = {
    Put: (files.probes, files.put),
    Edit: (files.probes, files.edit),
    Unpack: (unpacking.probes, unpacking.unpack),
    Build: (builds.probes, builds.build),
    Run: (commands.probes, commands.run),
    Service: (services.probes, services.service),
    Account: (accounts.probes, accounts.account),
    Prove: (commands.proof_probes, commands.proof),
}


def probes_of(action: Action) -> Iterable[Probe]:
    """What must be known of a host before this action can be planned."""
    return _HANDLERS[type(action)][0](action)


def change_of(action: Action, world: World) -> Change | None:
    """What the action would change, or None; ``world`` is told of it for the actions after."""
    change = _HANDLERS[type(action)][1](action, world)
    return change and replace(change, action=action)
