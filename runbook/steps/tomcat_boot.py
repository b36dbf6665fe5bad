"""Tomcat becomes a service of the host."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook.actions import Action, Put, Service
from runbook.check import Check, Judge, Seen, Verdict
from runbook.host import Host
from runbook.judges import starts_at_boot
from runbook.node import SERVICE, Node
from runbook.probes import FileAt, ServiceAt
from runbook.software.service_manager import command, described_in, description
from runbook.software.tomcat import TomcatLine
from runbook.step import Erratum, step
from runbook.text import T

DRAIN = "/catherd-drain"
"""Context of the page by which a node tells Apache that it is about to stop."""
RUN = {"systemd": "/run", "sysv": "/var/run"}
"""Gone after a reboot; systems from before 2011 have no ``/run``."""
DRAIN_NOTE = """<?xml version="1.0" encoding="UTF-8"?>
<!-- Written by Catherd: a page for the health check of Apache, which tells when Tomcat stops. -->
"""
SEEN_AFTER = 2
"""Seconds until Apache, which looks every second, is sure to use a node that has come back."""

RC_LOCAL = Erratum(
    id="rc-local",
    says=T("Put /usr/local/tomcat/bin/startup.sh into /etc/rc.local"),
    happens=T(
        "rc.local reads no /etc/profile: Tomcat starts with whatever java is in the PATH, or not "
        "at all; it runs as root and nothing stops it in good order."
    ),
    instead=T("A service of its own, with JAVA_HOME in it, under its own user."),
)
EXIT_CODE = Erratum(
    id="startup-exit-code",
    says=T("Run startup.sh"),
    happens=T("It exits 0 even when Tomcat dies a second later."),
    instead=T("The service manager watches the process; the start is judged by port and page."),
)
CONFIGTEST = Erratum(
    id="configtest-exit-code",
    says=T("(nothing about trying a configuration)"),
    happens=T(
        "Who tries it with “catalina.sh configtest” is told that all is well: it exits 0 also for "
        "an AJP connector without a secret and for a port that is taken, and it binds the ports."
    ),
    instead=T("server.xml is checked before it is put in place, the ports before the start."),
)


def checks(host: Host) -> Iterator[Check]:
    """The service of each Tomcat is there and starts at boot."""
    for node in host.nodes:
        yield from map(node.told_apart, _checks(host, node))


def _checks(host: Host, node: Node) -> Iterator[Check]:
    probe = ServiceAt(node.service)
    yield Check(
        id="tomcat-boot",
        title=T("Tomcat starts at boot"),
        probes=(probe,),
        judge=starts_at_boot(probe),
        expected=T("starts at boot"),
        why=T("after a reboot the node would be missing, and the next failure would be an outage"),
        usual_cause=T("somebody disabled the service"),
        remedy=T("Run this step, or: {command}", command=command(host, "enable", node.service)),
    )
    file = FileAt(described_in(node.on, node.service))
    yield Check(
        id="boot-java",
        title=T("Tomcat is started with this JDK"),
        probes=(file,),
        judge=_names_java(file, host.java_home),
        expected=f"JAVA_HOME={host.java_home}",
        why=T("at boot there is no login shell that would say where Java is"),
        usual_cause=T("another JDK was installed, or the file edited by hand"),
        remedy=T("Run this step; then Tomcat is restarted."),
    )


def _names_java(file: FileAt, home: str) -> Judge:
    def judge(seen: Seen) -> Verdict:
        data = (seen.facts[file].data or b"").decode("utf-8", "replace")
        said = re.findall(r"^[^#\n]*?\bJAVA_HOME=[\"']?([^\s\"';]+)", data, re.MULTILINE)
        last = said[-1] if said else ""
        return Verdict(last == home, f"JAVA_HOME={last}" if last else T("no JAVA_HOME"))

    return judge


def drains(host: Host) -> bool:
    """Whether Apache reads a page of the node by which it can be told to send nothing more.

    AJP does without: it asks before each request, and takes no for an answer.
    """
    return host.cluster.health_checks and host.cluster.options.members == "http"


def drain_place(node: Node) -> str:
    """The directory of that page, outside of what a change of version moves aside."""
    return f"{RUN[node.on.init]}/{node.service}-drain"


def drain_context(tomcat: TomcatLine, place: str) -> str:
    """The page's Context: nothing of it is cached, or the news would come seconds late."""
    if tomcat.web_resources:
        context = f"""<Context docBase="{place}">
  <Resources cachingAllowed="false"/>
</Context>
"""
    else:
        context = f"""<Context docBase="{place}" cachingAllowed="false"/>\n"""
    return DRAIN_NOTE + context


@step(
    "tomcat-boot",
    T("Tomcat at boot"),
    roles=("tomcat",),
    needs=("tomcat", "jdk"),
    checks=checks,
    errata=(RC_LOCAL, EXIT_CODE, CONFIGTEST),
)
def tomcat_boot(host: Host) -> Iterator[Action]:
    """Let the host's service manager start Tomcat at boot, as its own user, with this JDK.

    Started at boot it has no login shell, so the unit or init script says itself where Java is.
    A start is over when the node is in service, and a stop begins with telling Apache: so nodes
    may be restarted one after the other, and no request is lost. With multicast membership,
    Java is told to use IPv4: the document's group is an IPv4 address.
    """
    before = ""
    for node in host.nodes:
        yield from _boot(host, node, before)
        before = node.service


def _boot(host: Host, node: Node, before: str) -> Iterator[Action]:
    """What one Tomcat needs; ``before`` is the service that this host starts before it."""
    multicast = host.cluster.options.membership == "multicast"
    drain = drain_place(node)
    yield description(
        host,
        node.service,
        T("how the host starts and stops Tomcat"),
        template=SERVICE,
        before=before,
        route=node.route,
        cluster=host.cluster.name,
        user=host.cluster.software.tomcat.user,
        home=node.home,
        base=node.base,
        java_home=host.java_home,
        port_hex=f"{node.http_port:04X}",
        seen_after=SEEN_AFTER,
        drain=drain if drains(host) else "",
        java_options=["-Djava.net.preferIPv4Stack=true"] if multicast else [],
    )
    if drains(host):
        yield Put(
            path=f"{node.base}/conf/Catalina/localhost{DRAIN}.xml",
            content=drain_context(host.cluster.tomcat_line, drain).encode(),
            why=T("a node that is about to stop tells Apache, and gets no more requests"),
        )
    yield Service(name=node.service, enabled=True, why=T("it comes back after a reboot"))
