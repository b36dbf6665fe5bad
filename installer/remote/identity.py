"""Who this process is: its machine, and what tells it from any other that had its number."""

from __future__ import annotations

import hashlib
import os
import uuid
from pathlib import Path


def machine_id() -> str:
    """What tells two machines of one name apart, and two containers of one machine."""
    try:
        numbers = os.readlink("/proc/self/ns/pid")  # containers count processes for themselves
    except OSError:
        numbers = ""
    for file in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        try:
            machine = Path(file).read_bytes()
        except OSError:
            continue
        return hashlib.sha256(machine + numbers.encode()).hexdigest()[:12]
    return f"{uuid.getnode():012x}"


def began(pid: int) -> str:
    """When a process of this machine started: boot and clock ticks; empty where none runs."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")[:8]
        line = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        return f"{boot}-{line.rpartition(')')[2].split()[19]}"
    except (OSError, IndexError):
        return "" if Path("/proc/self/stat").exists() else _runs(pid)


def _runs(pid: int) -> str:
    """The same where there is no /proc: only whether the process runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        pass
    return "running"
