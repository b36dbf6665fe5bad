"""A killed node is gone, with all its sockets, before anybody visits the cluster again."""

from __future__ import annotations

import subprocess

from installer.engine.proof_ground import killing


def test_what_is_killed_is_waited_for_until_nothing_of_it_is_left() -> None:
    with subprocess.Popen(["sleep", "600"]) as victim:
        script = subprocess.Popen(["sh", "-c", killing(victim.pid)])
        try:
            script.wait(0.5)
        except subprocess.TimeoutExpired:
            waited = True
        else:
            waited = False
        assert waited, "its parent has not been told yet: the kernel still keeps it"
        assert victim.wait() == -9
    assert script.wait(30) == 0


def test_one_that_is_gone_already_is_not_waited_for() -> None:
    victim = subprocess.Popen(["true"])
    victim.wait()
    said = subprocess.run(["sh", "-c", killing(victim.pid)], capture_output=True, check=False)
    assert said.returncode == 0
