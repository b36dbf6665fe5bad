"""The long work: its host reboots, its compiler is killed, its disk fills up, its wire is cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from installer import lab
from tests.lab.faulty import Faulty, only, until

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module", autouse=True)
def clean(faulty: Faulty) -> Iterator[None]:
    faulty.bare("balancer")
    yield
    faulty.bare("balancer")


def making(faulty: Faulty) -> list[Path]:
    """Logs of the compiles that have come as far as make."""
    jobs = faulty.root("balancer") / "var/lib/catherd/jobs"
    return [log for log in jobs.glob("*/log") if b"== make" in log.read_bytes()]


def compile_once(faulty: Faulty) -> list[str]:
    return ["run", "--yes", "--host", "balancer", *only("httpd-build")]


def test_a_reboot_in_the_compile_and_a_killed_compiler_and_cut_wires(faulty: Faulty) -> None:
    """Each ends with a message of its own, and one compile that nothing stops ends well."""
    wire = faulty.wires["balancer"]
    run = faulty.start(*compile_once(faulty))
    until(lambda: making(faulty))
    lab.reboot(faulty.lab.name, "balancer")
    run.end().once("was ended on balancer before it was done", "restarted", "begins anew")

    run = faulty.start(*compile_once(faulty))
    until(lambda: making(faulty))
    faulty.on("balancer", "for i in $(seq 2000); do pkill -9 cc1 && break; sleep 0.05; done")
    run.end().once("compiler was killed", "Killed signal terminated", "memory ran out")
    left = "cd /var/lib/catherd; ls build; find . -name jobs"
    assert faulty.on("balancer", left).split() == []

    run = faulty.start(*compile_once(faulty))
    until(lambda: making(faulty))
    (log,) = making(faulty)
    started = log.stat().st_ino
    wire.cut()
    assert run.process.poll() is None
    until(lambda: b"mod_alias" in log.read_bytes())
    wire.mend()
    until(lambda: b"mod_auth" in log.read_bytes())
    assert log.stat().st_ino == started
    wire.snap()
    said = run.end()
    assert said.code == 0, said.text
    assert log.parents[2].exists(), "the host has not been restarted meanwhile"
    assert not log.parents[1].exists(), "no job is left"
    assert faulty.left("balancer") == []
    assert "Apache" in faulty.on("balancer", "/usr/local/apache/bin/httpd -v")


def test_a_disk_that_fills_up_in_the_compile(faulty: Faulty) -> None:
    faulty.bare("balancer")
    place = "/var/lib/catherd/build"
    with faulty.mounted("balancer", place, "size=90m"):
        run = faulty.start(*compile_once(faulty))
        until(lambda: making(faulty))
        faulty.on("balancer", f"cat /dev/zero >{place}/junk 2>/dev/null || :")
        run.end().once(r"The disk of balancer is full: \d+ kB are left in " + place, "Make room")
        assert faulty.on("balancer", f"ls {place}").split() == ["junk"]
        faulty.on("balancer", f"rm {place}/junk")
    again = faulty.start(*compile_once(faulty))
    until(lambda: making(faulty))
    assert faulty.start("stop").end().code == 0
    again.end().once("balancer")
