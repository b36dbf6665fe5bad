"""What does not fit together among hosts and their Tomcats: roles, names, routes, ports.

Plain data as it stands in the file, as in ``runbook.conflicts``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runbook.fields.names import LONGEST_ROUTE
from runbook.fields.wrong import KeyPath, Wrong, shown
from runbook.tables.hosts import COUNTED, NODE_KEYS, HostAnswers, default_route
from runbook.text import T

Table = Mapping[str, Any]
Hosts = list[tuple[int, Table]]
"""Each host's place in the file and its answers; entries that are no tables are left out."""


@dataclass(frozen=True)
class Node:
    """A Tomcat: a host's own answers, or those of one of its instances."""

    i: int
    host: Table
    said: Table
    j: int | None = None
    """Which instance of its host it is; None for the only Tomcat of a host."""

    @property
    def at(self) -> KeyPath:
        """Where its answers stand."""
        return ("hosts", self.i) if self.j is None else ("hosts", self.i, "instances", self.j)

    @property
    def instance(self) -> str:
        """The instance's name; empty for the only Tomcat of a host."""
        return "" if self.j is None else str(self.said.get("name") or self.j)

    @property
    def name(self) -> str:
        """What people call it, as in ``runbook.node``; empty where that is not known."""
        host = self.host.get("name")
        if not isinstance(host, str):
            return ""
        return f"{host}/{self.instance}" if self.instance else host

    @property
    def route(self) -> str | None:
        """Its route, said or made of names; None where that is not known."""
        host, name = self.host.get("name"), self.said.get("name")
        if "route" in self.said or self.j is None:
            route = self.said.get("route", name)
            return route if isinstance(route, str) else None
        if isinstance(host, str) and isinstance(name, str):
            return default_route(host, name)
        return None

    def port(self, key: str) -> Any:
        """The port that was answered, or the one that holds without an answer."""
        return self.said.get(key, HostAnswers.model_fields[key].default + (self.j or 0))


@dataclass(frozen=True)
class _Wish:
    """A port that a server wants."""

    i: int
    at: KeyPath
    port: int
    key: str
    instance: str = ""


def conflicts_of_hosts(hosts: Hosts, whole: bool, ajp: bool) -> Iterator[Wrong]:
    """Everything about hosts that does not fit together.

    :param whole: no entry was left out, so that they can be counted
    :param ajp: Apache speaks AJP to its members
    """
    nodes = nodes_in(hosts)
    if whole:
        yield from _roles(hosts)
    yield from _role_keys(hosts)
    yield from twice(_names(hosts))
    for i, host in hosts:
        yield from twice(
            (("hosts", i, "instances", j, "name"), instance.get("name"))
            for j, instance in tables(host, "instances")
        )
    yield from _routes(nodes)
    yield from _standby(nodes)
    yield from _ports(hosts, ajp)
    yield from _one_machine(hosts)


def nodes_in(hosts: Hosts) -> list[Node]:
    """The Tomcats of all hosts."""
    return [node for i, host in hosts if _is_tomcat(host) for node in _nodes(i, host)]


def tables(given: Table, key: str) -> Iterator[tuple[int, Table]]:
    """The tables of an array, each with its place."""
    items = given.get(key)
    if isinstance(items, list | tuple):
        yield from ((i, item) for i, item in enumerate(items) if isinstance(item, Mapping))


def twice(values: Iterable[tuple[KeyPath, Any]]) -> Iterator[Wrong]:
    """Each name that stands a second time."""
    seen: set[str] = set()
    for at, value in values:
        if isinstance(value, str):
            if value in seen:
                yield Wrong(
                    T("The name {value} is given twice", value=shown(value)),
                    T("Give each a name of its own"),
                    at,
                )
            seen.add(value)


def _nodes(i: int, host: Table) -> list[Node]:
    return [Node(i, host, said, j) for j, said in tables(host, "instances")] or [
        Node(i, host, host)
    ]


def _is_tomcat(host: Table) -> bool:
    return host.get("role") == "tomcat"


def _roles(hosts: Hosts) -> Iterator[Wrong]:
    roles = [(i, host.get("role")) for i, host in hosts]
    balancers = [i for i, role in roles if role == "balancer"]
    for i in balancers[1:]:
        yield Wrong(
            T("There is a second balancer"),
            T('One Apache stands in front of the cluster; give the other host role = "tomcat"'),
            ("hosts", i, "role"),
        )
    if any(role not in {"balancer", "tomcat"} for _, role in roles):
        return
    if not balancers:
        yield Wrong(
            T("There is no balancer"),
            T('Give one host role = "balancer": Apache httpd is installed there'),
            ("hosts",),
            lacking=True,
        )
    if sum(_tomcats(host) for i, host in hosts if i not in balancers[:1]) < 2:
        yield Wrong(
            T("There are fewer than two Tomcats"),
            T(
                'Give two hosts or more role = "tomcat": a session survives the loss of a node '
                "only where another node has a copy"
            ),
            ("hosts",),
            lacking=True,
        )


def _tomcats(host: Table) -> int:
    instances = host.get("instances")
    return max(1, len(instances)) if isinstance(instances, list | tuple) else 1


