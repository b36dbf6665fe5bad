"""All hosts of a lab made anew: for a reset, from a snapshot, or to leave a broken network."""

from __future__ import annotations

import secrets
import threading
from contextlib import ExitStack
from dataclasses import replace

from installer.lab import hosts, state
from installer.lab.image import Progress
from installer.lab.interrupts import in_parallel
from installer.lab.podman import LABEL, AddressLost, Podman
from installer.lab.spec import Lab, LabHost
from runbook.errors import CatherdError
from runbook.text import T


def remake(
    podman: Podman,
    lab: Lab,
    images: dict[str, str],
    undo: ExitStack,
    progress: Progress,
    bare: bool = True,
) -> None:
    """Take all hosts down and make each anew from its image.

    :param bare: False where the images are snapshots, which have the hosts' own files already
    """
    doomed = [hosts.container_name(lab, host) for host in lab.hosts]
    undo.callback(podman.remove, doomed)

    def bring_all(lab: Lab) -> None:
        def bring(host: LabHost, stop: threading.Event) -> None:
            hosts.bring(podman, lab, host, images[host.name], progress, stop, bare)

        podman.remove(doomed)
        ensure_network(podman, lab, undo)
        in_parallel(bring, lab.hosts)

    try:
        bring_all(lab)
    except AddressLost:
        bring_all(moved(lab))
    podman.prune(lab.name)


def moved(lab: Lab) -> Lab:
    """The lab in a network of another name.

    Podman may keep an address for a container that is gone until this machine boots; it does so
    by the network's name.
    """
    elsewhere = replace(lab, moved=secrets.token_hex(3))
    state.save(elsewhere)
    return elsewhere


def ensure_network(podman: Podman, lab: Lab, undo: ExitStack) -> None:
    """Make the lab's network unless it is there and right; it has no other."""
    with state.machine_lock():  # Podman names a bridge after the ones it has just counted
        networks = podman.network_subnets()
        subnet, owner = networks.get(lab.network, (None, None))
        if subnet is not None and owner != lab.name:
            raise CatherdError(
                T("Podman has a network called {name} that is not a lab's.", name=lab.network),
                remedy=T("Give the lab another name: catherd lab up --name NAME"),
            )
        for name, (its_subnet, its_owner) in networks.items():
            if its_owner == lab.name and (name, its_subnet) != (lab.network, lab.subnet):
                podman.remove_network(name)
        if subnet == lab.subnet:
            return
        undo.callback(podman.remove_network, lab.network)
        options = (f"--subnet={lab.subnet}", "--disable-dns", f"--label={LABEL}={lab.name}")
        podman.do("network", "create", *options, lab.network)


def disks(podman: Podman, lab: Lab, base: str, undo: ExitStack) -> dict[str, str]:
    """An image of what lies on each host's disk; ``base`` for a host that has none."""
    there = podman.containers(lab.name)
    undo.callback(podman.prune, lab.name)

    def keep(host: LabHost, stop: threading.Event) -> str:
        found = there.get(host.name)
        kept = podman.ask("commit", "--quiet", found.name) if found else None
        return kept.out.strip() if kept and kept.ok else base

    images = in_parallel(keep, lab.hosts)
    return {host.name: image for host, image in zip(lab.hosts, images, strict=True)}


def taking_back(progress: Progress) -> None:
    """Tell that an interrupted call undoes what it did."""
    progress(T("Stopping, and taking back what was begun"))
