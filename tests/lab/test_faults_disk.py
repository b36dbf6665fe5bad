"""Disks that are full, out of inodes or read-only: one message that names the disk, nothing left
half-written, and with room again the next run goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.faulty import Faulty

pytestmark = pytest.mark.lab

STATE, JAVA = "/var/lib/catherd", "/usr/java"
STAGE = "/home/operator/.catherd-stage"
FILL = "cat /dev/zero >{}/junk 2>/dev/null || :"


@pytest.fixture(autouse=True)
def bare(faulty: Faulty) -> Iterator[None]:
    faulty.bare("tomcat1")
    yield
    faulty.bare("tomcat1")


FULL = {
    "unpack": (JAVA, "size=40m", (r"disk of tomcat1 is full: \d+ kB .* /usr/java", "Make room")),
    "inodes": (JAVA, "size=900m,nr_inodes=90", (r"no more files in /usr/java", "Remove files")),
    "upload": (STAGE, "size=9m,mode=700,uid=1000", ("disk of tomcat1 is full", STAGE)),
}


@pytest.mark.parametrize("place", FULL)
def test_no_room(faulty: Faulty, place: str) -> None:
    mount, options, words = FULL[place]
    with faulty.mounted("tomcat1", mount, options):
        message = faulty.run("jdk").once(*words, "jdk-17.*No space left|jdk-17.*Failure")
        assert len(message.splitlines()) == 4, message
        assert faulty.left("tomcat1") == []
        assert faulty.on("tomcat1", f"ls -A {mount}") == ""
    faulty.run("jdk", code=0)
    assert faulty.left("tomcat1") == []


def test_a_read_only_target(faulty: Faulty) -> None:
    with faulty.mounted("tomcat1", JAVA, "size=900m"):
        faulty.remount("tomcat1", JAVA, "ro")
        faulty.run("jdk").once("mounted read-only", "tomcat1: Unpacking to /usr/java", "dmesg")
        faulty.remount("tomcat1", JAVA, "rw")
        faulty.run("jdk", code=0)


def test_no_room_for_what_catherd_keeps(faulty: Faulty) -> None:
    """The lock comes first, the originals of files that are edited next."""
    before = faulty.on("tomcat1", "cat /etc/profile")
    with faulty.mounted("tomcat1", STATE, "size=64k"):
        faulty.on("tomcat1", FILL.format(STATE))
        faulty.run("profile").once("disk of tomcat1 is full", "could not be locked", "Make room")
        faulty.on("tomcat1", f"rm {STATE}/junk; mkdir {STATE}/saved")
        with faulty.mounted("tomcat1", f"{STATE}/saved", "size=4k"):
            faulty.on("tomcat1", FILL.format(f"{STATE}/saved"))
            faulty.run("profile").once("is full: 0 kB .*/saved", "/etc/profile could not be writt")
            assert faulty.on("tomcat1", f"find {STATE}/saved").split() == [
                f"{STATE}/saved",
                f"{STATE}/saved/junk",
            ]
        assert faulty.on("tomcat1", "cat /etc/profile") == before
        assert faulty.left("tomcat1") == []
    faulty.run("jdk", "profile", code=0)
    assert faulty.on("tomcat1", "cat /etc/profile") != before


def test_a_read_only_state_directory(faulty: Faulty) -> None:
    with faulty.mounted("tomcat1", STATE, "size=64k"):
        faulty.remount("tomcat1", STATE, "ro")
        faulty.run("profile").once("mounted read-only", "could not be locked", "dmesg")
    faulty.run("jdk", "profile", code=0)


SMALL = {"home": ("/home/operator", "size=9m,mode=700,uid=1000"), "jdk": (JAVA, "size=40m")}


@pytest.mark.parametrize("place", SMALL)
def test_too_little_room_is_told_before_anything_is_touched(faulty: Faulty, place: str) -> None:
    mount, options = SMALL[place]
    ssh = faulty.on("tomcat1", "tar -C /home/operator -c .ssh | base64")
    with faulty.mounted("tomcat1", mount, options):
        faulty.on("tomcat1", f"echo '{ssh}' | base64 -d | tar -C /home/operator -xp")
        faulty.run("preflight", "jdk").once(
            "memory and disk suffice", f"{mount} [0-9] MB|{mount} 40 MB"
        )
        assert faulty.left("tomcat1") == []
    faulty.run("preflight", "jdk", code=0)
