"""What Apache httpd needs to be a balancer: modules and configure flags, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from runbook.errors import BadInput
from runbook.text import T, Text

Members = Literal["http", "ajp"]
Release = tuple[int, ...]


@dataclass(frozen=True)
class Module:
    """A module as LoadModule names it, and why the balancer needs it."""

    name: str
    """``proxy_module``."""
    file: str
    """``modules/mod_proxy.so``, below the prefix."""
    why: Text

    @property
    def short(self) -> str:
        """``proxy``, as configure calls it."""
        return self.name.removesuffix("_module")


@dataclass(frozen=True)
class Flag:
    """One argument of configure, and why it is there."""

    text: str
    why: Text


@dataclass(frozen=True)
class HttpdLine:
    """One line of httpd, and which release of it is meant."""

    name: str
    """``2.4``."""
    slotmem: bool
    """Whether the balancer's state lies in shared memory of its own module."""
    lbmethods: bool
    """Whether each way of sharing the load is a module of its own."""
    health_checks_since: Release | None
    ajp_secret_since: Release | None
    """First release whose ajp workers know ``secret=``; None: never."""
    bundled_apr: bool
    """Whether the source brings the portable runtime along."""
    manager_guarded_since: Release | None
    """First release whose balancer manager ignores what comes from another site's page."""
    require: bool = True
    """Whether access is ruled by Require; else by Order, Deny and Allow."""
    drains: bool = True
    """Whether a member can be emptied: it keeps its sessions and gets no new ones."""
    release: Release = ()

    @property
    def version(self) -> str:
        """``2.4.68``; the line's name where no release is known."""
        return ".".join(map(str, self.release)) or self.name

    @property
    def health_checks(self) -> bool:
        """Whether httpd can ask its members by itself whether they live."""
        return self._reached(self.health_checks_since)

    @property
    def ajp_secret(self) -> bool:
        """Whether it can send the secret that a current Tomcat wants over AJP."""
        return self._reached(self.ajp_secret_since)

    @property
    def manager_guarded(self) -> bool:
        """Whether a page elsewhere cannot make an administrator's browser change the balancer."""
        return self._reached(self.manager_guarded_since)

    def _reached(self, since: Release | None) -> bool:
        return since is not None and (self.release or (10**6,)) >= since


LINES = (
    HttpdLine(
        name="2.2",
        slotmem=False,
        lbmethods=False,
        health_checks_since=None,
        ajp_secret_since=None,
        bundled_apr=True,
        manager_guarded_since=None,
        require=False,
        drains=False,
    ),
    HttpdLine(
        name="2.4",
        slotmem=True,
        lbmethods=True,
        health_checks_since=(2, 4, 21),
        ajp_secret_since=(2, 4, 42),
        bundled_apr=False,
        manager_guarded_since=(2, 4, 41),
    ),
)


def httpd_line(version: str) -> HttpdLine:
    """The line that ``version`` ("2.4.68") belongs to, with that release filled in.

    Raises BadInput for a version that is not one, and for a line that Catherd does not know.
    """
    found = re.fullmatch(r"(\d{1,3}\.\d{1,3})(?:\.(\d{1,4}))?", version, re.ASCII)
    if not found:
        raise BadInput(
            T("{version} is not a version of Apache httpd", version=version[:40]),
            remedy=T("Write it as httpd itself does, such as 2.4.68."),
        )
    for line in LINES:
        if line.name == found[1]:
            return replace(line, release=tuple(map(int, version.split("."))) if found[2] else ())
    raise BadInput(
        T("Apache httpd {line} is not known to Catherd", line=found[1]),
        remedy=T(
            "Choose a release of one of these: {lines}.",
            lines=", ".join(line.name for line in LINES),
        ),
    )


CURRENT = LINES[-1]

LBMETHODS = ("byrequests", "bytraffic", "bybusyness")
"""The ways to share the load; the first is the balancer's default, and must always be there."""

