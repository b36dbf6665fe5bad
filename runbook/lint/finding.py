"""What a rule is given, what it finds, and what is seen of all files together."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from runbook.text import Text


@dataclass(frozen=True)
class Given:
    """A file to look through."""

    path: str
    data: bytes = field(repr=False)
    no_java: bool = False
    """Whether its host was asked for bin/java where ``JAVA_HOME`` says, and there is none."""


@dataclass(frozen=True)
class Finding:
    """A mistake: where it stands, which one it is, what is wrong and how that is mended."""

    path: str
    line: int
    erratum: str
    """Id in ``runbook.errata``; that says why it is wrong."""
    what: Text
    mend: Text


@dataclass(frozen=True)
class Place:
    """A value and where it stands."""

    value: str
    path: str
    line: int


@dataclass(frozen=True)
class Served(Place):
    """What answers below a path of the site: a handler, or where it is passed on to."""

    below: str
    site: str
    """The virtual host that says so; "" where it is said for all of them."""


@dataclass(frozen=True)
class AjpEnd:
    """A balancer member or a Connector that speaks AJP, and where it stands."""

    path: str
    line: int
    route: str
    secret: str = field(repr=False)


@dataclass
class Sight:
    """What the files tell about each other."""

    httpd: str = ""
    tomcat: str = ""
    member_routes: list[Place] = field(default_factory=list)
    """``route=`` of balancer members."""
    routeless: list[Place] = field(default_factory=list)
    """Balancer members without ``route=``, beside others; the value is their balancer."""
    sticky: set[str] = field(default_factory=set)
    """Balancers that keep a session on its node, or try to."""
    jvm_routes: list[Place] = field(default_factory=list)
    """``jvmRoute`` of Engines."""
    ajp_members: list[AjpEnd] = field(default_factory=list)
    ajp_connectors: list[AjpEnd] = field(default_factory=list)
    proxied: list[Served] = field(default_factory=list)
    """``ProxyPass`` to a balancer, in the order of the files."""
    excluded: set[str] = field(default_factory=set)
    """Paths of ``ProxyPass … !``."""
    handled: list[Served] = field(default_factory=list)
    """Pages that Apache answers itself."""
    methods: dict[str, Place] = field(default_factory=dict)
    """``lbmethod=``, by balancer."""
    old_rules: list[Place] = field(default_factory=list)
    """Access rules of 2.2 for such pages."""
    reversed: bool = False
    """Whether there is a ``ProxyPassReverse`` anywhere."""
    modules: set[str] = field(default_factory=set)
    """What ``LoadModule`` loads, in all files."""

    def httpd_from(self, *release: int) -> bool | None:
        """Whether Apache is of this release or a later one; None where nobody knows."""
        return _from(self.httpd, release)

    def tomcat_from(self, *release: int) -> bool | None:
        """Whether Tomcat is of this release or a later one; None where nobody knows."""
        return _from(self.tomcat, release)


def _from(version: str, release: tuple[int, ...]) -> bool | None:
    numbers = tuple(int(each[:6]) for each in re.findall(r"[0-9]+", version))
    return numbers[: len(release)] >= release if numbers else None
