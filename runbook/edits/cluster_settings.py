"""What a node must know to take part in session replication."""

from __future__ import annotations

from dataclasses import dataclass

from runbook.software.tomcat import MembershipKind


@dataclass(frozen=True)
class Peer:
    """A node as the others reach its receiver; ``number`` is its place in the cluster, from 1."""

    host: str
    port: int
    number: int

    @property
    def unique_id(self) -> str:
        """The 16 signed bytes by which static membership tells nodes apart, as Tribes reads them.

        Every node must give this one the same id, so it depends on nothing but the place.
        """
        high, low = divmod(self.number, 128)
        return "{" + ",".join(map(str, (*[0] * 14, high % 128, low))) + "}"


@dataclass(frozen=True)
class Farm:
    """Where a node's farm deployer works, which hands applications from node to node.

    Absolute paths: Tomcat 6 takes relative ones from wherever it was started.
    """

    temp: str
    """Where an archive is put together as it arrives; on the same file system as ``deploy``."""
    deploy: str
    """The Host's own directory of applications."""
    watch: str | None
    """Directory whose archives go to all nodes; None on a node that only receives."""


@dataclass(frozen=True, kw_only=True)
class ClusterSettings:
    """The Cluster element of one node, as the answers have it."""

    name: str
    """Nodes of another name on the same multicast group are not taken in."""
    membership: MembershipKind
    receiver_address: str
    """Where the others reach this node; never "auto", which may mean the loopback address."""
    local: Peer
    peers: tuple[Peer, ...]
    """The other members."""
    receiver_port: int = 4000
    multicast_address: str = "228.0.0.4"
    multicast_port: int = 45564
    frequency: int = 500
    """Milliseconds between two signs of life."""
    drop_time: int = 3000
    """Milliseconds of silence until a member counts as gone."""
    backup_manager: bool = False
    """Keep each session on one other node instead of on all."""
    encryption_key: str | None = None
    """AES key in hexadecimal."""
    farm: Farm | None = None
    """With it the Cluster stands in the Host: in an Engine the farm deployer does nothing."""