_WHY = {
    "watchdog": T("runs the health checks in the background"),
    "authz_core": T("Require, which keeps strangers out of the balancer manager"),
    "authz_host": T("Require ip: who may see the balancer manager"),
    "slotmem_shm": T("the balancer keeps the state of its members in shared memory"),
    "proxy": T("passes requests on; the other proxy modules stand on it"),
    "proxy_http": T("speaks HTTP with the Tomcats"),
    "proxy_ajp": T("speaks AJP with the Tomcats"),
    "proxy_balancer": T("chooses the Tomcat for each request"),
    "lbmethod_byrequests": T("shares the load by the number of requests; the balancer's default"),
    "lbmethod_bytraffic": T("shares the load by the bytes sent"),
    "lbmethod_bybusyness": T("shares the load by the requests that are under way"),
    "proxy_hcheck": T("notices a dead Tomcat before a visitor does"),
    "status": T("shows what the server is doing; the document insists on it"),
}


_UNWANTED = {
    "proxy_connect": T("tunnels TLS for browsers, which a balancer does not do"),
    "proxy_ftp": T("fetches from FTP servers; the document names it, nothing here uses it"),
    "proxy_fcgi": T("speaks FastCGI, which no Tomcat does"),
    "proxy_scgi": T("speaks SCGI, which no Tomcat does"),
    "proxy_uwsgi": T("speaks uWSGI, which no Tomcat does"),
    "proxy_fdpass": T("hands connections to another process of this host"),
    "proxy_wstunnel": T("tunnels WebSockets; proxy_http does that itself from 2.4.47 on"),
    "proxy_express": T("maps many host names, each to a server of its own"),
    "lbmethod_heartbeat": T("shares the load by a signal that Tomcat does not send"),
}
"""What comes along with mod_proxy on 2.4 unless it is refused by name."""


def required_modules(
    members: Members,
    health_checks: bool = True,
    httpd: HttpdLine = CURRENT,
) -> tuple[Module, ...]:
    """The modules of a balancer in an order that loads.

    2.4 leaves most of them commented out in its httpd.conf, and without slotmem_shm or a
    balancing method it ends right after a start that exits 0. All three methods are loaded: any
    may be configured, or chosen later in the balancer manager.
    """
    methods = LBMETHODS if httpd.lbmethods else ()
    checks = health_checks and httpd.health_checks
    names = (
        *(("watchdog",) if checks else ()),
        *(("authz_core",) if httpd.lbmethods else ()),
        "authz_host",
        *(("slotmem_shm",) if httpd.slotmem else ()),
        "proxy",
        f"proxy_{members}",
        "proxy_balancer",
        *(f"lbmethod_{method}" for method in methods),
        *(("proxy_hcheck",) if checks else ()),
        "status",
    )
    return tuple(_module(name) for name in names)


def _module(name: str) -> Module:
    return Module(f"{name}_module", f"modules/mod_{name}.so", _WHY[name])


def configure_flags(
    prefix: str,
    modules: Literal["all", "few"] = "all",
    httpd: HttpdLine = CURRENT,
) -> tuple[Flag, ...]:
    """The document's flags, corrected; configure finds apr, apr-util and pcre by itself.

    Left out: ``--enable-modules=so``, which ends configure on 2.4; proxy_connect, which tunnels
    TLS for browsers, and proxy_ftp, which fetches from FTP servers: no balancer uses them.
    """
    return tuple(_flags(prefix, modules, httpd))


def _flags(prefix: str, modules: Literal["all", "few"], httpd: HttpdLine) -> Iterator[Flag]:
    yield Flag(f"--prefix={prefix}", T("a directory of its own, away from any packaged Apache"))
    yield Flag("--enable-so", T("lets httpd load modules; built in, it cannot be a module itself"))
    if httpd.bundled_apr:
        yield Flag("--with-included-apr", T("the portable runtime that comes with this source"))
    if modules == "all":
        yield Flag(
            "--enable-mods-shared=all",
            T("every module that this host can build, each as a file of its own"),
        )
    elif httpd.lbmethods:
        yield Flag(
            "--enable-mods-shared=few",
            T("the few modules that any server needs; those of the balancer follow"),
        )
    named: dict[str, Text] = {}
    for members in ("http", "ajp"):
        for module in required_modules(members, True, httpd=httpd):
            named[module.short] = module.why
    named["rewrite"] = T("changes addresses by rules, as the document's configuration may need")
    shared = "=shared" if modules == "few" else ""
    for name, why in named.items():
        yield Flag(f"--enable-{name.replace('_', '-')}{shared}", why)
    if modules == "few" and httpd.lbmethods:
        for name, why in _UNWANTED.items():
            yield Flag(f"--disable-{name.replace('_', '-')}", why)
