from __future__ import annotations

import subprocess

from installer.frontend.trying import LOOK


def test_looking_around_on_a_host_tells_what_it_is_and_ends() -> None:
    told = subprocess.run(
        ["sh", "-c", LOOK.script], capture_output=True, text=True, timeout=20, check=True
    ).stdout.splitlines()
    assert {line.partition("=")[0] for line in told} >= {"os", "arch", "user", "memory"}
