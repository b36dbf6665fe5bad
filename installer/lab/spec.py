"""What a practice lab is: its hosts, their addresses and where this machine reaches them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Literal

from runbook.errors import BadInput
from runbook.text import T

DEFAULT_NAME = "catherd"
DEFAULT_SUBNET = "192.168.232.0/24"
USER = "operator"
"""The account on the hosts; not root."""

Role = Literal["balancer", "tomcat"]
Init = Literal["systemd", "sysv"]
State = Literal["unknown", "running", "stopped", "not answering", "missing"]

_FIRST = 4
"""The document's balancer is .4, its Tomcats follow."""
_MOST_TOMCATS = 200


@dataclass(frozen=True)
class LabSpec:
    """What somebody wants; ports and a subnet that are left open are chosen when it comes up."""

    name: str = DEFAULT_NAME
    tomcats: int | None = None
    """None is two, or however many a lab has that stands already."""
    subnet: str | None = None
    """For example 192.168.232.0/24; None takes that, or a free one for a lab of another name."""
    http_port: int | None = None
    """Where the balancer's port 80 is published on 127.0.0.1."""
    init: Init | None = None
    """None is systemd, or whatever a lab has that stands already."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", self.name):
            raise BadInput(
                T("{name} cannot be the name of a lab.", name=self.name),
                remedy=T("Use lower-case letters, digits and hyphens; begin with a letter."),
            )
        if self.tomcats is not None and not 2 <= self.tomcats <= _MOST_TOMCATS:
            raise BadInput(
                T("A lab with {number} Tomcats is not possible.", number=self.tomcats),
                remedy=T("Choose from 2 to {most}.", most=_MOST_TOMCATS),
            )
        if self.subnet is not None:
            network(self.subnet)


@dataclass(frozen=True)
class LabHost:
    """One practice host as the operator sees it."""

    name: str
    role: Role
    address: str
    """Its address in the lab's network."""
    ssh_port: int
    """Its port 22 on 127.0.0.1."""
    http_port: int | None = None
    """Its port 80 on 127.0.0.1, for the balancer."""
    asks_password: bool = False
    """Whether sudo asks for the operator's password on this host."""
    legacy: bool = False
    """Whether its sshd offers the algorithms of 2007 and no others."""
    state: State = "unknown"


@dataclass(frozen=True)
class Lab:
    """A practice lab: where its hosts are and the files that ssh and Catherd need for it."""

    name: str
    subnet: str
    hosts: tuple[LabHost, ...]
    directory: Path
    """Keys, ssh_config and the rest; nobody but its owner may look into it."""
    moved: str = ""
    """What its network's name ends in, once Podman had lost track of the one before."""
    init: Init = "systemd"

    user = USER

    @property
    def network(self) -> str:
        """Podman's name for its network."""
        return f"{self.name}.{self.moved}" if self.moved else self.name

    @property
    def balancer(self) -> LabHost:
        """The host that Apache goes to."""
        return self.hosts[0]

    @property
    def tomcats(self) -> tuple[LabHost, ...]:
        """The hosts that Tomcats go to."""
        return self.hosts[1:]

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the balancer."""
        return f"http://127.0.0.1:{self.balancer.http_port}/"

    @property
    def running(self) -> bool:
        """Whether all hosts answer."""
        return all(host.state == "running" for host in self.hosts)

    @property
    def ssh_config(self) -> Path:
        """``ssh -F`` this file, then the host's name."""
        return self.directory / "ssh_config"

    @property
    def known_hosts(self) -> Path:
        """The hosts' keys."""
        return self.directory / "known_hosts"

    @property
    def key(self) -> Path:
        """The private key that logs in to all hosts."""
        return self.directory / "id_ed25519"

    @property
    def legacy_key(self) -> Path:
        """The same for hosts with an sshd of 2007."""
        return self.directory / "id_rsa"

    def key_for(self, host: LabHost) -> Path:
        """The private key that logs in to this host."""
        return self.legacy_key if host.legacy else self.key

    @property
    def sudo_password(self) -> Path:
        """A file of mode 0600 with the operator's password."""
        return self.directory / "sudo_password"

    def host(self, name: str) -> LabHost:
        """The host of that name.

        :raises BadInput: there is none
        """
        for host in self.hosts:
            if host.name == name:
                return host
        raise BadInput(
            T("The lab {lab} has no host {name}.", lab=self.name, name=name),
            remedy=T("It has {hosts}.", hosts=", ".join(host.name for host in self.hosts)),
        )


def network(subnet: str) -> IPv4Network:
    """The subnet, with room for all hosts.

    :raises BadInput: it is none, or too small
    """
    try:
        parsed = IPv4Network(subnet)
    except ValueError as error:
        raise BadInput(
            T("{subnet} is not a subnet: {error}.", subnet=subnet, error=str(error)),
            remedy=T("Write it like {example}.", example=DEFAULT_SUBNET),
        ) from None
    if parsed.prefixlen > 24 or not parsed.is_private:
        raise BadInput(
            T("{subnet} cannot be a lab's subnet.", subnet=subnet),
            remedy=T("Use a private one of /24 or larger, like {example}.", example=DEFAULT_SUBNET),
        )
    return parsed


def names(tomcats: int) -> Iterator[tuple[str, Role]]:
    """Names and roles of the hosts, in the order of their addresses."""
    yield "balancer", "balancer"
    for number in range(1, tomcats + 1):
        yield f"tomcat{number}", "tomcat"


def address(subnet: str, position: int) -> str:
    """Address of the host at that position, counted from 0 for the balancer."""
    first: IPv4Address = network(subnet).network_address
    return str(first + _FIRST + position)
