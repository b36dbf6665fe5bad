"""The operator's answers: which software, which hosts, which applications, which options.

Names and shape are those of ``cluster.toml`` (docs/cluster.toml.md). The models are frozen and
valid: what depends on several answers at once is checked by ``runbook.conflicts``.
"""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from runbook.conflicts import conflicts
from runbook.fields.wrong import Conflicts
from runbook.node import Node, nodes_of
from runbook.software.httpd import HttpdLine, httpd_line
from runbook.software.tomcat import TomcatLine, tomcat_line
from runbook.tables.base import Answers
from runbook.tables.cluster import ApplicationAnswers, ClusterAnswers, Options
from runbook.tables.hosts import HostAnswers, InstanceAnswers, SshAnswers
from runbook.tables.software import HttpdAnswers, JdkAnswers, Obtained, Software, TomcatAnswers

__all__ = [
    "ApplicationAnswers",
    "Cluster",
    "ClusterAnswers",
    "HostAnswers",
    "HttpdAnswers",
    "InstanceAnswers",
    "JdkAnswers",
    "Obtained",
    "Options",
    "Software",
    "SshAnswers",
    "TomcatAnswers",
]


class Cluster(Answers):
    """All answers, valid each and together."""

    cluster: ClusterAnswers
    software: Software
    hosts: tuple[HostAnswers, ...]
    applications: tuple[ApplicationAnswers, ...] = ()
    options: Options = Options()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if found := tuple(conflicts(self.model_dump(exclude_unset=True))):
            raise Conflicts(found)
        return self

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.cluster.name

    @property
    def health_checks(self) -> bool:
        """Whether Apache asks its members by itself: wanted, and known to this httpd."""
        return self.options.health_checks and self.httpd_line.health_checks

    @property
    def httpd_line(self) -> HttpdLine:
        """What this version of httpd has."""
        return httpd_line(self.software.httpd.version)

    @property
    def tomcat_line(self) -> TomcatLine:
        """What this version of Tomcat has."""
        return tomcat_line(self.software.tomcat.version)

    @property
    def balancer(self) -> HostAnswers:
        """The host that Apache runs on."""
        return next(host for host in self.hosts if host.role == "balancer")

    @property
    def tomcats(self) -> tuple[HostAnswers, ...]:
        """The hosts that run Tomcat, in the order of the file."""
        return tuple(host for host in self.hosts if host.role == "tomcat")

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The Tomcats themselves, in the order of the file: one or more on each such host."""
        home = self.software.tomcat.home
        return tuple(node for host in self.tomcats for node in nodes_of(host, home))

    def host(self, name: str) -> HostAnswers:
        """The host of that name; KeyError where there is none."""
        for host in self.hosts:
            if host.name == name:
                return host
        raise KeyError(name)
