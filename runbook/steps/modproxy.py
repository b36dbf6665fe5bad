"""The balancer's own configuration file."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from runbook.actions import Action, Put
from runbook.check import Check, Judge, Seen, Verdict
from runbook.edits.httpd_lines import parsed
from runbook.host import Host
from runbook.probes import FileAt
from runbook.step import Erratum, step
from runbook.steps.httpd_conf import INCLUDE
from runbook.steps.tomcat_boot import DRAIN, drains
from runbook.templates import render
from runbook.text import T

SLASH = Erratum(
    id="proxypass-slash",
    says=T("ProxyPass / balancer://tomcatcluster stickysession=…"),
    happens=T("Without the slash at the end, every path but / answers 500."),
    instead=T('ProxyPass "/" "balancer://tomcatcluster/"'),
    message="AH01144: No protocol handler was valid for the URL",
)
MANAGER_SWALLOWED = Erratum(
    id="manager-swallowed",
    says=T("http://192.168.232.4/balancer-manager shows the balancer"),
    happens=T("ProxyPass / takes it too, so Tomcat answers 404."),
    instead=T("The manager and the status page are excluded before the catch-all."),
)
ROUTE = Erratum(
    id="no-route",
    says=T("BalancerMember http://192.168.232.5:8080 loadfactor=1"),
    happens=T(
        "Without route= no session sticks: requests bounce between the nodes and updates get lost."
    ),
    instead=T("Each member has the route that its Tomcat puts at the end of its session ids."),
)
FAILOVER = Erratum(
    id="nofailover",
    says=T("nofailover=On"),
    happens=T("Sessions of a dead node answer 503 for ever, although they were replicated."),
    instead=T("nofailover=Off"),
)
OPEN_MANAGER = Erratum(
    id="manager-open",
    says=T("Allow from all, for the manager and the status page"),
    happens=T(
        "Anybody can take nodes out of the cluster. On 2.4 without mod_access_compat, Order is a "
        "syntax error."
    ),
    message="Invalid command 'Order', perhaps misspelled or defined by a module not included",
    instead=T("Require ip, for the addresses in cluster.toml."),
    versions=T("all; the syntax error: Apache 2.4"),
)
REDIRECTS = Erratum(
    id="no-proxypassreverse",
    says=T("(nothing about redirects)"),
    happens=T(
        "A redirect that names its server, as older Tomcats' all do, leads the browser to the "
        "node's own address."
    ),
    instead=T("ProxyPassReverse and ProxyPreserveHost."),
)
STICKY = Erratum(
    id="stickysession-case",
    says=T("stickysession=jsessionid"),
    happens=T("Names are matched to the letter: Tomcat's cookie JSESSIONID is not found."),
    instead=T("stickysession=JSESSIONID|jsessionid, the cookie and the part of an address."),
)
MARKUP = Erratum(
    id="forum-markup",
    says=T("BalancerMember [url]http://192.168.232.5:8080[/url]"),
    happens=T("[url] is markup of a forum; httpd and wget take it for part of the address."),
    instead=T("Plain addresses."),
    message="BalancerMember Unable to parse URL: [url]http://192.168.232.5:8080[/url]",
)
AJP = Erratum(
    id="ajp-or-http",
    says=T("Configure AJP load balancing … BalancerMember http://…"),
    happens=T(
        "The text speaks of AJP and the members of http. AJP wants the same secret on both sides: "
        "without one port 8009 listens and does not answer, with a wrong one it answers 403."
    ),
    instead=T("http, or AJP with a secret that Catherd makes."),
    versions=T("a secret is required from Tomcat 9.0.31, 8.5.51 and 7.0.100 on"),
)


@dataclass(frozen=True)
class Worker:
    """A member of the balancer, as its configuration line needs it."""

    url: str
    route: str
    loadfactor: int
    options: str


def workers(host: Host) -> tuple[Worker, ...]:
    """The members, one a Tomcat, in the order of cluster.toml."""
    options = host.cluster.options
    ajp = options.members == "ajp"
    # One pass is enough: the port of a Tomcat opens when its applications are up.
    # Not a page of an application: a GET every second would make a session each time.
    health = "hcmethod=TCP" if ajp else f"hcmethod=GET hcuri={DRAIN}/state hcexpr=alive"
    # A connection of its own for each request: httpd may ask another node as long as none is made,
    # but not once a request is lost in a connection that the node has just closed, or that leads
    # to a host which has vanished. It also lets a node that stops become idle, and end, at once.
    common = "retry=5 connectiontimeout=2 timeout=60 disablereuse=On"
    if ajp:
        common += f" ping=1 secret={host.secrets['ajp']}"
    if host.cluster.health_checks:
        common += f" {health} hcinterval=1 hcfails=2 hcpasses=1"
    return tuple(
        Worker(
            f"ajp://{node.url_host}:{node.ajp_port}"
            if ajp
            else f"http://{node.url_host}:{node.http_port}",
            node.route,
            node.loadfactor,
            f"{common} status=+H" if node.standby else common,
        )
        for node in host.cluster.nodes
    )


def content(host: Host) -> bytes:
    """The whole file."""
    options = host.cluster.options
    return render(
        "httpd-modproxy.conf.j2",
        balancer=host.cluster.name,
        workers=workers(host),
        lbmethod=options.lbmethod,
        manager_allow=options.manager_allow,
        require=host.cluster.httpd_line.require,
        local=_local(host),
        drain=DRAIN,
        health_checks=drains(host),
    )


def _local(host: Host) -> tuple[str, ...]:
    """What 2.4 calls local: the loopback addresses, and the server's own."""
    with suppress(ValueError):
        return ("127.0.0.0/8", "::1", str(ipaddress.ip_address(host.address)))
    return ("127.0.0.0/8", "::1")


