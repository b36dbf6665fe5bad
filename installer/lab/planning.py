"""What a lab that is asked for will be: the one that stands, or a new one beside the others."""

from __future__ import annotations

from contextlib import ExitStack
from ipaddress import IPv4Network

from installer.lab import ports, state
from installer.lab.image import Progress
from installer.lab.podman import Podman
from installer.lab.spec import Lab, LabHost, LabSpec, address, names
from runbook.errors import BadInput, CatherdError
from runbook.text import T

_TOMCATS = 2
_LEGACY = 1
"""Place of the host that has an sshd of 2007 in a lab with SysV init: the first Tomcat."""


def existing(spec: LabSpec, podman: Podman, progress: Progress) -> Lab | None:
    """The lab that is known by that name, if it is what is asked for now."""
    lab = state.load(spec.name)
    if lab is None:
        if strays := [each.name for each in podman.containers(spec.name).values()]:
            progress(T("Removing hosts whose keys are lost: {hosts}", hosts=", ".join(strays)))
            podman.remove(strays)
        return None
    asked = (spec.tomcats, spec.subnet, spec.http_port, spec.init)
    has = (len(lab.tomcats), lab.subnet, lab.balancer.http_port, lab.init)
    if any(want not in (None, got) for want, got in zip(asked, has, strict=True)):
        raise BadInput(
            T("The lab {name} stands already, and differs from what you ask for.", name=lab.name),
            T(
                "It has {number} Tomcats on {subnet}, port {port} for the browser, and {init}.",
                number=has[0],
                subnet=has[1],
                port=has[2],
                init=has[3],
            ),
            T("Take it down first (catherd lab down), or use another --name."),
        )
    state.save(lab)  # what somebody deleted, or an older Catherd did not write
    return lab


def new(spec: LabSpec, podman: Podman, undo: ExitStack) -> Lab:
    """Choose a lab's addresses and ports, make its keys, and write all that down."""
    with state.machine_lock():
        for name, (_, owner) in podman.network_subnets().items():
            if owner == spec.name:
                podman.remove_network(name)
        lab = _plan(spec, ports.choose_subnet(spec, _used_subnets(podman)))
        undo.callback(state.forget, lab.name)
        state.save(lab)
    return lab


def _used_subnets(podman: Podman) -> dict[IPv4Network, str]:
    """Subnets that this machine has a use for, and which."""
    used = ports.routed_subnets()
    for name, (subnet, _) in podman.network_subnets().items():
        if subnet and ":" not in subnet:
            used[IPv4Network(subnet)] = str(T("Podman's network {name}", name=name))
    for lab in _labs():
        used[IPv4Network(lab.subnet)] = str(T("the lab {name}", name=lab.name))
    return used


def _labs() -> list[Lab]:
    return [lab for name in state.names() if (lab := state.load(name))]


def _plan(spec: LabSpec, subnet: str) -> Lab:
    """Choose ports that neither a program nor another lab has."""
    others = [host for lab in _labs() for host in lab.hosts]
    taken = {port for host in others for port in (host.ssh_port, host.http_port) if port}
    named = list(names(spec.tomcats or _TOMCATS))
    if spec.http_port and (spec.http_port in taken or not ports.is_free(spec.http_port)):
        raise CatherdError(
            T("Port {port} of this machine is already taken.", port=spec.http_port),
            remedy=T("Choose another --http-port, or leave it out: a free one is found."),
        )
    ssh = ports.free_ports(ports.FIRST_SSH_PORT, len(named), taken)
    http = spec.http_port or ports.free_ports(ports.FIRST_HTTP_PORT, 1, taken)[0]
    planned = tuple(
        LabHost(
            name,
            role,
            address(subnet, position),
            ssh[position],
            http if role == "balancer" else None,
            asks_password=position == len(named) - 1,
            legacy=spec.init == "sysv" and position == _LEGACY,
        )
        for position, (name, role) in enumerate(named)
    )
    return Lab(spec.name, subnet, planned, state.directory(spec.name), init=spec.init or "systemd")
