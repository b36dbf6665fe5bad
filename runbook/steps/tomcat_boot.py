"""Tomcat becomes a service of the host."""

from __future__ import annotations

from collections.abc import Iterator

from runbook.actions import Action, Put, Service
from runbook.check import Check
from runbook.host import Host
from runbook.judges import starts_at_boot
from runbook.probes import ServiceAt
from runbook.step import Erratum, step
from runbook.templates import render
from runbook.text import T

SEEN_AFTER = 2
"""Seconds until Apache, which looks every second, is sure to use a node that has come back."""
UNIT = "/etc/systemd/system/tomcat.service"

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


def checks(host: Host) -> Iterator[Check]:
    """The service is there and starts at boot."""
    probe = ServiceAt("tomcat")
    yield Check(
        id="tomcat-boot",
        title=T("Tomcat starts at boot"),
        probes=(probe,),
        judge=starts_at_boot(probe),
        expected=T("starts at boot"),
        why=T("after a reboot the node would be missing, and the next failure would be an outage"),
        usual_cause=T("somebody disabled the service"),
        remedy=T("Run this step, or: systemctl enable tomcat"),
    )


@step(
    "tomcat-boot",
    T("Tomcat at boot"),
    roles=("tomcat",),
    needs=("tomcat", "jdk"),
    checks=checks,
    errata=(RC_LOCAL, EXIT_CODE),
)
def tomcat_boot(host: Host) -> Iterator[Action]:
    """Let the host's service manager start Tomcat at boot, as its own user, with this JDK.

    Started at boot it has no login shell, so the unit says itself where Java is. With multicast
    membership, Java is told to use IPv4: the document's group is an IPv4 address.
    """
    software = host.cluster.software
    ajp = host.cluster.options.members == "ajp"
    multicast = host.cluster.options.membership == "multicast"
    yield Put(
        path=UNIT,
        content=render(
            "tomcat.service.j2",
            route=host.answers.route,
            cluster=host.cluster.name,
            user=software.tomcat.user,
            home=software.tomcat.home,
            java_home=host.java_home,
            port_hex=f"{host.answers.ajp_port if ajp else host.answers.http_port:04X}",
            seen_after=SEEN_AFTER,
            java_options=["-Djava.net.preferIPv4Stack=true"] if multicast else [],
        ),
        why=T("how systemd starts and stops Tomcat"),
    )
    yield Service(name="tomcat", enabled=True, why=T("it comes back after a reboot"))