def checks(host: Host) -> Iterator[Check]:
    """The file is as Catherd wrote it: routes, failover, access."""
    file = FileAt(path(host))
    yield Check(
        id="modproxy",
        title=T("the balancer's configuration is as installed"),
        probes=(file,),
        judge=_as_installed(file, content(host)),
        expected=T("routes, sticky sessions, failover on, manager closed to strangers"),
        why=T("routes, failover and access to the manager are decided here"),
        usual_cause=T("somebody edited the file on the host"),
        remedy=T(
            "See the difference (catherd verify), then run this step, "
            "or bring the change into cluster.toml."
        ),
    )


def path(host: Host) -> str:
    """Where the file lies."""
    return f"{host.httpd_prefix}/{INCLUDE}"


@step(
    "modproxy",
    T("Configure the balancer"),
    roles=("balancer",),
    needs=("httpd-conf",),
    checks=checks,
    errata=(
        SLASH,
        MANAGER_SWALLOWED,
        ROUTE,
        FAILOVER,
        OPEN_MANAGER,
        REDIRECTS,
        STICKY,
        MARKUP,
        AJP,
    ),
)
def modproxy(host: Host) -> Iterator[Action]:
    """Write the balancer: its members with their routes, sticky sessions, failover, access.

    The file is Catherd's own, so it is written whole; what you want different belongs into
    cluster.toml. With AJP it holds the secret of the members, so only root may read it.
    """
    main = f"{host.httpd_prefix}/conf/httpd.conf"
    yield Put(
        path=path(host),
        content=content(host),
        mode=0o600 if host.cluster.options.members == "ajp" else 0o644,
        why=T("who the members are, where a session goes, who may see the manager"),
        validate=(
            f"""f={main}.check; sed "s|^Include {INCLUDE}|Include $1|" {main} > "$f"
{host.httpd_prefix}/bin/httpd -t -f "$f"; code=$?; rm -f "$f"; exit $code"""
        ),
    )


def _as_installed(file: FileAt, expected: bytes) -> Judge:
    def judge(seen: Seen) -> Verdict:
        data = seen.facts[file].data
        if data is None:
            return Verdict(False, T("no such file"))
        if data == expected or _directives(data) == _directives(expected):
            return Verdict(True, T("as installed"))
        old, new = expected.decode().splitlines(), data.decode("utf-8", "replace").splitlines()
        odd = next((line for line in new if line not in old), None)
        return Verdict(False, odd.strip() if odd else T("lines are missing"))

    return judge


def _directives(data: bytes) -> list[tuple[object, ...]]:
    """What the file tells httpd: without comments and quotes, parameters in any order."""
    return [
        (
            tuple(" ".join(each.replace('"', "").split()) for each in line.sections),
            line.name,
            tuple(word for word in line.words if "=" not in word),
            tuple(sorted(word for word in line.words if "=" in word)),
        )
        for line in parsed(data).lines
        if line.name
    ]
