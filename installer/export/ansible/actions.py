"""Each kind of action as tasks: ``units_of`` finds the right ones, whatever the step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from installer.engine.change import Change
from installer.export.ansible import files
from installer.export.ansible.units import Place, Task, Unit, handler_name, spared, titled
from installer.remote.script import near, outside_webapps
from runbook.actions import Account, Action, Build, Edit, Prove, Put, Run, Service, Unpack
from runbook.artefact import RECEIPT
from runbook.errors import BadInput
from runbook.text import T

KINDS = {"unpack": ("tar", "zip"), "build": ("tar",)}
"""What the role ``install`` can unpack."""


def units_of(change: Change, place: Place) -> Unit | None:
    """The tasks of a planned change; None for what only Catherd does."""
    action = change.action
    assert action is not None
    return _UNITS[type(action)](action, change, place)


def _install(action: Unpack | Build, to: str, how: str, place: Place, more: Task) -> Unit:
    if action.artefact.format not in KINDS[how]:
        raise BadInput(
            T("{name} cannot be unpacked by the exported project", name=action.artefact.name),
            remedy=T("Name an archive of another kind: {kinds}.", kinds=", ".join(KINDS[how])),
        )
    variables = {
        "install_how": how,
        "install_archive": action.artefact.name,
        "install_to": place.named(to),
        "install_beside": place.named(near(to)),
        "install_aside": place.named(f"{outside_webapps(to)}.before-"),
        "install_contains": list(action.contains),
        **more,
    }
    task: Task = {
        "name": titled(action.why, to),
        "ansible.builtin.include_role": {"name": "install"},
        "vars": variables,
    }
    told = place.told(f"{to}/{RECEIPT}", program=True)
    if told:
        task["ansible.builtin.include_role"]["apply"] = told
    unit = Unit(to, ({**task, **place.guard(to)},))
    place.roots.append(to)
    return unit


def _unpack(action: Unpack, change: Change, place: Place) -> Unit:
    owners = {"install_owner": action.owner, "install_group": action.group}
    more: Task = {key: place.named(each) for key, each in owners.items() if each != "root"}
    if action.only:
        more["install_only"] = list(action.only)
    if action.writable:
        more["install_writable"] = list(action.writable)
        more["install_writable_owner"] = place.named(action.writable_owner)
    return _install(action, action.to, "unpack", place, more)


def _build(action: Build, change: Change, place: Place) -> Unit:
    flags = [{"flag": place.named(each.text), "why": str(each.why)} for each in action.flags]
    more = {"install_flags": flags}
    return _install(action, action.prefix, "build", place, more)


def _run(action: Run, change: Change, place: Place) -> Unit:
    if not action.unless or action.artefact:
        raise BadInput(
            T("The command cannot be exported: {command}", command=action.command),
            remedy=T("Name an archive of another kind: {kinds}.", kinds=", ".join(KINDS["unpack"]))
            if action.artefact
            else T("Its description lacks what tells on the host that it is not needed."),
        )
    found = f"{place.role}_needed"
    name = titled(action.why, place.role)
    tasks: tuple[Task, ...] = (
        {
            "name": f"{name}: {T('is it needed?')}",
            "ansible.builtin.shell": {"cmd": place.named(action.unless)},
            "register": found,
            "changed_when": False,
            "failed_when": False,
            "check_mode": False,
            **spared(action.unless),
        },
        {
            "name": name,
            "ansible.builtin.shell": {"cmd": place.named(action.command)},
            "when": f"{found}.rc != 0",
            "changed_when": True,
            **spared(action.command),
        },
    )
    return Unit(action.command, tasks)


def _service(action: Service, change: Change, place: Place) -> Unit:
    if action.name.startswith("/"):
        raise BadInput(
            T("Ansible knows no service {name}: rc.local starts it", name=action.name),
            remedy=T('Write tomcat_boot = "service" for the export.'),
        )
    module = "ansible.builtin.systemd_service" if place.systemd else "ansible.builtin.service"
    wanted: Task = {"name": action.name}
    if action.enabled is not None:
        wanted["enabled"] = action.enabled
    if action.running is not None:
        wanted["state"] = "started" if action.running else "stopped"
    if place.systemd:
        wanted["daemon_reload"] = True
    # In check mode the file that describes a new service is not there yet.
    found = f"{place.role}_service"
    unknown: Task = {
        "register": found,
        "failed_when": f"{found} is failed and not (ansible_check_mode"
        f" and 'Could not find' in {found}.msg)",
    }
    tasks: list[Task] = []
    handlers: list[Task] = []
    if action.reads:
        tasks.append(
            {
                "name": str(T("Restarts that are owed come first")),
                "ansible.builtin.meta": "flush_handlers",
            }
        )
        for verb in dict.fromkeys(("restart", action.on_change)):
            handlers.append(
                {
                    "name": str(handler_name(action, verb)),
                    module: {
                        "name": action.name,
                        "state": f"{verb}ed",
                        **({"daemon_reload": True} if place.systemd else {}),
                    },
                    **unknown,
                }
            )
    tasks.append({"name": titled(action.why, action.name), module: wanted, **unknown})
    return Unit(action.name, tuple(tasks), tuple(handlers))


def _account(action: Account, change: Change, place: Place) -> Unit:
    found = f"{place.role}_account"
    absent = {"when": f"{found}.ansible_facts.getent_passwd['{action.name}'] is none"}
    name = place.named(action.name)
    tasks: tuple[Task, ...] = (
        {
            "name": str(T("Look for the user {name}", name=action.name)),
            "ansible.builtin.getent": {"database": "passwd", "key": name, "fail_key": False},
            "register": found,
        },
        {
            "name": str(T("Create the group {name}", name=action.name)),
            "ansible.builtin.group": {"name": name, "system": True},
            **absent,
        },
        {
            "name": titled(action.why, action.name),
            "ansible.builtin.user": {
                "name": name,
                "group": name,
                "system": True,
                "home": place.named(action.home),
                "create_home": False,
                "shell": action.shell,
            },
            **absent,
        },
    )
    return Unit(action.name, tasks)


def _prove(action: Prove, change: Change, place: Place) -> None:
    """Killing nodes and following sessions is not what a playbook is for."""


_UNITS: Mapping[type[Action], Callable[[Any, Change, Place], Unit | None]] = {
    Put: files.file,
    Edit: files.edit,
    Unpack: _unpack,
    Build: _build,
    Run: _run,
    Service: _service,
    Account: _account,
    Prove: _prove,
}
