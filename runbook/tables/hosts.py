"""``[[hosts]]``: who they are, how the others reach them, how this machine does."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal, Self

from pydantic import (
    SerializerFunctionWrapHandler,
    StrictBool,
    StrictInt,
    model_serializer,
    model_validator,
)

from runbook.fields.names import HostName, InstanceName, Route, between
from runbook.fields.network import Address, HighPort, Jump, Port, SshWord
from runbook.fields.software import FileName
from runbook.fields.wrong import Says
from runbook.tables.base import Answers
from runbook.text import T

BALANCER_KEYS = ("port",)
NODE_KEYS = (
    "loadfactor",
    "standby",
    "route",
    "http_port",
    "ajp_port",
    "receiver_port",
    "shutdown_port",
)
"""What is said of each Tomcat: of its host, or of each instance where a host has several."""
COUNTED = ("http_port", "ajp_port", "receiver_port", "shutdown_port")
"""Ports that are one higher for each further instance of a host, unless it says otherwise."""

LoadFactor = Annotated[
    StrictInt,
    between(1, 100),
    Says(T("Share of the load"), T("2 gets twice as much as 1."), "1"),
]
Standby = Annotated[
    StrictBool,
    Says(
        T("Stand by only"),
        T("Hot standby: it has all sessions, and answers when no other Tomcat can."),
        "false",
    ),
]
HttpPort = Annotated[HighPort, Says(T("HTTP port"), T("Tomcat's pages."), "8080")]
AjpPort = Annotated[HighPort, Says(T("AJP port"), T('Used when members = "ajp".'), "8009")]
ReceiverPort = Annotated[
    HighPort, Says(T("Replication port"), T("Where the other nodes send their sessions."), "4000")
]
ShutdownPort = Annotated[
    HighPort,
    Says(T("Shutdown port"), T("Where Tomcat listens for its stop command, locally."), "8005"),
]


class SshAnswers(Answers):
    """``[hosts.ssh]``: how this machine reaches the host; what is not said, ssh's files decide."""

    alias: Annotated[
        SshWord | None,
        Says(T("SSH alias"), T("The Host entry of your ssh_config to use."), '"tomcat1"'),
    ] = None
    config: Annotated[
        FileName | None,
        Says(T("SSH configuration"), T("Another file than ~/.ssh/config."), '"ssh_config"'),
    ] = None
    host: Annotated[
        SshWord | None,
        Says(
            T("SSH address"),
            T("The address for ssh, where it is not the address above."),
            '"127.0.0.1"',
        ),
    ] = None
    port: Annotated[Port | None, Says(T("SSH port"), T("Usually 22."), "22")] = None
    user: Annotated[
        SshWord | None,
        Says(
            T("SSH user"),
            T("Who logs in; needs sudo on the host unless it is root."),
            '"operator"',
        ),
    ] = None
    key: Annotated[
        FileName | None,
        Says(T("SSH key"), T("A private key file."), '"~/.ssh/id_ed25519"'),
    ] = None
    jump: Annotated[
        Jump | None,
        Says(
            T("Jump host"),
            T("A host to go through, as in ssh -J."),
            '"operator@gate.example.com:22"',
        ),
    ] = None
    legacy: Annotated[
        StrictBool,
        Says(
            T("Old SSH server"),
            T("Allows the weak algorithms (SHA-1) that servers before 2014 need."),
            "false",
        ),
    ] = False


class InstanceAnswers(Answers):
    """``[[hosts.instances]]``: one of several Tomcats of a host."""

    name: Annotated[
        InstanceName,
        Says(
            T("Name of the instance"),
            T("Small letters and digits: its service is tomcat-a, its directory ends with -a."),
            '"a"',
        ),
    ]
    loadfactor: LoadFactor = 1
    standby: Standby = False
    route: Annotated[
        Route,
        Says(
            T("Route"),
            T("The end of its session ids (jvmRoute); host and instance if not given: tomcat1-a."),
            '"tomcat1-a"',
        ),
    ] = ""
    http_port: HttpPort = 8080
    ajp_port: AjpPort = 8009
    receiver_port: ReceiverPort = 4000
    shutdown_port: ShutdownPort = 8005

    def _follow(self, host: str, number: int) -> None:
        """Take on what follows from the host, where nothing else was said."""
        if not self.route:
            object.__setattr__(self, "route", default_route(host, self.name))
        for key in COUNTED:
            if key not in self.model_fields_set:
                object.__setattr__(self, key, type(self).model_fields[key].default + number)


def default_route(host: str, instance: str) -> str:
    """The route of an instance that names none."""
    return f"{host}-{instance}"


class HostAnswers(Answers):
    """``[[hosts]]``: the balancer or a Tomcat; a key of the other role is refused."""

    name: Annotated[
        HostName, Says(T("Name of the host"), T("A short name of your choice."), '"tomcat1"')
    ]
    role: Annotated[
        Literal["balancer", "tomcat"],
        Says(
            T("Role"),
            T("One balancer, two Tomcats or more."),
            '"tomcat"',
            {
                "balancer": T("balancer: Apache httpd in front"),
                "tomcat": T("tomcat: a node of the cluster"),
            },
        ),
    ]
    address: Annotated[
        Address,
        Says(
            T("Address"),
            T("The address that the other hosts use to reach this one."),
            '"192.168.232.5"',
        ),
    ]
    init: Annotated[
        Literal["systemd", "sysv"],
        Says(
            T("Init system"),
            T("What starts the host's services."),
            '"systemd"',
            {
                "systemd": T("systemd: nearly every Linux since 2015"),
                "sysv": T("sysv: SysV init, with init scripts in /etc/init.d"),
            },
        ),
    ] = "systemd"
    ssh: SshAnswers = SshAnswers()
    port: Annotated[Port, Says(T("Port of Apache"), T("What browsers connect to."), "80")] = 80
    loadfactor: LoadFactor = 1
    standby: Standby = False
    route: Annotated[
        Route,
        Says(
            T("Route"),
            T("The end of each session id of this node (jvmRoute); the host's name if not given."),
            '"tomcat1"',
        ),
    ] = ""
    http_port: HttpPort = 8080
    ajp_port: AjpPort = 8009
    receiver_port: ReceiverPort = 4000
    shutdown_port: ShutdownPort = 8005
    instances: tuple[InstanceAnswers, ...] = ()

    @model_validator(mode="after")
    def _what_follows_from_the_rest(self) -> Self:
        if not self.route:
            object.__setattr__(self, "route", self.name)
        for number, instance in enumerate(self.instances):
            instance._follow(self.name, number)
        return self

    @model_serializer(mode="wrap")
    def _as_said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without ``instances`` where there are none, as in files from before there were any."""
        said: dict[str, Any] = whole(self)
        if not self.instances:
            said.pop("instances", None)
        return said

    @property
    def url_host(self) -> str:
        """The address as it stands in a URL: IPv6 in brackets."""
        try:
            ipaddress.IPv6Address(self.address)
        except ValueError:
            return self.address
        return f"[{self.address}]"
