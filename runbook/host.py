"""What a step may know of the host it is planned for: answers, archives and facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from runbook.artefact import RECEIPT, Artefact, Java
from runbook.judges import values
from runbook.probes import Facts, Sh
from runbook.software.jdk import home_of_package, installed, origin

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
    jdk: Artefact | None
    """None where no file is brought: a package of the distribution, or a JDK that is there."""
    applications: Mapping[str, Artefact] = field(default_factory=dict)
    """WAR files that Catherd deploys, by context name."""
    java: Java = field(default_factory=Java)
    """What the JDK's archive tells of it."""


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
        """The JDK's directory: as the archive or the package calls it, or where it was found."""
        jdk, archive = self.cluster.software.jdk, self.artefacts.jdk
        found = origin(jdk.source)
        if found is None:
            assert archive is not None, "the archive of a JDK that comes as one was brought"
            return self.artefacts.java.home or f"{jdk.home}/{archive.top}"
        if found.kind == "existing":
            return found.name
        probe = installed(found.name, jdk.feature)
        return home_of_package(jdk.feature, values(self._facts_of_java(probe)[probe].text))

    def _facts_of_java(self, probe: Sh) -> Facts:
        """Where no Tomcat runs, no Java is installed: a Tomcat's host knows where it is."""
        nodes = self.cluster.tomcats if self.role != "tomcat" else ()
        known = (self.peers[node.name] for node in nodes if node.name in self.peers)
        return next((facts for facts in known if probe in facts), self.facts)

    @property
    def java_mark(self) -> str:
        """The file that is another one when the JDK is: its receipt, or what Java itself has."""
        unpacked = self.artefacts.jdk is not None and not self.artefacts.java.home
        return f"{self.java_home}/{RECEIPT if unpacked else 'release'}"

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
