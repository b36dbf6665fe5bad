"""The practice lab: up, down, reset, and how it is.

``up`` makes whatever is missing and mends whatever is broken: a lab that was killed from
outside, half built, or lost its files is the same to it as none at all.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial

from installer.lab import hosts, image, planning, state
from installer.lab.image import Progress
from installer.lab.interrupts import in_parallel, undone_unless_finished
from installer.lab.podman import AddressLost, Container, Podman
from installer.lab.remaking import disks, ensure_network, moved, remake, taking_back
from installer.lab.spec import Init, Lab, LabHost, LabSpec, State
from runbook.errors import BadInput
from runbook.text import T

_PATIENCE = 10.0
"""Seconds after which a host that runs is taken for dead: this machine may be busy."""
_SHUTDOWN: dict[Init, str] = {"systemd": "30", "sysv": "60"}
"""Seconds until a host that shuts down is killed; SysV init ends one service after the other."""
_ONCE_STARTED = ("running", "exited", "stopped", "stopping", "paused")


def up(spec: LabSpec, progress: Progress) -> Lab:
    """Bring the lab up, or mend it; what stands and answers is left as it is.

    Interrupted or failed, it takes back what this call has made.

    :raises CatherdError: Podman is missing, a port or the subnet is taken, a host does not boot
    """
    podman = open_podman()
    with state.lock(spec.name), undone_unless_finished(partial(taking_back, progress)) as undo:
        lab = planning.existing(spec, podman, progress) or planning.new(spec, podman, undo)
        base = base_image(podman, progress, lab.init)
        ensure_network(podman, lab, undo)
        there = podman.containers(lab.name)

        def bring(host: LabHost, stop: threading.Event) -> None:
            found = there.get(host.name)
            if found and _still_good(podman, lab, host, found, progress, stop):
                return
            name = hosts.container_name(lab, host)
            undo.callback(podman.remove, [name])
            podman.remove([name])
            hosts.bring(podman, lab, host, base, progress, stop)

        try:
            in_parallel(bring, lab.hosts)
        except AddressLost:
            progress(T("Podman has lost track of an address: moving all hosts to a new network"))
            remake(podman, moved(lab), disks(podman, lab, base, undo), undo, progress)
    return status(lab.name)


def reset(name: str, progress: Progress) -> Lab:
    """Make all hosts bare again, with the addresses, ports and host keys they had."""
    podman = open_podman()
    lab = load(name)
    with state.lock(name), undone_unless_finished(partial(taking_back, progress)) as undo:
        base = base_image(podman, progress, lab.init)
        progress(T("Taking down {number} hosts", number=len(lab.hosts)))
        remake(podman, lab, {host.name: base for host in lab.hosts}, undo, progress)
    return status(name)


def down(name: str, *, image_too: bool = False) -> bool:
    """Remove what carries the lab's label, its snapshots and its files; False if there was nothing.

    :param image_too: remove the image of a bare host as well, which all labs share
    """
    podman = open_podman()
    with state.lock(name):
        containers = [each.name for each in podman.containers(name).values()]
        networks = [net for net, (_, lab) in podman.network_subnets().items() if lab == name]
        podman.remove(containers)
        for network in networks:
            podman.remove_network(network)
        snapshots = podman.images(name)
        for snapshot in snapshots:
            podman.do("rmi", "--force", snapshot)
        known = state.directory(name).exists()
        state.forget(name)
        if image_too:
            image.remove(podman)
    return bool(containers or networks or snapshots or known)


def load(name: str) -> Lab:
    """The lab as it was set up, without asking whether it still stands.

    :raises BadInput: there is none of that name
    """
    if lab := state.load(name):
        return lab
    raise BadInput(
        T("There is no lab called {name}.", name=name),
        remedy=T("Build it: catherd lab up --name {name}", name=name),
    )


def status(name: str) -> Lab:
    """The lab with the state of each host as it is now."""
    lab = load(name)
    there = open_podman().containers(name)

    def look(host: LabHost, stop: threading.Event) -> LabHost:
        found = there.get(host.name)
        now: State = "missing"
        if found:
            now = "stopped"
        if found and found.alive:
            now = "running" if hosts.answers(host, 5.0) else "not answering"
        return replace(host, state=now)

    return replace(lab, hosts=tuple(in_parallel(look, lab.hosts)))


def ssh_command(name: str, host: str) -> list[str]:
    """The command that logs in to the host."""
    lab = load(name)
    return ["ssh", "-F", str(lab.ssh_config), lab.host(host).name]


def reboot(name: str, host: str) -> None:
    """Shut the host down in good order and start it again; returns when it answers."""
    podman, lab = open_podman(), load(name)
    podman.do("restart", "--time", _SHUTDOWN[lab.init], hosts.container_name(lab, lab.host(host)))
    hosts.wait_until_ready(podman, lab, lab.host(host), threading.Event())


def kill(name: str, host: str) -> None:
    """Pull the plug: every process of the host dies at once; ``up`` or ``start`` revives it."""
    podman, lab = open_podman(), load(name)
    podman.do("kill", "--signal", "KILL", hosts.container_name(lab, lab.host(host)))


def start(name: str, host: str) -> None:
    """Start a host that was killed, with what is installed on it; returns when it answers."""
    podman, lab = open_podman(), load(name)
    podman.do("start", hosts.container_name(lab, lab.host(host)))
    hosts.wait_until_ready(podman, lab, lab.host(host), threading.Event())


def open_podman() -> Podman:
    """Podman with the flags of this machine.

    :raises CatherdError: it is not installed
    """
    podman = Podman(state.podman_memory())
    _ = podman.version
    return podman


def base_image(podman: Podman, progress: Progress, init: Init = "systemd") -> str:
    """Name of the image of a bare host, built and tried out on this machine."""
    with state.machine_lock():
        base = image.ensure(podman, progress, init)
        podman.flags(base)
    return base


def _still_good(
    podman: Podman,
    lab: Lab,
    host: LabHost,
    found: Container,
    progress: Progress,
    stop: threading.Event,
) -> bool:
    """Whether the host answers, if need be after it was started again."""
    if found.alive and hosts.logs_in(lab, host, stop, _PATIENCE):
        return True
    if found.state not in _ONCE_STARTED:
        return False  # it was being made when that was interrupted
    progress(T("{host}: does not answer, starting it again", host=host.name))
    if hosts.revive(podman, lab, host, stop):
        progress(T("{host}: up again, with what was installed on it", host=host.name))
        return True
    progress(T("{host}: cannot be revived, making it anew", host=host.name))
    return False
