"""A node of the cluster: the only Tomcat of its host, or one of several instances there.

Hosts are what is connected to, locked and surveyed; nodes are what the balancer has as members,
what replicates, and what is killed in the proof.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from runbook.check import Check
from runbook.tables.hosts import HostAnswers, InstanceAnswers
from runbook.text import labelled

SERVICE = "tomcat"


@dataclass(frozen=True)
class Node:
    """One Tomcat, with its own CATALINA_BASE, service, ports and route."""

    on: HostAnswers
    """Its host."""
    said: HostAnswers | InstanceAnswers
    """What was answered of it: by the host itself, where that has a single Tomcat."""
    home: str
    """CATALINA_HOME: the programs, shared by the Tomcats of a host."""

    @property
    def instance(self) -> str:
        """Its name on its host; empty for the only Tomcat there."""
        return self.said.name if isinstance(self.said, InstanceAnswers) else ""

    @property
    def name(self) -> str:
        """What people call it; no two nodes have the same."""
        return f"{self.on.name}/{self.instance}" if self.instance else self.on.name

    @property
    def host(self) -> str:
        """The name of its host."""
        return self.on.name

    @property
    def service(self) -> str:
        """The service that runs it."""
        return f"{SERVICE}-{self.instance}" if self.instance else SERVICE

    @property
    def base(self) -> str:
        """CATALINA_BASE: its configuration, logs and applications."""
        return base_of(self.home, self.instance)

    @property
    def address(self) -> str:
        """Its host as the others reach it."""
        return str(self.on.address)

    @property
    def url_host(self) -> str:
        """The address as it stands in a URL."""
        return self.on.url_host

    @property
    def route(self) -> str:
        """Its jvmRoute."""
        return self.said.route

    @property
    def loadfactor(self) -> int:
        """Its share of the load."""
        return self.said.loadfactor

    @property
    def standby(self) -> bool:
        """Whether it answers only when no other node can."""
        return self.said.standby

    @property
    def http_port(self) -> int:
        """Where its pages are."""
        return self.said.http_port

    @property
    def ajp_port(self) -> int:
        """Where it speaks AJP."""
        return self.said.ajp_port

    @property
    def receiver_port(self) -> int:
        """Where it takes the sessions of the others."""
        return self.said.receiver_port

    @property
    def shutdown_port(self) -> int:
        """Where it hears the stop command."""
        return self.said.shutdown_port

    def told_apart(self, check: Check) -> Check:
        """The check with the instance in its id and title, where its host has several."""
        if not self.instance:
            return check
        title = labelled(self.instance, check.title)
        return replace(check, id=f"{check.id}-{self.instance}", title=title)


def nodes_of(host: HostAnswers, home: str) -> tuple[Node, ...]:
    """The Tomcats of a host, in the order of cluster.toml; none on the balancer."""
    if host.role != "tomcat":
        return ()
    return tuple(Node(host, said, home) for said in host.instances or (host,))


def base_of(home: str, instance: str) -> str:
    """The CATALINA_BASE of an instance: beside the home, or the home itself for the only one."""
    return f"{home}-{instance}" if instance else home
