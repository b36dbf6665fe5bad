"""How systemd, SysV init and rc.local differ: where a service is described, how it is called."""

from __future__ import annotations

from collections.abc import Iterator

from runbook.actions import Put
from runbook.host import Host
from runbook.node import Node
from runbook.tables.hosts import HostAnswers
from runbook.templates import render
from runbook.text import T, Text

INITS = {"systemd": "systemd", "sysv": "SysV init"}
"""The names of what ``init`` may be."""

_COMMANDS = {
    "systemd": "systemctl {verb} {service}",
    "sysv": "service {service} {verb}",
}
_AT_BOOT = {
    "enable": (
        ("chkconfig --add {service}", "chkconfig --level 345 {service} on"),
        ("update-rc.d {service} defaults", "update-rc.d {service} enable"),
    ),
    "disable": (("chkconfig --del {service}",), ("update-rc.d -f {service} remove",)),
}
"""Under SysV init: with chkconfig, and where there is none. Both leave links for the way down."""


def control_script(service: str) -> str:
    """What rc.local calls with ``start``; the name of a service that no manager knows."""
    return f"/usr/local/sbin/{service}"


def by_rc_local(host: Host) -> bool:
    """Whether Tomcat is started at boot by rc.local, past the host's manager."""
    return host.cluster.options.tomcat_boot == "rc.local"


def tomcat_service(host: Host, node: Node) -> str:
    """The name by which the node is started and stopped; ``host`` is any of the cluster."""
    return control_script(node.service) if by_rc_local(host) else node.service


def other_way(host: Host, node: Node) -> str:
    """The name that it would have with the other answer, and may have had before."""
    return node.service if by_rc_local(host) else control_script(node.service)


def described_in(host: HostAnswers, service: str) -> str:
    """The file that says how the service is started: unit, init script or control script."""
    if service.startswith("/"):
        return service
    if host.init == "sysv":
        return f"/etc/init.d/{service}"
    return f"/etc/systemd/system/{service}.service"


def command(host: Host, verb: str, service: str) -> str:
    """What somebody types on this host to enable, disable, start, stop … the service."""
    if service.startswith("/"):
        return f"{service} {verb}"
    if host.answers.init == "sysv" and verb in _AT_BOOT:
        chkconfig, update_rc_d = ("\n  ".join(each) for each in _at_boot(verb, service))
        return f"""if command -v chkconfig >/dev/null 2>&1; then
  {chkconfig}
else
  {update_rc_d}
fi"""
    return _COMMANDS[host.answers.init].format(verb=verb, service=service)


def enabling(host: Host, service: str) -> Text:
    """The same for a sentence: what has the service started at boot."""
    if host.answers.init != "sysv":
        return command(host, "enable", service)
    chkconfig, update_rc_d = (" && ".join(each) for each in _at_boot("enable", service))
    return T("{command} (without chkconfig: {other})", command=chkconfig, other=update_rc_d)


def _at_boot(verb: str, service: str) -> Iterator[list[str]]:
    return ([each.format(service=service) for each in way] for way in _AT_BOOT[verb])


def kill_command(host: Host, service: str) -> str:
    """What somebody types on this host to kill the service's process, as a crash would.

    It waits until the process is gone with all its sockets: a visitor who comes before that may
    get an answer from nobody.
    """
    script = described_in(host.answers, service)
    if not script.endswith(".service"):
        pid_file = f"sed -n 's/^# *pidfile: *//p' {script}"
        return f"""pid=$(cat "$({pid_file})")
kill -9 "$pid"
while kill -0 "$pid" 2>/dev/null; do sleep 1; done"""
    return f"""systemctl kill -s KILL {service}
while systemctl -q is-active {service}; do sleep 1; done"""


def description(host: Host, service: str, why: Text, template: str = "", **values: object) -> Put:
    """The unit or the script, from the template of that name or of the service's."""
    name = service.rpartition("/")[2]
    unit = service == name and host.answers.init == "systemd"
    return Put(
        path=described_in(host.answers, service),
        content=render(
            f"{template or name}.{'service' if unit else 'init'}.j2",
            service=name,
            rc_local=service != name,
            **values,
        ),
        why=why,
        mode=0o644 if unit else 0o755,
    )
