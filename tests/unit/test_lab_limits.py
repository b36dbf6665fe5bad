"""What this machine runs out of is named, on a real kernel limit of its own user namespace."""

from __future__ import annotations

import subprocess
import sys

import pytest

from installer.lab.limits import inotify_left

LIMITED = "echo {left} >/proc/sys/user/max_inotify_instances && exec {python} -c '{code}'"
LOOK = "from installer.lab.limits import *; print(inotify_left(), *why_hosts_hang() or ())"


def with_so_many(left: int) -> str:
    script = LIMITED.format(left=left, python=sys.executable, code=LOOK)
    asked = subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in asked.stderr:
        pytest.skip(asked.stderr)
    assert asked.returncode == 0, asked.stderr
    return asked.stdout


def test_hosts_that_hang_for_want_of_inotify_are_explained() -> None:
    told = with_so_many(3)
    assert told.startswith("3 All ")
    assert "sysctl -w fs.inotify.max_user_instances=1024" in told


def test_what_was_opened_to_look_is_given_back() -> None:
    for _ in range(100):
        assert inotify_left() > 0


def test_with_room_enough_there_is_nothing_to_tell() -> None:
    assert with_so_many(64) == "8\n"
