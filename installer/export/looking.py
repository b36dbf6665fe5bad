"""The question of a check, as a command that somebody would type on the host."""

from __future__ import annotations

from shlex import quote

from runbook.host import Host
from runbook.probes import AccountAt, FileAt, Http, Probe, ServiceAt, Sh
from runbook.software.service_manager import command


def look(probe: Probe, host: Host) -> str:
    """Shows what the check judges; changes nothing."""
    match probe:
        case Sh(script):
            return script
        case FileAt(path):
            return f"ls -ld {quote(path)}"
        case ServiceAt(name):
            asked = command(host, "status", name)
            return f"ls -ld {quote(name)} && {asked}" if name.startswith("/") else asked
        case AccountAt(name):
            return f"getent passwd {quote(name)}"
        case Http(port, path, address, headers):
            name = f"[{address}]" if ":" in address else address
            url = f"http://{name}{'' if port == 80 else f':{port}'}{path}"
            said = "".join(f" -H {quote(f'{key}: {value}')}" for key, value in headers)
            return f"curl -sS -i{said} {quote(url)}"
