"""Snapshots: all hosts with what is installed on them, kept as images of the lab's own.

Installing takes minutes, coming back to what was installed a few seconds: whoever tries
something out, or tests it, begins from a snapshot each time.
"""

from __future__ import annotations

import re
import threading
from functools import partial

from installer.lab import hosts, state
from installer.lab.image import Progress
from installer.lab.interrupts import in_parallel, undone_unless_finished
from installer.lab.lab import load, open_podman, status
from installer.lab.podman import LABEL, Podman
from installer.lab.remaking import remake, taking_back
from installer.lab.spec import Lab, LabHost
from runbook.errors import BadInput
from runbook.text import T


def snapshot(name: str, tag: str, progress: Progress) -> None:
    """Keep all hosts as they are now under ``tag``, in place of an older snapshot of that tag.

    Nothing is stopped for it: restored, the hosts boot as after a power cut.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,60}", tag):
        raise BadInput(
            T("{tag} cannot be the name of a snapshot.", tag=tag),
            remedy=T("Use lower-case letters, digits, dots and hyphens."),
        )
    podman, lab = open_podman(), load(name)
    with state.lock(name), undone_unless_finished(partial(taking_back, progress)) as undo:

        def keep(host: LabHost, stop: threading.Event) -> str:
            label = f"--change=LABEL {LABEL}={lab.name}"
            kept = podman.do("commit", "--quiet", label, hosts.container_name(lab, host)).strip()
            undo.callback(podman.ask, "rmi", "--force", kept)
            return kept

        progress(T("Keeping {number} hosts as {tag}", number=len(lab.hosts), tag=tag))
        for host, kept in zip(lab.hosts, in_parallel(keep, lab.hosts), strict=True):
            podman.do("tag", kept, _image(lab, host, tag))
        podman.prune(lab.name)


def restore(name: str, tag: str, progress: Progress) -> Lab:
    """Put all hosts back to what they were when the snapshot was taken.

    :raises BadInput: the lab has no such snapshot
    """
    podman, lab = open_podman(), load(name)
    images = {host.name: _image(lab, host, tag) for host in lab.hosts}
    with state.lock(name), undone_unless_finished(partial(taking_back, progress)) as undo:
        if tag not in _tags(podman, lab):
            raise BadInput(
                T("The lab {name} has no snapshot called {tag}.", name=name, tag=tag),
                T("It has: {tags}", tags=", ".join(_tags(podman, lab)) or T("none")),
            )
        remake(podman, lab, images, undo, progress, bare=False)
    return status(name)


def snapshots(name: str) -> list[str]:
    """Tags of the lab's snapshots."""
    return _tags(open_podman(), load(name))


def _image(lab: Lab, host: LabHost, tag: str) -> str:
    return f"localhost/catherd-lab-{lab.name}/{host.name}:{tag}"


def _tags(podman: Podman, lab: Lab) -> list[str]:
    """Tags that every host has; a snapshot that was cut short is none."""
    there = set(podman.images(lab.name))
    tags = {image.rpartition(":")[2] for image in there}
    return sorted(tag for tag in tags if {_image(lab, each, tag) for each in lab.hosts} <= there)
