"""What people do meanwhile: wrong passwords, edits, other programs on the ports, a second operator,
a clock that is wrong, a host that is taken away for good."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.faulty import FAST_TAR, SLOW_TAR, Faulty, only, until

pytestmark = pytest.mark.lab

SQUAT = r"""
cat >/usr/local/bin/squat <<'END'
#!/usr/bin/perl
use IO::Socket::INET;
my $door = IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 5, ReuseAddr => 1) or die;
while (my $guest = $door->accept) { <$guest>; print $guest "HTTP/1.0 200 OK\r\n\r\nhi"; }
END
chmod 755 /usr/local/bin/squat
setsid /usr/local/bin/squat PORT >/dev/null 2>&1 &
"""
DATE = """
cat >/usr/local/bin/date <<'END'
#!/bin/sh
case $* in +%s) echo $(($(/bin/date +%s) OFF)) ;; *) exec /bin/date "$@" ;; esac
END
chmod 755 /usr/local/bin/date
"""
NODE = ("jdk", "tomcat", "profile", "server-xml", "web-xml", "tomcat-boot")


@pytest.fixture(scope="module", autouse=True)
def clean(faulty: Faulty) -> Iterator[None]:
    faulty.bare("tomcat1", "tomcat2")
    yield
    faulty.bare("tomcat1", "tomcat2")


def test_a_wrong_sudo_password_then_the_right_one(faulty: Faulty) -> None:
    right = faulty.lab.sudo_password.read_text().strip()
    wrong = faulty.answers.with_name("wrong")
    wrong.touch(0o600)
    wrong.write_text("wrong\n")
    wanted = ("run", "--yes", "--host", "tomcat2", *only("profile"), "--sudo-password-file", wrong)
    said = faulty.start(*map(str, wanted), own_password=True).end()
    said.once("sudo on tomcat2", "password", code=77)
    assert faulty.on("tomcat2", "ls /var/lib/catherd 2>/dev/null || :") == ""

    terminal = faulty.at_terminal("plan", "--host", "tomcat2", *only("profile"))
    terminal.see("sudo password of operator on tomcat2")
    terminal.type("wrong\r")
    terminal.see("That was wrong")
    terminal.type(f"{right}\r")
    terminal.see("/etc/profile")
    assert terminal.end() == 2, terminal.shown
    assert right not in terminal.shown


@pytest.mark.parametrize(("off", "words"), [("+ 3600", "3[56].. s ahead"), ("- 3600", "s behind")])
def test_a_wrong_clock(faulty: Faulty, off: str, words: str) -> None:
    """It is named before anything is changed, and nothing but it."""
    faulty.on("tomcat2", DATE.replace("OFF", off))
    message = faulty.start("run", "--yes", *only("preflight")).end().once(words, "chrony")
    assert "tomcat2" in message
    faulty.on("tomcat2", "rm /usr/local/bin/date")
    assert faulty.start("run", "--yes", *only("preflight")).end().code == 0


def test_a_port_that_is_taken_after_preflight(faulty: Faulty) -> None:
    faulty.run("preflight", *NODE, code=0)
    faulty.on("tomcat1", SQUAT.replace("PORT", "8080"))
    faulty.run("start-tomcat").once("8080: /usr/bin/perl", "free", "Stop it")
    assert faulty.on("tomcat1", "systemctl is-active tomcat || :").strip() == "inactive"
    faulty.on("tomcat1", "pkill squat")
    faulty.run("start-tomcat", code=0)
    assert faulty.on("tomcat1", "systemctl is-active tomcat").strip() == "active"


def test_a_file_that_changes_between_preview_and_run(faulty: Faulty) -> None:
    faulty.bare("tomcat1")
    faulty.on("tomcat1", SLOW_TAR)
    run = faulty.start("run", "--yes", "--host", "tomcat1", *only("jdk", "profile"))
    until(lambda: (faulty.root("tomcat1") / "run/unpacked").exists())
    faulty.on("tomcat1", "sed -i '1i # somebody was here' /etc/profile; : >/run/go")
    said = run.end()
    faulty.on("tomcat1", FAST_TAR)
    said.once("has changed since the preview", r"\+# somebody was here")
    profile = faulty.on("tomcat1", "cat /etc/profile")
    assert "somebody was here" in profile
    assert "JAVA_HOME" not in profile

    terminal = faulty.at_terminal("run", "--host", "tomcat1", *only("profile"))
    terminal.see("Quit")
    faulty.on("tomcat1", "sed -i '1s/.*/# somebody else/' /etc/profile")
    terminal.type("\r")
    terminal.see("has changed since this preview")
    terminal.see("Run it like this")
    terminal.type("y")
    assert terminal.end() == 0, terminal.shown
    assert "# somebody else" in faulty.on("tomcat1", "cat /etc/profile")
    faulty.on("tomcat1", "sed -i 1d /etc/profile")


def test_two_controllers_at_once(faulty: Faulty) -> None:
    faulty.bare("tomcat1")
    wire = faulty.wires["tomcat1"]
    wire.at(20_000_000, wire.hush)
    first = faulty.start("run", "--yes", "--host", "tomcat1", *only("jdk"))
    stage = faulty.root("tomcat1") / "home/operator/.catherd-stage"
    until(lambda: list(stage.glob("*.part")))
    until(lambda: wire.silent)
    with faulty.second_wire("tomcat1"):
        said = faulty.start("run", "--yes", "--host", "tomcat1", *only("profile"), who="you").end()
        said.once("tomcat1 is in use by another run", r"process \d+", "unlock tomcat1", code=75)
    wire.mend()
    assert first.end().code == 0
    faulty.run("profile", code=0)


def test_a_host_that_vanishes_for_good(faulty: Faulty) -> None:
    """The other host's lane ends in order; later it can be worked on alone."""
    faulty.bare("tomcat1", "tomcat2")
    wire = faulty.wires["tomcat2"]
    wire.at(20_000_000, wire.cut)
    hosts = ("--host", "tomcat1", "--host", "tomcat2")
    run = faulty.start("run", "--yes", *hosts, *only("jdk", "profile"))
    said = run.end()
    said.once("tomcat2 is gone", "When it is back")
    for step in ("Install the JDK", "Environment of login shells"):
        assert any("✓" in line and "tomcat1" in line and step in line for line in run.lines)
    run = faulty.start("run", "--yes", *only("tomcat"))
    run.end().once("tomcat2", code=69)
    faulty.run("tomcat", code=0)
    wire.renew()
    assert faulty.start("run", "--yes", *hosts, *only("jdk", "profile")).end().code == 0
    for host in ("tomcat1", "tomcat2"):
        assert faulty.left(host) == []


def test_one_host_is_worked_on_while_another_is_gone(faulty: Faulty) -> None:
    """It is run, verified and taken back on its own, as --host says."""
    faulty.bare("tomcat1", "tomcat2")
    wire, chosen = faulty.wires["tomcat2"], ("--host", "tomcat1")
    wire.cut()
    try:
        faulty.run("jdk", "profile", code=0)
        for command in (("verify", *only("jdk", "profile")), ("rollback", "--yes")):
            said = faulty.start(*command, *chosen).end()
            assert said.code == 0, said.text
    finally:
        wire.renew()
    assert "JAVA_HOME" not in faulty.on("tomcat1", "cat /etc/profile; ls -A /usr/java || :")
