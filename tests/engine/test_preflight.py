"""Preflight as data: what a host prints of itself in, what stands in the way out."""

from __future__ import annotations

import time

import pytest

from runbook.actions import Run
from runbook.check import Seen
from runbook.probes import Facts, FileAt, FileState
from runbook.software.inventory import CLOCK
from runbook.software.platform import BUILD_NEEDS, fact_name
from tests.engine.step_data import STEPS, a_host, actions, clock, inventory_of, verdict


@pytest.mark.parametrize(
    ("check", "lines", "seen"),
    [
        ("linux", {"kernel": "SunOS"}, "Debian, x86_64, systemd"),
        ("linux", {"init": "sysv"}, "Debian, x86_64, sysv"),
        ("linux", {"arch": "riscv64"}, "Debian, riscv64, systemd"),
        ("sudo", {"user": "1000"}, "uid 1000"),
        ("resources", {"memory": "100000"}, "97 MB of memory"),
        ("resources", {"disk/var/lib": "100000"}, "/var/lib 97 MB"),
        ("resources", {"disk/usr/java": "1000"}, "/usr/java 0 MB"),
        ("resources", {"disk/home/operator": "1000"}, "/home/operator 0 MB"),
        ("resources", {"home": "/srv/me", "disk/srv/me": "1000"}, "/srv/me 0 MB"),
        ("resources", {"memory": ""}, "0 MB of memory"),
        ("ports", {"port8080": "/usr/bin/python3.11"}, "8080: /usr/bin/python3.11"),
        ("ports", {"port4000": "a process of nobody"}, "4000: a process of nobody"),
        ("name", {"resolves": "127.0.1.1"}, "tomcat1 → 127.0.1.1"),
        ("name", {"resolves": "::1"}, "tomcat1 → ::1"),
    ],
)
@pytest.mark.erratum("host-name-loopback", "configtest-exit-code")
def test_preflight_names_what_stands_in_the_way(
    check: str, lines: dict[str, str], seen: str
) -> None:
    host = a_host("tomcat1")
    assert verdict("preflight", check, a_host("tomcat1", inventory_of(host))).ok
    found = verdict("preflight", check, a_host("tomcat1", inventory_of(host, **lines)))
    assert not found.ok
    assert not found.advice
    assert seen in str(found.seen)


def test_no_room_is_wanted_for_a_jdk_that_is_there() -> None:
    host = a_host("tomcat1")
    facts = inventory_of(host, **{"disk/usr/java": "1000"})
    facts[FileAt(f"{host.java_home}/release")] = FileState("file")
    assert verdict("preflight", "resources", a_host("tomcat1", facts)).ok


@pytest.mark.parametrize(
    "owner",
    ["/usr/java/jdk-17.0.15/bin/java", "a process of tomcat", "/usr/local/apache/bin/httpd"],
)
def test_the_clusters_own_programs_may_hold_its_ports(owner: str) -> None:
    facts = inventory_of(a_host("tomcat1"), port8080=owner)
    assert verdict("preflight", "ports", a_host("tomcat1", facts)).ok


@pytest.mark.parametrize("guard", [{"firewall": "firewalld"}, {"selinux": "Enforcing"}])
def test_a_firewall_is_worth_a_word_but_stops_nothing(guard: dict[str, str]) -> None:
    found = verdict(
        "preflight", "guards", a_host("tomcat1", inventory_of(a_host("tomcat1"), **guard))
    )
    assert (found.ok, found.advice) == (False, True)


@pytest.mark.parametrize(("ahead", "ok"), [(0, True), (4, True), (7, False), (-7, True)])
def test_aclock_that_is_ahead_of_another_host_is_told(ahead: float, ok: bool) -> None:
    host = a_host("tomcat1", {CLOCK: clock(ahead)})
    other = Facts()
    other.update({CLOCK: clock(0)})
    check = next(each for each in STEPS["preflight"].checks(host) if each.id == "clock")
    assert check.judge(Seen(host.facts, {"tomcat1": host.facts, "tomcat2": other})).ok is ok


@pytest.mark.parametrize(
    ("waited", "ahead", "ok"),
    [(9, -9, True), (9, -4, True), (9, 0, True), (9, 7, False), (9, -15, False), (0, -9, False)],
)
def test_a_slow_answer_is_not_taken_for_a_wrong_clock(waited: int, ahead: int, ok: bool) -> None:
    """What a host says is of some moment between the question and the answer."""
    asked = time.time() - waited
    host, other = a_host("tomcat1"), Facts()
    host.facts.update({CLOCK: clock(ahead)}, asked)
    other.update({CLOCK: clock(0)}, time.time())
    check = next(each for each in STEPS["preflight"].checks(host) if each.id == "clock")
    peers = {"tomcat1": host.facts, "tomcat2": other, "balancer": other}
    assert check.judge(Seen(host.facts, peers)).ok is ok


@pytest.mark.parametrize(
    ("manager_name", "package", "undo"),
    [
        ("apt-get", "libpcre2-dev", "purge"),
        ("dnf", "pcre2-devel", "remove"),
        ("yum", "pcre-devel", "remove"),
    ],
)
def test_missing_packages_are_installed_with_the_hosts_own_manager(
    manager_name: str, package: str, undo: str
) -> None:
    lines = {fact_name(need): "no" for need in BUILD_NEEDS if need.name == "pcre"}
    facts = inventory_of(a_host("balancer"), manager=manager_name, **lines)
    (run,) = actions("preflight", a_host("balancer", facts))
    assert isinstance(run, Run)
    assert run.command.endswith(f" {package}")
    assert run.undo is not None
    assert undo in run.undo
    assert run.undo.endswith(f" {package}")


def test_nothing_is_installed_where_nothing_is_missing_or_nobody_knows_how() -> None:
    assert actions("preflight", a_host("balancer", inventory_of(a_host("balancer")))) == []
    lines = {fact_name(need): "no" for need in BUILD_NEEDS}
    unknown = inventory_of(a_host("balancer"), manager="", **lines)
    assert actions("preflight", a_host("balancer", unknown)) == []
    assert not verdict("preflight", "build-needs", a_host("balancer", unknown)).ok
