"""The cluster as a picture: who talks to whom. Only where things stand; the template draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runbook.cluster import Cluster
from runbook.node import Node

LONGEST = 20
"""Characters that fit into a box."""
NODE_HEIGHT, GAP = 58, 14


@dataclass(frozen=True)
class Box:
    """The balancer or a node."""

    x: int
    y: int
    width: int
    height: int
    lines: Sequence[str]

    @property
    def title(self) -> str:
        """All of it, for whoever points at it."""
        return " ".join(self.lines)


@dataclass(frozen=True)
class Picture:
    """Visitors at the left, the balancer, the nodes one below the other at the right."""

    height: int
    middle: int
    boxes: tuple[Box, ...]
    ways: tuple[int, ...]
    """Heights at which requests reach the nodes, and at which these replicate."""


def picture_of(cluster: Cluster) -> Picture:
    """The picture of a cluster, however many nodes it has."""
    nodes, front = cluster.nodes, cluster.balancer
    height = max(130, 20 + len(nodes) * (NODE_HEIGHT + GAP))
    middle = height // 2
    top = middle - (len(nodes) * (NODE_HEIGHT + GAP) - GAP) // 2
    tops = [top + number * (NODE_HEIGHT + GAP) for number in range(len(nodes))]
    version = f"httpd {cluster.software.httpd.version}"
    lines = _fit(front.name, f"{front.url_host}:{front.port}", version)
    balancer = Box(98, middle - 32, 136, 64, lines)
    boxes = (
        Box(286, y, 152, NODE_HEIGHT, _node(node, cluster))
        for node, y in zip(nodes, tops, strict=True)
    )
    ways = tuple(y + NODE_HEIGHT // 2 for y in tops)
    return Picture(height, middle, (balancer, *boxes), ways)


def _node(node: Node, cluster: Cluster) -> tuple[str, ...]:
    port = node.ajp_port if cluster.options.members == "ajp" else node.http_port
    return _fit(node.name, f"{node.url_host}:{port}", f"route {node.route}")


def _fit(*lines: str) -> tuple[str, ...]:
    return tuple(f"{line[: LONGEST - 1]}…" if len(line) > LONGEST else line for line in lines)
