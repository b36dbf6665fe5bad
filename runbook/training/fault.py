"""Faults: what is done to a running cluster so that somebody learns from it, and how it is mended.

A fault is data. Its scripts are POSIX sh for root, with names such as ``$SERVER_XML`` for what the
answers of the cluster decide. A drill is a fault with a symptom: somebody is to find it. A fault
that shows one of the document's mistakes can be planted before the eyes of the learner as well.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from runbook.cluster import Cluster
from runbook.host import Host
from runbook.software.service_manager import described_in
from runbook.step import Erratum
from runbook.text import Message, Text

Place = Literal["balancer", "first", "second"]
"""A host by its part: the balancer, the first Tomcat, the second one."""


@dataclass(frozen=True)
class On:
    """A script for one host."""

    place: Place
    script: str


@dataclass(frozen=True, kw_only=True)
class Drill:
    """What makes a drill of a fault."""

    symptom: Text
    """As somebody reports it who uses the cluster or looks after it."""
    hints: tuple[Text, Text, Text]
    """Where to look; what to compare; what to change."""
    explanation: Text
    """What it was, for afterwards."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """How one sees that the software says what the erratum says."""

    on: On
    """A script that changes nothing more and prints what one would see."""
    prints: str
    """A regular expression for what it prints then."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that is wrong: how it comes about, how it is found and how it is mended."""

    id: str
    title: Text
    """What it is: it gives the solution away."""
    plant: tuple[On, ...] = ()
    finds: tuple[tuple[str, Place], ...] = ()
    """Checks of the runbook that do not hold then, each with its host."""
    mend: tuple[On, ...] = ()
    errata: tuple[str, ...] = ()
    """Mistakes of the document that it is an instance of."""
    drill: Drill | None = None
    shown: Shown | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    """Answers in ``[options]`` that a cluster must have for it."""

    def findings(self, cluster: Cluster) -> frozenset[str]:
        """The checks that find it, as ``check@host``."""
        return frozenset(f"{check}@{name_of(place, cluster)}" for check, place in self.finds)


def name_of(place: Place, cluster: Cluster) -> str:
    """The name of the host that has this part."""
    if place == "balancer":
        return cluster.balancer.name
    return cluster.tomcats[0 if place == "first" else 1].name


class _Script(string.Template):
    """Names of ours are in capitals; those of the shell itself stay as they are."""

    flags = re.RegexFlag(0)
    idpattern = "[A-Z][A-Z0-9_]*"


def scripts(wanted: Iterable[On], host: Host) -> Iterator[tuple[str, str]]:
    """Host and script of each, with this cluster's own names; ``host`` is any Tomcat of it."""
    known = names(host)
    for each in wanted:
        yield name_of(each.place, host.cluster), _Script(each.script).safe_substitute(known)


def names(host: Host) -> dict[str, str]:
    """What the names in scripts stand for."""
    cluster = host.cluster
    first, second = cluster.tomcats[:2]
    home, prefix = host.tomcat_home, host.httpd_prefix
    return {
        "APACHE": prefix,
        "CONF": f"{prefix}/conf/extra/httpd-modproxy.conf",
        "MODULES": f"{prefix}/conf/httpd.conf",
        "TOMCAT": home,
        "SERVER_XML": f"{home}/conf/server.xml",
        "UNIT": described_in(first, "tomcat"),
        "WEBAPP": f"{home}/webapps/{cluster.applications[0].name}",
        "USER": cluster.software.tomcat.user,
        "JDK": host.java_home,
        "ROUTE1": first.route,
        "ROUTE2": second.route,
        "ADDRESS1": str(first.address),
        "ADDRESS2": str(second.address),
        "PORT1": str(first.http_port),
        "PORT2": str(second.http_port),
        "AJP1": str(first.ajp_port),
        "RECEIVER1": str(first.receiver_port),
        "RECEIVER2": str(second.receiver_port),
        "BALANCER": str(cluster.balancer.address),
        "PORT": str(cluster.balancer.port),
        "NAME": cluster.name,
        # Told by the log, not by the service: a start that fails would be waited for.
        "RELOAD": "systemctl reload httpd",
        "RESTART": "systemctl restart tomcat",
        "RESTART_AT_ONCE": "systemctl restart --no-block tomcat",
    }


def explained(fault: Fault, errata: Mapping[str, Erratum]) -> Iterator[Text]:
    """What it was, and what the document has to do with it."""
    if fault.drill is not None:
        yield fault.drill.explanation
    for id in fault.errata:
        yield Message("{happens} → {instead}", {
            "happens": errata[id].happens, "instead": errata[id].instead})  # fmt: skip
