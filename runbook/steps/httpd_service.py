"""Apache becomes a service of the host."""

from __future__ import annotations

from collections.abc import Iterator

from runbook.actions import Action, Service
from runbook.check import Check
from runbook.host import Host
from runbook.judges import starts_at_boot
from runbook.probes import ServiceAt
from runbook.software.service_manager import description, enabling
from runbook.step import Erratum, step
from runbook.text import T

RETURN_CODES = Erratum(
    id="apachectl-return-codes",
    says=T("cp support/apachectl /etc/rc.d/init.d/httpd"),
    happens=T(
        "apachectl answers 0 for “status” of a stopped server and for “stop” when nothing runs, "
        "so a service manager is told that all is well."
    ),
    instead=T(
        "systemd starts httpd in the foreground and watches the process itself; the init script "
        "for SysV init looks at the process, waits for it, and answers with LSB's exit codes."
    ),
)
PID_FILE = Erratum(
    id="pidfile",
    says=T("# pidfile: /usr/local/apache/log/httpd.pid"),
    happens=T("The file is logs/httpd.pid; systemd waits for the other one until it gives up."),
    instead=T("systemd needs no pid file; the init script names the right one."),
    message="Can't open PID file /usr/local/apache/log/httpd.pid",
)
DESCRIPTION = Erratum(
    id="chkconfig-description",
    says=T("# description: … It is used to server, and the next line goes on"),
    happens=T(
        "chkconfig reads on only behind a backslash: the rest of the description is lost. Without "
        "any description it refuses the script."
    ),
    instead=T("A header that chkconfig reads whole, or a unit of systemd."),
)
SHEBANG = Erratum(
    id="shebang-not-first",
    says=T("Add the following to the file (with the # signs)"),
    happens=T("Put above the first line, it hides #!/bin/sh: the kernel cannot run the script."),
    instead=T("The first line stays the first; chkconfig finds its header anywhere."),
    message="Exec format error",
)
SUBSYS = Erratum(
    id="no-subsys-lock",
    says=T("(nothing about /var/lock/subsys)"),
    happens=T(
        "At shutdown Red Hat's rc stops only services with a file there: Apache is killed instead."
    ),
    instead=T("The service manager knows by itself what runs, and stops it in good order."),
)


def checks(host: Host) -> Iterator[Check]:
    """The service is there and starts at boot."""
    probe = ServiceAt("httpd")
    yield Check(
        id="httpd-boot",
        title=T("Apache starts at boot"),
        probes=(probe,),
        judge=starts_at_boot(probe),
        expected=T("starts at boot"),
        why=T("after a reboot nobody would answer"),
        usual_cause=T("somebody disabled the service"),
        remedy=T("Run this step, or: {command}", command=enabling(host, "httpd")),
    )


@step(
    "httpd-service",
    T("Apache as a service"),
    roles=("balancer",),
    needs=("httpd-build",),
    checks=checks,
    errata=(RETURN_CODES, PID_FILE, DESCRIPTION, SHEBANG, SUBSYS),
)
def httpd_service(host: Host) -> Iterator[Action]:
    """Let the host's service manager start Apache at boot and stop it in good order.

    A unit file tells systemd how, an init script SysV init; reload is graceful, so requests under
    way are answered by the configuration they began with. It is not started yet: there is nothing
    to balance so far.
    """
    yield description(
        host,
        "httpd",
        T("how the host starts, reloads and stops Apache"),
        prefix=host.httpd_prefix,
        cluster=host.cluster.name,
    )
    yield Service(name="httpd", enabled=True, why=T("it comes back after a reboot"))
