"""Writes answers as a cluster.toml that people like to read; also answers that are not whole yet.

Settings that nobody chose stand there too, switched off by a ``#`` right before the key, so that
the file shows what could be changed.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.fields import FieldInfo

from runbook.fields.software import is_download
from runbook.fields.wrong import KeyPath
from runbook.schema import model_in, says_of
from runbook.software.jdk import shows_licence
from runbook.tables.base import Answers
from runbook.tables.cluster import ApplicationAnswers, ClusterAnswers, Options
from runbook.tables.hosts import BALANCER_KEYS, NODE_KEYS, HostAnswers, InstanceAnswers, SshAnswers
from runbook.tables.software import HttpdAnswers, JdkAnswers, TomcatAnswers
from runbook.text import T, Text

Table = Mapping[str, Any]

TITLE = T(
    "The answers that Catherd installs a cluster from. Lines that begin with # and a key show "
    "what holds when nothing is said; remove the # to change it."
)
HEADINGS: dict[str, Text] = {
    "cluster": T("The cluster"),
    "httpd": T("Apache httpd, on the balancer"),
    "tomcat": T("Tomcat, on the other hosts"),
    "jdk": T("Java, on the hosts that run Tomcat"),
    "hosts": T("The hosts: one balancer, two Tomcats or more, each under its own [[hosts]]"),
    "instances": T("Several Tomcats on this host: each under its own [[hosts.instances]]"),
    "ssh": T("How this machine reaches the host; what is not said here, ssh's own files decide"),
    "applications": T("The web applications that take part"),
    "options": T("How the cluster behaves"),
}
SOFTWARE: dict[str, type[Answers]] = {
    "httpd": HttpdAnswers,
    "tomcat": TomcatAnswers,
    "jdk": JdkAnswers,
}


def written(data: Table, *, comments: bool = True) -> str:
    """The text of a cluster.toml with these answers; with ``comments`` each key is explained."""
    return "\n".join(_Page(comments).lines(data)).strip("\n") + "\n"


class _Page:
    """Collects the lines of a file; the first host of each role and the first application
    carry the comments for all of their kind."""

    def __init__(self, comments: bool) -> None:
        self.comments = comments

    def lines(self, data: Table) -> Iterator[str]:
        """All lines, table by table."""
        if self.comments:
            yield from _comment(TITLE)
        yield from self.table(("cluster",), "[cluster]", ClusterAnswers, _sub(data, "cluster"))
        for key, model in SOFTWARE.items():
            table = _sub(_sub(data, "software"), key)
            yield from self.table(("software", key), f"[software.{key}]", model, table)
        seen: set[str] = set()
        for host in _each(data, "hosts"):
            yield from self.host(host, explain=host.get("role") not in seen, first=not seen)
            seen.add(str(host.get("role")))
        for i, application in enumerate(_each(data, "applications")):
            yield from self.table(
                ("applications",), "[[applications]]", ApplicationAnswers, application, not i
            )
        yield from self.table(("options",), "[options]", Options, _sub(data, "options"))

    def host(self, host: Table, *, explain: bool, first: bool) -> Iterator[str]:
        """A host and how ssh reaches it."""
        instances = list(_each(host, "instances"))
        balancer = host.get("role") == "balancer"
        foreign: tuple[str, ...] = () if balancer else BALANCER_KEYS
        if balancer or instances:
            foreign += NODE_KEYS
        yield from self.table(
            ("hosts",), "[[hosts]]", HostAnswers, host, explain, heading=first, without=foreign
        )
        yield from self.table(("hosts", "ssh"), "[hosts.ssh]", SshAnswers, _sub(host, "ssh"), first)
        for i, instance in enumerate(instances):
            yield from self.table(
                ("hosts", "instances"),
                "[[hosts.instances]]",
                InstanceAnswers,
                instance,
                explain and not i,
            )

    def table(
        self,
        path: KeyPath,
        header: str,
        model: type[Answers],
        table: Table,
        explain: bool = True,
        *,
        heading: bool = True,
        without: tuple[str, ...] = (),
    ) -> Iterator[str]:
        """One table; one that holds nothing is shown switched off, or not at all."""
        explain = explain and self.comments
        fields = {k: f for k, f in model.model_fields.items() if model_in(f) is None}
        known = [key for key in fields if table.get(key) is not None]
        if not known and not explain:
            return
        yield ""
        if explain and heading:
            yield from _comment(HEADINGS[str(path[-1])])
        needed = any(field.is_required() for field in fields.values())
        yield header if known or needed else f"#{header}"
        for key, field in fields.items():
            if key in known:
                yield from _comment(_help(path, key)) if explain else ()
                yield f"{key} = {_value(table[key])}"
            elif explain and key not in without and not _idle(key, table):
                yield from _comment(_help(path, key))
                yield f"#{key} = {_default(path, key, field)}"


def _sub(data: Table, key: str) -> Table:
    inner = data.get(key)
    return inner if isinstance(inner, Mapping) else {}


def _each(data: Table, key: str) -> Iterator[Table]:
    tables = data.get(key)
    if isinstance(tables, list | tuple):
        yield from (table for table in tables if isinstance(table, Mapping))


def _idle(key: str, table: Table) -> bool:
    """What has no use here: a second checksum, one of signed packages, a licence not asked for."""
    source = table.get("source")
    if key == "accept_licence":
        return isinstance(source, str) and not shows_licence(source)
    signed = isinstance(source, str) and not is_download(source)
    return key in {"sha256", "sha512"} and (
        key == "sha512" or table.get("sha512") is not None or signed
    )


def _help(path: KeyPath, key: str) -> Text:
    says = says_of((*path, key))
    return says.help if says else ""


def _default(path: KeyPath, key: str, field: FieldInfo) -> str:
    """What holds without an answer; an example where nothing does."""
    if not field.is_required() and field.default not in (None, ""):
        return _value(field.default)
    says = says_of((*path, key))
    return says.example if says else '""'


def _comment(text: Text) -> Iterator[str]:
    for line in textwrap.wrap(str(text), 92, break_long_words=False, break_on_hyphens=False):
        yield f"# {line}"


def _value(value: object) -> str:
    """A value in TOML."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
