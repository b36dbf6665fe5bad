"""Which process takes which tests of the lab, and in which order.

Modules that begin with the same installation go to one process: it compiles Apache once for them.
"""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

_SHARED = {
    "installed": ("test_runbook", "test_farm", "test_letter_*"),
    "training": ("test_drills", "test_lessons"),
}
"""Modules that begin with what the first of them has installed, in this order."""
_LONG = (
    "installed",
    "test_taken_back",
    "test_two_tomcats",
    "test_sysv",
    "training",
    "test_faults_compile",
    "test_export_ansible",
)
"""What takes minutes: it comes first, so that no process is left with it in the end."""


class Sharing(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """A module stays in one process, and modules that share something do so together."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(Path(nodeid.partition("::")[0]).stem)


def place(item: pytest.Item) -> tuple[int, int]:
    """Where a test stands in the order."""
    name = item.path.stem
    group = _group(name)
    within = _SHARED.get(group, ("*",))
    return (
        _LONG.index(group) if group in _LONG else len(_LONG),
        next(at for at, pattern in enumerate(within) if fnmatch(name, pattern)),
    )


def _group(name: str) -> str:
    for group, patterns in _SHARED.items():
        if any(fnmatch(name, pattern) for pattern in patterns):
            return group
    return name
