"""What depends on several answers at once: names used twice, ports that clash.

The rules read plain data as it stands in the file, so that they work on half an interview and on
a file with other faults too. A value of None is one that is known to be wrong: it is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runbook.combinations import combinations
from runbook.conflicts_of_hosts import Node, Table, conflicts_of_hosts, nodes_in, tables, twice
from runbook.fields.software import is_download, java_feature
from runbook.fields.wrong import KeyPath, Wrong, shown
from runbook.node import base_of
from runbook.software.jdk import family_of, origin, shows_licence
from runbook.tables.base import Answers
from runbook.tables.cluster import Options
from runbook.tables.software import HttpdAnswers, JdkAnswers, TomcatAnswers
from runbook.text import T

SUMS = ("sha256", "sha512")
SOFTWARE = ("httpd", "tomcat", "jdk")


def conflicts(given: Table) -> Iterator[Wrong]:
    """Everything in ``given`` that does not fit together, with the place of each."""
    hosts, entries = list(tables(given, "hosts")), given.get("hosts")
    whole = isinstance(entries, list | tuple) and len(entries) == len(hosts)
    ajp = _value(_table(given, "options"), Options, "members") == "ajp"
    yield from conflicts_of_hosts(hosts, whole, ajp)
    software = _table(given, "software")
    for key in SOFTWARE:
        yield from _checksum(_table(software, key), ("software", key))
    httpd, tomcat, jdk = (_table(software, key).get("version") for key in SOFTWARE)
    yield from _jdk(_table(software, "jdk"))
    yield from combinations(httpd, tomcat, jdk, _table(given, "options"))
    yield from _directories(software, nodes_in(hosts))
    yield from _applications(given)
    yield from _heartbeat(_table(given, "options"))
    yield from _farm(nodes_in(hosts), _table(given, "options").get("farm"))


def _table(given: object, key: str) -> Table:
    inner = given.get(key) if isinstance(given, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def _value(table: Table, model: type[Answers], key: str) -> Any:
    """The answer, or what holds where none was given."""
    return table[key] if key in table else model.model_fields[key].default


def _checksum(table: Table, at: KeyPath) -> Iterator[Wrong]:
    sums = [key for key in SUMS if key in table]
    source = table.get("source")
    if len(sums) == 2:
        yield Wrong(
            T("There are two checksums"), T("Keep one of sha256 and sha512"), (*at, "sha512")
        )
    if sums and isinstance(source, str) and origin(source) is not None:
        yield Wrong(
            T("There is a checksum, and {source} is no file", source=shown(source)),
            T("Remove the checksum"),
            (*at, sums[0]),
        )
    if sums and "source" not in table and at[0] == "applications":
        yield Wrong(
            T("There is a checksum and no source"),
            T("Add source, or remove the checksum"),
            (*at, sums[0]),
            lacking=True,
        )
    if not sums and isinstance(source, str) and is_download(source):
        yield Wrong(
            T("The checksum of {source} is missing", source=shown(source)),
            T(
                "Add sha256 or sha512 as the publisher shows it beside the download: what nobody "
                "verified is not installed"
            ),
            (*at, "source"),
            lacking=True,
        )


def _jdk(table: Table) -> Iterator[Wrong]:
    source, version = table.get("source"), table.get("version")
    if not isinstance(source, str):
        return
    if shows_licence(source) and table.get("accept_licence") is not True:
        yield Wrong(
            T("Nobody has accepted the licence of {source}", source=shown(source)),
            T(
                "Read it, as catherd init shows it, and write accept_licence = true; or give a "
                ".tar.gz or .rpm, which ask nothing"
            ),
            ("software", "jdk", "accept_licence"),
            lacking=True,
        )
    found = origin(source)
    packaged = family_of(found.name) if found is not None and found.kind == "package" else None
    if packaged is not None and isinstance(version, str) and packaged[1] != java_feature(version):
        yield Wrong(
            T("The package {source} is Java {java}", source=shown(source), java=packaged[1]),
            T('Write version = "{java}", or another package', java=packaged[1]),
            ("software", "jdk", "version"),
        )


def _directories(software: Table, nodes: list[Node]) -> Iterator[Wrong]:
    httpd = _value(_table(software, "httpd"), HttpdAnswers, "prefix")
    tomcat = _value(_table(software, "tomcat"), TomcatAnswers, "home")
    jdk = _value(_table(software, "jdk"), JdkAnswers, "home")
    others = ((("software", "httpd", "prefix"), httpd), (("software", "jdk", "home"), jdk))
    places: tuple[tuple[KeyPath, Any, Any], ...] = (
        (("software", "tomcat", "home"), tomcat, httpd),
        (("software", "httpd", "prefix"), httpd, None if httpd == tomcat else tomcat),
        (("software", "jdk", "home"), jdk, httpd),
        (("software", "jdk", "home"), jdk, tomcat),
        *((at, inner, base) for base in _bases(tomcat, nodes) for at, inner in others),
    )
    for at, inner, outer in places:
        if isinstance(inner, str) and isinstance(outer, str) and _inside(inner, outer):
            yield Wrong(
                T("{inner} and {outer} overlap", inner=inner, outer=outer),
                T("Give each its own directory: an update or a rollback of one removes the other"),
                at,
            )


def _bases(home: Any, nodes: list[Node]) -> list[str]:
    """The directories of instances, beside Tomcat's own."""
    names = {node.instance for node in nodes if node.instance}
    return [base_of(home, name) for name in sorted(names)] if isinstance(home, str) else []


def _inside(inner: str, outer: str) -> bool:
    return f"{inner}/".startswith(f"{outer}/")


def _applications(given: Table) -> Iterator[Wrong]:
    applications = list(tables(given, "applications"))
    yield from twice((("applications", i, "name"), table.get("name")) for i, table in applications)
    for i, table in applications:
        yield from _checksum(table, ("applications", i))


def _farm(nodes: list[Node], farm: Any) -> Iterator[Wrong]:
    """The node that deploys for all must be one."""
    names = [node.name for node in nodes]
    if isinstance(farm, str) and names and "" not in names and farm not in names:
        yield Wrong(
            T("No Tomcat is called {value}", value=shown(farm)),
            T("Name one of these: {names}", names=", ".join(names)),
            ("options", "farm"),
        )


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
