"""A host that falls silent in an upload or while it unpacks, one that reboots while it unpacks,
and a script that goes on there after its connection was cut; then the way back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from installer import lab
from tests.lab.faulty import FAST_TAR, SLOW_TAR, Faulty, Running, only, until

pytestmark = pytest.mark.lab

SILENT = r"tomcat1 (is gone|.*silent|does not answer)|connection to tomcat1 was lost"


@pytest.fixture(autouse=True)
def bare(faulty: Faulty) -> Iterator[None]:
    faulty.bare("tomcat1", "tomcat2")
    yield
    for host in ("tomcat1", "tomcat2"):
        faulty.on(host, f": >/run/go; sleep 0.3; {FAST_TAR}")
    faulty.bare("tomcat1", "tomcat2")


def begin(faulty: Faulty, *steps: str) -> Running:
    return faulty.start("run", "--yes", "--host", "tomcat1", *only(*steps))


def test_silence_in_an_upload_and_in_an_unpacking(faulty: Faulty) -> None:
    """On two hosts at once, each with a run of its own, since silence is noticed late."""
    wires = faulty.wires
    faulty.on("tomcat2", SLOW_TAR)
    runs = {
        host: faulty.start("run", "--yes", "--host", host, *only(step), who=host)
        for host, step in (("tomcat1", "jdk"), ("tomcat2", "jdk"))
    }
    wires["tomcat1"].at(20_000_000, wires["tomcat1"].hush)
    until(lambda: (faulty.root("tomcat2") / "run/unpacked").exists())
    wires["tomcat2"].hush()
    for run in runs.values():
        said = run.end()
        said.once("(tomcat1|tomcat2) is gone|connection to tomcat. was lost", code=said.code)
        assert said.code in (1, 69)
    faulty.on("tomcat2", f": >/run/go; sleep 1; {FAST_TAR}")
    for host in ("tomcat1", "tomcat2"):
        wires[host].renew()
        faulty.run("jdk", host=host, code=0)
        assert faulty.left(host) == []


def test_a_script_that_goes_on_does_not_meet_the_next_run(faulty: Faulty) -> None:
    """The first one still unpacks when the second one comes to the same place."""
    wire = faulty.wires["tomcat1"]
    faulty.on("tomcat1", SLOW_TAR)
    run = begin(faulty, "jdk")
    until(lambda: (faulty.root("tomcat1") / "run/unpacked").exists())
    wire.cut()
    said = run.end()
    said.once(SILENT, code=said.code)
    wire.renew()
    again = begin(faulty, "jdk")
    until(lambda: faulty.on("tomcat1", "pgrep -x flock || [ $(pgrep -cx tar) = 2 ] || :"))
    faulty.on("tomcat1", ": >/run/go")
    said = again.end()
    assert said.code == 0, said.text
    java = "/usr/java/jdk-17*/bin/java -version 2>&1; ls -A /usr/java"
    assert "17" in faulty.on("tomcat1", java)
    assert faulty.left("tomcat1") == []


def test_a_reboot_while_an_archive_is_unpacked_and_the_way_back(faulty: Faulty) -> None:
    faulty.on("tomcat1", SLOW_TAR)
    run = begin(faulty, "jdk")
    until(lambda: (faulty.root("tomcat1") / "run/unpacked").exists())
    lab.reboot(faulty.lab.name, "tomcat1")
    run.end().once(SILENT)
    faulty.on("tomcat1", FAST_TAR)
    back = faulty.start("rollback", "--yes", "--host", "tomcat1").end()
    assert back.code == 0, back.text
    assert faulty.on("tomcat1", "ls -A /usr/java 2>/dev/null || :") == ""
    assert faulty.left("tomcat1") == []
    faulty.run("jdk", code=0)
