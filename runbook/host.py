"""What a step may know of the host it is planned for: answers, archives and facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from runbook.artefact import Artefact
from runbook.probes import Facts

if TYPE_CHECKING:
    from runbook.cluster import Cluster, HostAnswers
    from runbook.node import Node

Role = Literal["balancer", "tomcat"]

SECRETS = "/var/lib/catherd/secrets"
"""Where generated secrets lie on each host that needs them: root only, one file each."""

SECRET_BYTES = {"ajp": 24, "replication": 32}
"""Random bytes of each secret, written as hex: httpd takes less than 64 characters for AJP;
AES-256 wants 32 bytes."""


@dataclass(frozen=True)
class Artefacts:
    """The verified archives of this cluster."""

    httpd: Artefact
    tomcat: Artefact
    jdk: Artefact
    applications: Mapping[str, Artefact] = field(default_factory=dict)
    """WAR files that Catherd deploys, by context name."""


@dataclass(frozen=True)
class Host:
    """One host of the cluster with all that is known of it."""

    answers: HostAnswers
    cluster: Cluster
    artefacts: Artefacts
    facts: Facts = field(default_factory=Facts, repr=False)
    peers: Mapping[str, Facts] = field(default_factory=dict, repr=False)
    """Facts of all hosts by name, this one's included."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Generated secrets by name, the same on every host."""

    @property
    def name(self) -> str:
        """Its name in cluster.toml."""
        return self.answers.name

    @property
    def role(self) -> Role:
        """What it does in the cluster."""
        return self.answers.role

    @property
    def address(self) -> str:
        """The address that the other hosts use."""
        return str(self.answers.address)

    @property
    def java_home(self) -> str:
        """The JDK's directory, by the name that the archive itself gives it."""
        return f"{self.cluster.software.jdk.home}/{self.artefacts.jdk.top}"

    @property
    def httpd_prefix(self) -> str:
        """Where Apache is installed."""
        return self.cluster.software.httpd.prefix

    @property
    def tomcat_home(self) -> str:
        """Where Tomcat is installed."""
        return self.cluster.software.tomcat.home

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The Tomcats that run here."""
        return tuple(node for node in self.cluster.nodes if node.host == self.name)


def secret_names(cluster: Cluster) -> tuple[str, ...]:
    """Names of the secrets that this cluster needs: for AJP, for encrypted replication."""
    wanted = {"ajp": cluster.options.members == "ajp", "replication": cluster.options.encrypt}
    return tuple(name for name, needed in wanted.items() if needed)
