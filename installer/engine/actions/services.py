"""``Service``: at boot, running, and restarted when what it reads has changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from installer.engine.change import Change
from installer.engine.world import World
from installer.remote.operations import SetService
from runbook.actions import Service
from runbook.probes import Probe, ServiceAt, ServiceState
from runbook.text import Message, T

Verb = Literal["start", "stop", "restart", "reload"]


def probes(action: Service) -> list[Probe]:
    """The state of the service."""
    return [ServiceAt(action.name, action.reads)]


def service(action: Service, world: World) -> Change | None:
    """Bring the service to the wanted state; a restart that is owed is made up for."""
    now = world.service(ServiceAt(action.name, action.reads))
    enable = action.enabled if action.enabled not in (None, now.enabled) else None
    verb = _verb(action, now)
    if enable is None and verb is None:
        return None
    then = replace(
        now,
        exists=True,
        enabled=now.enabled if enable is None else enable,
        running=now.running if verb is None else verb != "stop",
        stale=False,
    )
    world.will_have_service(action.name, then)
    owed = now.stale and not world.touched.intersection(action.reads)
    was: Verb = "start" if now.running else "stop"
    return Change(
        kind="service",
        target=action.name,
        summary=T(
            "{service}: {before} → {after}",
            service=action.name,
            before=words(action.name, now),
            after=words(action.name, then),
        ),
        why=action.why,
        operations=(SetService(action.name, enable, verb, action.reads),),
        undo=(
            SetService(
                action.name,
                None if enable is None else now.enabled,
                was if now.running != then.running else None,
                action.reads,
            ),
        ),
        substance=(enable, verb),
        follows=enable is None and verb == action.on_change and not owed,
        owed=verb == action.on_change and owed,
    )


def _verb(action: Service, now: ServiceState) -> Verb | None:
    if action.running is None:
        return None
    if not action.running:
        return "stop" if now.running else None
    if not now.running:
        return "start"
    return action.on_change if now.stale else None


def words(name: str, state: ServiceState) -> Message:
    """A service's state in words; what starts a control script at boot is not its own state."""
    if name.startswith("/"):
        return T("running") if state.running else T("stopped")
    boot = T("starts at boot") if state.enabled else T("not at boot")
    if not state.running:
        return T("stopped, {boot}", boot=boot)
    if state.stale:
        return T("running with an old configuration, {boot}", boot=boot)
    return T("running, {boot}", boot=boot)
