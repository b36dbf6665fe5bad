"""What depends on several answers at once: names used twice, ports that clash.

The rules read plain data as it stands in the file, so that they work on half an interview and on
a file with other faults too. A value of None is one that is known to be wrong: it is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runbook.combinations import combinations
from runbook.fields.wrong import KeyPath, Wrong, shown
from runbook.tables.base import Answers
from runbook.tables.cluster import Options
from runbook.tables.hosts import TOMCAT_KEYS, HostAnswers
from runbook.tables.software import HttpdAnswers, JdkAnswers, TomcatAnswers
from runbook.text import T

Table = Mapping[str, Any]

SUMS = ("sha256", "sha512")
SOFTWARE = ("httpd", "tomcat", "jdk")


def conflicts(given: Table) -> Iterator[Wrong]:
    """Everything in ``given`` that does not fit together, with the place of each."""
    hosts = list(_tables(given, "hosts"))
    entries = given.get("hosts")
    if isinstance(entries, list | tuple) and len(entries) == len(hosts):
        yield from _roles(hosts)
    yield from _role_keys(hosts)
    yield from _twice(_names(hosts))
    yield from _routes(hosts)
    yield from _standby(hosts)
    yield from _ports(hosts, _value(_table(given, "options"), Options, "members"))
    software = _table(given, "software")
    for key in SOFTWARE:
        yield from _checksum(_table(software, key), ("software", key))
    httpd, tomcat, jdk = (_table(software, key).get("version") for key in SOFTWARE)
    yield from combinations(httpd, tomcat, jdk, _table(given, "options"))
    yield from _directories(software)
    yield from _applications(given)
    yield from _heartbeat(_table(given, "options"))


def _table(given: object, key: str) -> Table:
    inner = given.get(key) if isinstance(given, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def _tables(given: Table, key: str) -> Iterator[tuple[int, Table]]:
    items = given.get(key)
    if isinstance(items, list | tuple):
        yield from ((i, item) for i, item in enumerate(items) if isinstance(item, Mapping))


def _value(table: Table, model: type[Answers], key: str) -> Any:
    """The answer, or what holds where none was given."""
    return table[key] if key in table else model.model_fields[key].default


def _is_tomcat(host: Table) -> bool:
    return host.get("role") == "tomcat"


def _roles(hosts: list[tuple[int, Table]]) -> Iterator[Wrong]:
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
    if len(roles) - min(len(balancers), 1) < 2:
        yield Wrong(
            T("There are fewer than two Tomcats"),
            T(
                'Give two hosts or more role = "tomcat": a session survives the loss of a node '
                "only where another node has a copy"
            ),
            ("hosts",),
            lacking=True,
        )


def _role_keys(hosts: list[tuple[int, Table]]) -> Iterator[Wrong]:
    for i, host in hosts:
        if host.get("role") == "balancer":
            for key in (key for key in TOMCAT_KEYS if key in host):
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


def _names(hosts: list[tuple[int, Table]]) -> Iterator[tuple[KeyPath, Any]]:
    for i, host in hosts:
        name = host.get("name")
        yield ("hosts", i, "name"), name.casefold() if isinstance(name, str) else None


def _routes(hosts: list[tuple[int, Table]]) -> Iterator[Wrong]:
    """Routes used twice; a host's name is its route unless it says otherwise."""
    first: dict[Any, str] = {}
    for i, host in hosts:
        key = "route" if "route" in host else "name"
        route = host.get(key)
        if not _is_tomcat(host) or not isinstance(route, str):
            continue
        if "route" in (key, first.get(route)) and route in first:
            yield Wrong(
                T("Two Tomcats have the route {value}", value=shown(route)),
                T("Give each a route of its own: by it Apache finds the node with the session"),
                ("hosts", i, key),
            )
        first.setdefault(route, key)


def _standby(hosts: list[tuple[int, Table]]) -> Iterator[Wrong]:
    tomcats = [(i, host) for i, host in hosts if _is_tomcat(host)]
    if tomcats and all(host.get("standby") is True for _, host in tomcats):
        yield Wrong(
            T("Every Tomcat only stands by"),
            T("Let one at least have standby = false: it answers while it is well"),
            ("hosts", tomcats[-1][0], "standby"),
        )


def _twice(values: Iterable[tuple[KeyPath, Any]]) -> Iterator[Wrong]:
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


