"""Connections that are cut and restored in each phase of a run but the compile."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.lab.faulty import Faulty, Said, only, until

pytestmark = pytest.mark.lab

GONE = r"connection to tomcat1 was lost|tomcat1 is gone"
NODE = ("jdk", "tomcat", "profile", "server-xml", "web-xml", "tomcat-boot")
START = "start-tomcat"


@pytest.fixture(scope="module", autouse=True)
def clean(faulty: Faulty) -> Iterator[None]:
    faulty.bare("tomcat1")
    yield
    faulty.bare("tomcat1")


def told_or_done(said: Said) -> bool:
    """A run over a broken wire either says so in one message, or has got over it."""
    if said.code == 0:
        return False
    said.once(GONE, "tart Catherd again", code=said.code)
    assert said.code in (1, 69)
    return True


def test_cut_in_the_survey(faulty: Faulty) -> None:
    wire = faulty.wires["tomcat1"]
    wire.at(6_000, wire.cut)
    faulty.run("jdk").once(GONE, "tart Catherd again", code=69)
    wire.renew()
    wire.at(6_000, wire.snap)
    assert "Traceback" not in faulty.run("jdk", code=0).text, "a survey is just made again"


def test_cut_in_the_upload(faulty: Faulty) -> None:
    faulty.bare("tomcat1")
    wire = faulty.wires["tomcat1"]
    wire.at(30_000_000, wire.cut)
    faulty.run("jdk").once("tomcat1 is gone", "When it is back, start Catherd again")
    assert faulty.on("tomcat1", "ls /usr/java 2>/dev/null || :") == ""
    wire.renew()
    sent = wire.sent
    wire.at(20_000_000, wire.snap)
    faulty.run("jdk", code=0)
    assert wire.sent - sent < 60_000_000, "what had arrived was not sent again"
    assert faulty.left("tomcat1") == []


@pytest.mark.parametrize("how", ["snap", "cut"])
def test_cut_while_an_archive_is_unpacked(faulty: Faulty, how: str) -> None:
    faulty.bare("tomcat1")
    wire, java = faulty.wires["tomcat1"], faulty.root("tomcat1") / "usr/java"
    run = faulty.start("run", "--yes", "--host", "tomcat1", *only("jdk"))
    until(lambda: list(java.glob(".*catherd-new/lib/*")))
    getattr(wire, how)()
    run.end().once(GONE)
    wire.renew()
    faulty.run("jdk", code=0)
    (one,) = java.iterdir()
    assert re.fullmatch(r"jdk-17[.0-9]+", one.name)
    assert faulty.left("tomcat1") == []


def test_cut_at_every_point_of_an_edit(faulty: Faulty) -> None:
    """Whatever got through: the file is the old one or the new one."""
    faulty.run("jdk", code=0)
    wire, profile = faulty.wires["tomcat1"], faulty.root("tomcat1") / "etc/profile"
    old = profile.read_bytes()
    before = wire.sent
    faulty.run("profile", code=0)
    whole, new = wire.sent - before, profile.read_bytes()
    told = 0
    for part in (0.45, 0.55, 0.65, 0.75, 0.85, 0.95):
        profile.write_bytes(old)
        wire.at(int(whole * part), wire.snap)
        told += told_or_done(faulty.run("profile"))
        wire.renew()
        assert profile.read_bytes() in (old, new)
        assert faulty.left("tomcat1") == []
        faulty.run("profile", code=0)
        assert profile.read_bytes() == new
    assert told


def test_cut_while_a_service_starts_and_is_verified(faulty: Faulty) -> None:
    faulty.run(*NODE, START, code=0)  # the first start says more: it compiles the page
    wire = faulty.wires["tomcat1"]
    faulty.on("tomcat1", "systemctl stop tomcat")
    before = wire.sent
    faulty.run(START, code=0)
    whole, told = wire.sent - before, 0
    for part in (0.3, 0.4, 0.5, 0.6):
        faulty.on("tomcat1", "systemctl stop tomcat")
        wire.at(int(whole * part), wire.snap)
        told += told_or_done(faulty.run(START))
        wire.renew()
        faulty.run(START, code=0)
        state = faulty.on("tomcat1", "systemctl is-active tomcat; pgrep -c java")
        assert state.split() == ["active", "1"]
    assert told