def _role_keys(hosts: Hosts) -> Iterator[Wrong]:
    for i, host in hosts:
        if host.get("role") == "balancer":
            for key in (key for key in (*NODE_KEYS, "instances") if key in host):
                yield Wrong(
                    T("{key} is for Tomcats, and this host is the balancer", key=key),
                    T("Remove the line, or set it on a Tomcat"),
                    ("hosts", i, key),
                )
        elif _is_tomcat(host) and "port" in host:
            yield Wrong(
                T("port is for the balancer, and this host is a Tomcat"),
                T("Write http_port, or under [hosts.ssh] the port of ssh"),
                ("hosts", i, "port"),
            )
        if _is_tomcat(host) and host.get("instances"):
            for key in (key for key in NODE_KEYS if key in host):
                yield Wrong(
                    T("{key} is for one Tomcat, and this host has instances", key=key),
                    T("Write it below the [[hosts.instances]] that it is for"),
                    ("hosts", i, key),
                )


def _names(hosts: Hosts) -> Iterator[tuple[KeyPath, Any]]:
    for i, host in hosts:
        name = host.get("name")
        yield ("hosts", i, "name"), name.casefold() if isinstance(name, str) else None


def _routes(nodes: Iterable[Node]) -> Iterator[Wrong]:
    """Routes used twice; a node's name is its route unless it says otherwise."""
    first: dict[str, Node] = {}
    for node in nodes:
        route, said = node.route, "route" in node.said
        if route is None:
            continue
        at: KeyPath = (*node.at, "route" if said else "name")
        if len(route) > LONGEST_ROUTE and not said:
            yield Wrong(
                T("The route {value} is too long", value=shown(route)),
                T("Say route = with {most} characters or fewer", most=LONGEST_ROUTE),
                at,
            )
        other = first.setdefault(route, node)
        # Two hosts or two instances with one name are told as that.
        alike = not said and "route" not in other.said and len(node.at) == len(other.at)
        if other is not node and not alike:
            yield Wrong(
                T("Two Tomcats have the route {value}", value=shown(route)),
                T("Give each a route of its own: by it Apache finds the node with the session"),
                at,
            )


def _standby(nodes: list[Node]) -> Iterator[Wrong]:
    if nodes and all(node.said.get("standby") is True for node in nodes):
        yield Wrong(
            T("Every Tomcat only stands by"),
            T("Let one at least have standby = false: it answers while it is well"),
            (*nodes[-1].at, "standby"),
        )


def _wishes(i: int, host: Table, ajp: bool) -> Iterator[_Wish]:
    if not _is_tomcat(host):
        yield _Wish(
            i, ("hosts", i), host.get("port", HostAnswers.model_fields["port"].default), "port"
        )
        return
    for node in _nodes(i, host):
        for key in COUNTED:
            # Old versions come with AJP switched on, which must not clash between instances.
            if key != "ajp_port" or ajp or node.instance:
                yield _Wish(i, node.at, node.port(key), key, node.instance)


def _ports(hosts: Hosts, ajp: bool) -> Iterator[Wrong]:
    """Ports that are wanted twice: by one Tomcat, on one host, or by two hosts on one machine."""
    used: dict[tuple[str, int], _Wish] = {}
    shared: dict[tuple[int, int], list[int]] = {}
    for i, host in hosts:
        address = _machine(host)
        for wish in _wishes(i, host, ajp) if address else ():
            if not isinstance(wish.port, int):
                continue
            first = used.setdefault((str(address), wish.port), wish)
            if first.i != i:
                shared.setdefault((i, first.i), []).append(wish.port)
            elif first is not wish:
                yield _clash(wish, first)
    tomcats = {i for i, host in hosts if _is_tomcat(host)}
    for (i, j), ports in shared.items():
        if not {i, j} <= tomcats:  # told by ``_one_machine``
            yield Wrong(
                T(
                    "{one} and {other} have the same address and want the same port: {ports}",
                    one=_name(hosts, j),
                    other=_name(hosts, i),
                    ports=", ".join(map(str, ports)),
                ),
                T("Correct the address, or give each ports of its own if they share a machine"),
                ("hosts", i, "address"),
            )


def _clash(wish: _Wish, first: _Wish) -> Wrong:
    """Two ports of one Tomcat, or of two Tomcats of one host."""
    keys = [each.key for each in (wish, first)]
    if wish.at != first.at:
        keys = [f"{each.instance}.{each.key}" for each in (wish, first)]
    return Wrong(
        T("{key} and {other} are both {port}", key=keys[0], other=keys[1], port=wish.port),
        T("Each port serves one purpose: give another port to one of them"),
        (*wish.at, wish.key),
    )


def _one_machine(hosts: Hosts) -> Iterator[Wrong]:
    """Two hosts for Tomcat that are one machine: they would share a directory and a service."""
    first: dict[str, int] = {}
    for i, host in hosts:
        address = _machine(host)
        if not _is_tomcat(host) or address is None:
            continue
        if (other := first.setdefault(address, i)) != i:
            yield Wrong(
                T(
                    "{one} and {other} have the same address",
                    one=_name(hosts, other),
                    other=_name(hosts, i),
                ),
                T(
                    "Correct the address; several Tomcats on one machine are [[hosts.instances]] "
                    "of one host"
                ),
                ("hosts", i, "address"),
            )


def _machine(host: Table) -> str | None:
    address = host.get("address")
    return address.casefold().removesuffix(".") if isinstance(address, str) else None


def _name(hosts: Hosts, i: int) -> Any:
    return next(host.get("name") or i for j, host in hosts if j == i)
