"""Tomcat becomes a service of the host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from math import ceil

from runbook.actions import Action, Edit, Put, Service
from runbook.check import Check, Judge, Seen, Verdict
from runbook.edits.blocks import has_block
from runbook.edits.rc_local import START, edit_rc_local, starters, without_block
from runbook.host import Host
from runbook.judges import starts_at_boot
from runbook.node import SERVICE, Node
from runbook.probes import FileAt, FileState, ServiceAt, ServiceState
from runbook.software.service_manager import (
    by_rc_local,
    described_in,
    description,
    enabling,
    other_way,
    tomcat_service,
)
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
    instead=T(
        "A service of its own, with JAVA_HOME in it, under its own user; or, as an option, a line "
        "in rc.local that does the same."
    ),
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


RC_LOCALS = (FileAt("/etc/rc.d/rc.local"), FileAt("/etc/rc.local"))
"""Red Hat's, to which the other one is a link there, and everybody else's."""
BLOCK = "tomcat"


def rc_local(host: Host) -> tuple[str, FileState]:
    """The file that this host runs last when it boots, and what it holds; Debian's if unknown."""
    for probe in RC_LOCALS:
        if probe in host.facts and (state := host.facts[probe]).kind == "file":
            return probe.path, state
    return RC_LOCALS[-1].path, FileState()


def rc_local_lines(host: Host) -> tuple[str, ...]:
    """What stands there: one Tomcat after the other, in the background, so that nothing waits."""
    return (
        "{",
        *(f"{tomcat_service(host, node)} start || :" for node in host.nodes),
        "} >/dev/null 2>&1 & # as their own user, with their own Java",
    )


def otherwise(host: Host, node: Node) -> ServiceState:
    """Tomcat as it may have been started before the answer was another; none if unknown."""
    probe = ServiceAt(other_way(host, node))
    return host.facts[probe] if probe in host.facts else ServiceState()


def checks(host: Host) -> Iterator[Check]:
    """Each Tomcat starts at boot, with this JDK, and nothing else starts it as well."""
    for node in host.nodes:
        yield from map(node.told_apart, _checks(host, node))


def _checks(host: Host, node: Node) -> Iterator[Check]:
    name = tomcat_service(host, node)
    probe = ServiceAt(name)
    run_it = T("Run this step.")
    yield Check(
        id="tomcat-boot",
        title=T("Tomcat starts at boot"),
        probes=(probe,),
        judge=starts_at_boot(probe),
        expected=T("starts at boot"),
        why=T("after a reboot the node would be missing, and the next failure would be an outage"),
        usual_cause=T("somebody disabled the service"),
        remedy=run_it
        if by_rc_local(host)
        else T("Run this step, or: {command}", command=enabling(host, name)),
    )
    file = FileAt(described_in(node.on, name))
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
    yield Check(
        id="tomcat-boot-once",
        title=T("nothing else starts Tomcat at boot"),
        probes=(ServiceAt(other_way(host, node)), *RC_LOCALS),
        judge=_not_twice(other_way(host, node), node),
        expected=T("nothing"),
        why=T("two Tomcats want the same ports: which of them runs after a boot is chance"),
        usual_cause=T("the original document was followed, or the answer tomcat_boot was another"),
        remedy=T("Run this step; a line of rc.local that is not Catherd's, take out by hand."),
    )


def _names_java(file: FileAt, home: str) -> Judge:
    def judge(seen: Seen) -> Verdict:
        data = (seen.facts[file].data or b"").decode("utf-8", "replace")
        said = re.findall(r"^[^#\n]*?\bJAVA_HOME=[\"']?([^\s\"';]+)", data, re.MULTILINE)
        last = said[-1] if said else ""
        return Verdict(last == home, f"JAVA_HOME={last}" if last else T("no JAVA_HOME"))

    return judge


def _not_twice(other: str, node: Node) -> Judge:
    def judge(seen: Seen) -> Verdict:
        if seen.facts[ServiceAt(other)].enabled:
            return Verdict(False, other)
        for probe in RC_LOCALS:
            data = seen.facts[probe].data or b""
            for number, line in starters(data, f"{node.home}/bin/"):
                return Verdict(False, f"{probe.path}:{number}: {line}", advice=True)
        return Verdict(True, T("nothing"))

    return judge


def drains(host: Host) -> bool:
    """Whether Apache reads a page of the node by which it can be told to send nothing more.

    AJP does without: it asks before each request, and takes no for an answer.
    """
    return host.cluster.health_checks and host.cluster.options.members == "http"


def forgotten_after(host: Host) -> int:
    """Seconds that a stopped node stays away, so that none of the others still knows it; 0: none.

    StaticMembershipService removes a node that says farewell, but a ping that is answered at that
    moment puts it back without telling anybody. Until ``drop_time`` is over its return is then no
    news, and TcpFailureDetector, which remembers the farewell, keeps it out for good. Seen with
    10.1.60, each time where pings were made frequent enough; multicast membership is not so.
    """
    options, tomcat = host.cluster.options, host.cluster.tomcat_line
    if options.membership != "static" or not tomcat.static_service:
        return 0
    return ceil(options.drop_time / 1000)


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

    Where rc.local starts it, a control script does all that an init script does, and the line
    calls it: in the background and last, so Apache may be up before the node. Nothing calls the
    script when the host goes down: Tomcat is then just told to end.
    """
    before = ""
    for node in host.nodes:
        yield from _boot(host, node, before)
        before = node.service
    yield from _by_rc_local(host)


def _boot(host: Host, node: Node, before: str) -> Iterator[Action]:
    """What one Tomcat needs; ``before`` is the service that this host starts before it."""
    multicast = host.cluster.options.membership == "multicast"
    drain = drain_place(node)
    if by_rc_local(host) and otherwise(host, node).enabled:
        yield Service(
            name=other_way(host, node),
            enabled=False,
            why=T("rc.local starts it; two would be too many"),
        )
    yield description(
        host,
        tomcat_service(host, node),
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
        forgotten_after=forgotten_after(host),
        java_options=["-Djava.net.preferIPv4Stack=true"] if multicast else [],
    )
    if drains(host):
        yield Put(
            path=f"{node.base}/conf/Catalina/localhost{DRAIN}.xml",
            content=drain_context(host.cluster.tomcat_line, drain).encode(),
            why=T("a node that is about to stop tells Apache, and gets no more requests"),
        )
    if not by_rc_local(host):
        yield Service(name=node.service, enabled=True, why=T("it comes back after a reboot"))


def _by_rc_local(host: Host) -> Iterator[Action]:
    """The block for all Tomcats of this host; none where its own manager starts them."""
    path, now = rc_local(host)
    if by_rc_local(host):
        yield Edit(
            path=path,
            change=partial(edit_rc_local, block=BLOCK, lines=rc_local_lines(host)),
            why=T("it comes back after a reboot"),
            intent=rc_local_lines(host),
            start=START,
            mode=0o755,
            validate='sh -n "$1"',
        )
    elif has_block(now.data or b"", BLOCK):
        yield Edit(
            path=path,
            change=partial(without_block, block=BLOCK),
            why=T("the host's own manager starts it now"),
            intent=(),
        )
