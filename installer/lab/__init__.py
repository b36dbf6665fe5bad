"""The practice lab: bare hosts on Podman, with real sshd, systemd and sudo, to install on."""

from installer.lab.lab import down, kill, load, reboot, reset, ssh_command, start, status, up
from installer.lab.snapshots import restore, snapshot, snapshots
from installer.lab.spec import DEFAULT_NAME, Lab, LabHost, LabSpec

__all__ = [
    "DEFAULT_NAME",
    "Lab",
    "LabHost",
    "LabSpec",
    "down",
    "kill",
    "load",
    "reboot",
    "reset",
    "restore",
    "snapshot",
    "snapshots",
    "ssh_command",
    "start",
    "status",
    "up",
]
