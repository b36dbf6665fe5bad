"""What differs between systemd and SysV init: where a service is described, how it is called."""

from __future__ import annotations

from runbook.actions import Put
from runbook.host import Host
from runbook.tables.hosts import HostAnswers
from runbook.templates import render
from runbook.text import Text

INITS = {"systemd": "systemd", "sysv": "SysV init"}
"""The names of what ``init`` may be."""

_COMMANDS = {
    "systemd": "systemctl {verb} {service}",
    "sysv": "service {service} {verb}",
}
_AT_BOOT = {
    "enable": "chkconfig --level 345 {service} on",
    "disable": "chkconfig --level 2345 {service} off",
}
"""Under SysV init."""


def described_in(host: HostAnswers, service: str) -> str:
    """The file that tells the host's manager how the service is started: unit or init script."""
    if host.init == "sysv":
        return f"/etc/init.d/{service}"
    return f"/etc/systemd/system/{service}.service"


def command(host: Host, verb: str, service: str) -> str:
    """What somebody types on this host to enable, disable, start, stop … the service."""
    init = host.answers.init
    known = _AT_BOOT if init == "sysv" and verb in _AT_BOOT else {verb: _COMMANDS[init]}
    return known[verb].format(verb=verb, service=service)


def kill_command(host: Host, service: str) -> str:
    """What somebody types on this host to kill the service's process, as a crash would."""
    if host.answers.init == "sysv":
        pid_file = f"sed -n 's/^# *pidfile: *//p' /etc/init.d/{service}"
        return f'kill -9 "$(cat "$({pid_file})")"'
    return f"systemctl kill -s KILL {service}"


def description(host: Host, service: str, why: Text, template: str = "", **values: object) -> Put:
    """The unit or the init script, from the template of that name or of the service's."""
    sysv = host.answers.init == "sysv"
    return Put(
        path=described_in(host.answers, service),
        content=render(
            f"{template or service}.{'init' if sysv else 'service'}.j2", service=service, **values
        ),
        why=why,
        mode=0o755 if sysv else 0o644,
    )