def _ports(hosts: list[tuple[int, Table]], members: Any) -> Iterator[Wrong]:
    """Ports that two servers of one machine want: within an entry, or between two entries."""
    ajp = ("ajp_port",) if members == "ajp" else ()
    used: dict[tuple[str, int], tuple[int, str]] = {}
    shared: dict[tuple[int, int], list[int]] = {}
    for i, host in hosts:
        tomcat = ("http_port", "receiver_port", "shutdown_port", *ajp)
        for key in tomcat if _is_tomcat(host) else ("port",):
            port, address = _value(host, HostAnswers, key), host.get("address")
            if not isinstance(port, int) or not isinstance(address, str):
                continue
            j, other = used.setdefault((address.casefold().removesuffix("."), port), (i, key))
            if i != j:
                shared.setdefault((i, j), []).append(port)
            elif key != other:
                yield Wrong(
                    T("{key} and {other} are both {port}", key=key, other=other, port=port),
                    T("Each port serves one purpose: give another port to one of them"),
                    ("hosts", i, key),
                )
    names = {i: host.get("name") or i for i, host in hosts}
    for (i, j), ports in shared.items():
        yield Wrong(
            T(
                "{one} and {other} have the same address and want the same port: {ports}",
                one=names[j],
                other=names[i],
                ports=", ".join(map(str, ports)),
            ),
            T("Correct the address, or give each ports of its own if they share a machine"),
            ("hosts", i, "address"),
        )


def _checksum(table: Table, at: KeyPath) -> Iterator[Wrong]:
    sums = [key for key in SUMS if key in table]
    source = table.get("source")
    if len(sums) == 2:
        yield Wrong(
            T("There are two checksums"), T("Keep one of sha256 and sha512"), (*at, "sha512")
        )
    if sums and "source" not in table and at[0] == "applications":
        yield Wrong(
            T("There is a checksum and no source"),
            T("Add source, or remove the checksum"),
            (*at, sums[0]),
            lacking=True,
        )
    if not sums and isinstance(source, str) and not source.startswith("debian:"):
        yield Wrong(
            T("The checksum of {source} is missing", source=shown(source)),
            T(
                "Add sha256 or sha512 as the publisher shows it beside the download: what nobody "
                "verified is not installed"
            ),
            (*at, "source"),
            lacking=True,
        )


def _directories(software: Table) -> Iterator[Wrong]:
    httpd = _value(_table(software, "httpd"), HttpdAnswers, "prefix")
    tomcat = _value(_table(software, "tomcat"), TomcatAnswers, "home")
    jdk = _value(_table(software, "jdk"), JdkAnswers, "home")
    places: tuple[tuple[KeyPath, Any, Any], ...] = (
        (("software", "tomcat", "home"), tomcat, httpd),
        (("software", "httpd", "prefix"), httpd, None if httpd == tomcat else tomcat),
        (("software", "jdk", "home"), jdk, httpd),
        (("software", "jdk", "home"), jdk, tomcat),
    )
    for at, inner, outer in places:
        if isinstance(inner, str) and isinstance(outer, str) and _inside(inner, outer):
            yield Wrong(
                T("{inner} and {outer} overlap", inner=inner, outer=outer),
                T("Give each its own directory: an update or a rollback of one removes the other"),
                at,
            )


def _inside(inner: str, outer: str) -> bool:
    return f"{inner}/".startswith(f"{outer}/")


def _applications(given: Table) -> Iterator[Wrong]:
    applications = list(_tables(given, "applications"))
    yield from _twice((("applications", i, "name"), table.get("name")) for i, table in applications)
    for i, table in applications:
        yield from _checksum(table, ("applications", i))


def _heartbeat(options: Table) -> Iterator[Wrong]:
    frequency = _value(options, Options, "frequency")
    drop_time = _value(options, Options, "drop_time")
    if isinstance(frequency, int) and isinstance(drop_time, int) and drop_time <= frequency:
        yield Wrong(
            T(
                "drop_time ({drop}) is not longer than frequency ({beat})",
                drop=drop_time,
                beat=frequency,
            ),
            T(
                "Give several heartbeats time to arrive, such as drop_time = {good}",
                good=6 * frequency,
            ),
            ("options", "drop_time" if "drop_time" in options else "frequency"),
        )
