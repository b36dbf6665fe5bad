"""Ports of this machine that still lead to containers that are no more.

Podman leaves its forwarding rules behind when a container lost its network to whatever happened
to this machine. They stand before the new rules for the same port: whoever connects to a host
would reach nobody, or a host of another lab.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Iterator

from installer.lab.podman import Podman
from installer.lab.process import run

_CHAIN = "NETAVARK-HOSTPORT-DNAT"
_IPTABLES = ("iptables", "--wait", "--table", "nat")
_CONTAINER = re.compile(r"\bid: ([0-9a-f]{64})\b")


def forget_dead(podman: Podman, ports: Collection[int]) -> None:
    """Remove what leads from these ports to containers that do not exist."""
    listed = run([*_IPTABLES, "--list-rules", _CHAIN])  # none, where Podman does it otherwise
    for rule, container in rules_for(ports, listed.out.splitlines()):
        if podman.ask("container", "exists", container).code == 1:
            run([*_IPTABLES, "--delete", *rule])


def rules_for(ports: Collection[int], lines: Iterable[str]) -> Iterator[tuple[list[str], str]]:
    """Rules that forward one of these ports, and the container that each was made for."""
    for line in lines:
        words = shlex.split(line)
        named = _CONTAINER.search(line)
        if words[:2] != ["-A", _CHAIN] or not named or "--dport" not in words:
            continue
        if words[words.index("--dport") + 1] in map(str, ports):
            yield words[1:], named[1]
