"""Which subnets and which ports of this machine are still free for a lab."""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import islice
from pathlib import Path

from installer.lab.spec import DEFAULT_NAME, DEFAULT_SUBNET, LabSpec, network
from runbook.errors import CatherdError
from runbook.text import T

FIRST_SSH_PORT = 22204
FIRST_HTTP_PORT = 8232


def choose_subnet(spec: LabSpec, used: dict[IPv4Network, str]) -> str:
    """The subnet that was asked for, or the first free one after the default.

    :param used: subnets in use, and who uses them
    :raises CatherdError: it is in use
    """
    wanted = spec.subnet or (DEFAULT_SUBNET if spec.name == DEFAULT_NAME else None)
    if wanted is None:
        for free in _candidates():
            if not _user(free, used):
                return free
        raise CatherdError(
            T("There is no subnet 192.168.N.0/24 left for another lab."),
            remedy=T("Name a private one that is free: catherd lab up --subnet 10.N.N.0/24"),
        )
    if user := _user(wanted, used):
        raise CatherdError(
            T("The subnet {subnet} is already in use.", subnet=wanted),
            T("By {user}.", user=user),
            T("Choose another one: catherd lab up --subnet 192.168.N.0/24"),
        )
    return wanted


def routed_subnets(table: Path = Path("/proc/net/route")) -> dict[IPv4Network, str]:
    """Subnets that this machine has a route to, with the interface; never the default route."""
    try:
        rows = [line.split() for line in table.read_text().splitlines()[1:]]
    except OSError:
        return {}
    found = {}
    for row in rows:
        destination, mask = _address(row[1]), _address(row[7])
        if int(mask):
            found[IPv4Network(f"{destination}/{mask}", strict=False)] = row[0]
    return found


def free_ports(first: int, count: int, taken: Collection[int]) -> list[int]:
    """The first ports from ``first`` on that nobody listens on and no lab has claimed."""
    usable = (port for port in range(first, 65536) if port not in taken and is_free(port))
    found = list(islice(usable, count))
    if len(found) < count:
        raise CatherdError(T("This machine has no free port left above {first}.", first=first))
    return found


def is_free(port: int) -> bool:
    """Whether a program could listen on that port of 127.0.0.1 now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _candidates() -> Iterator[str]:
    third = network(DEFAULT_SUBNET).network_address.packed[2]
    for number in (*range(third + 1, 256), *range(100, third)):
        yield f"192.168.{number}.0/24"


def _user(subnet: str, used: dict[IPv4Network, str]) -> str | None:
    mine = network(subnet)
    return next((user for other, user in used.items() if mine.overlaps(other)), None)


def _address(field: str) -> IPv4Address:
    """The kernel prints addresses as they lie in memory, in the machine's own byte order."""
    return IPv4Address(bytes.fromhex(field)[::-1])
