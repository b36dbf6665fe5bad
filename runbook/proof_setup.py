"""Where the cluster is that is to be proved: its balancer, its nodes, and who is a stranger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runbook.node import SERVICE
from runbook.proof import Share


@dataclass(frozen=True)
class NodeSetup:
    """A Tomcat of the cluster."""

    host: str
    """Where it runs; other nodes may run there too."""
    route: str
    address: str
    """What its connector listens on, as the node itself can reach it."""
    http_port: int
    loadfactor: int = 1
    standby: bool = False
    """Gets no session as long as another node can take it."""
    service: str = SERVICE
    reads: tuple[str, ...] = ()
    """As in ``ServiceAt``: a restart in a trial leaves it known what the process has read."""
    webapps: str = "/usr/local/tomcat/webapps"

    @property
    def name(self) -> str:
        """What people call it: its host, and which Tomcat there where it has several."""
        return self.host if self.service == SERVICE else f"{self.host} ({self.service})"


def by_host(nodes: Iterable[NodeSetup]) -> list[list[NodeSetup]]:
    """The nodes of each host: what is done to one host is done one after the other."""
    hosts: dict[str, list[NodeSetup]] = {}
    for node in nodes:
        hosts.setdefault(node.host, []).append(node)
    return list(hosts.values())


@dataclass(frozen=True)
class ProofSetup:
    """Where the cluster is that is to be proved."""

    balancer: str
    """Name of its host."""
    address: str
    """The balancer as the other hosts reach it."""
    port: int
    name: str
    """Name of the balancer in httpd's configuration, without ``balancer://``."""
    nodes: tuple[NodeSetup, ...]
    outsider: str = ""
    """A host that must not see the manager; empty where every host of the cluster may."""
    inside: str = "127.0.0.1"
    """The balancer as seen from its own host, where the manager is allowed."""
    retry: float = 5.0
    """Seconds after which httpd tries a failed member again."""
    outage: bool = True
    """Also stop all nodes at the same time, which ends every session of a cluster in use."""
    beyond: tuple[str, ...] = ()
    """Trials for which this httpd is too old: what they try, it cannot do."""
    one_copy: bool = False
    """Each session is on one other node only (BackupManager): the first request after a kill may
    find it without renaming it, and two nodes that end at once may take it along."""
    exact: bool = True
    """The balancer counts requests (byrequests), so that shares can be foretold."""

    @property
    def standbys(self) -> tuple[NodeSetup, ...]:
        """The nodes that answer when no other can."""
        return tuple(node for node in self.nodes if node.standby)

    @property
    def shares(self) -> list[Share]:
        """The nodes that new sessions go to, while all are well."""
        return [Share(node.route, node.loadfactor) for node in self.nodes if not node.standby]
