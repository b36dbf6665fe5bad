"""Limits of this machine that many practice hosts reach together."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

from runbook.text import T, Text

_NEEDED = 8
"""Inotify instances that a booting host asks for: init, udev, logind, cron and dbus."""
_LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")
_ENOUGH = 1024


def inotify_left() -> int:
    """How many inotify instances this user can still have, counted up to what a host needs.

    All hosts of all labs share the user's with each other; without one, systemd boots for ever.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    opened: list[int] = []
    try:
        while len(opened) < _NEEDED:
            instance = libc.inotify_init1(os.O_CLOEXEC)
            if instance < 0:
                return len(opened) if ctypes.get_errno() == errno.EMFILE else _NEEDED
            opened.append(instance)
    finally:
        for instance in opened:
            os.close(instance)
    return _NEEDED


def why_hosts_hang() -> tuple[Text, Text] | None:
    """What keeps hosts of this machine from booting, and the way out; None where nothing does."""
    if inotify_left() == _NEEDED:
        return None
    return (
        T(
            "All {limit} inotify instances of this machine are taken; each host needs some.",
            limit=_LIMIT.read_text().strip(),
        ),
        T(
            "Allow more: sysctl -w fs.inotify.max_user_instances={enough}; or end another lab.",
            enough=_ENOUGH,
        ),
    )
