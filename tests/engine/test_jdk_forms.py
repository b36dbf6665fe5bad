"""A JDK in each form: what the step does for it, what stands in the way, what takes it back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.remote.operations import Remove
from installer.remote.target import Result
from runbook.actions import Action, Run, Unpack
from runbook.artefact import Artefact, Java
from runbook.check import Seen, Verdict
from runbook.errors import BadInput
from runbook.host import Host
from runbook.probes import Answer, FileAt, FileState, NotAsked, Output, Probe, Sh
from runbook.software.jdk import installed
from runbook.steps.jdk_fits import look_at_archive
from tests.engine.given import ANSWERS
from tests.engine.memory_files import a_file
from tests.engine.memory_host import MemoryHost
from tests.engine.memory_software import command
from tests.engine.step_data import STEPS, a_host, actions
from tests.engine.three_hosts import ThreeHosts

OLD = Java("i386", "/lib/ld-linux.so.2")
BIN = Artefact("jdk-6u4-linux-i586.bin", "5" * 64, 10, 40, "jdk1.6.0_04", "bin")
RPM = replace(BIN, name="jdk.rpm", top="", format="rpm")
RPM_BIN = replace(BIN, name="jdk-rpm.bin", top="", format="rpm-bin")
PACKAGED = replace(
    OLD, home="/usr/java/jdk1.6.0_04", packages=("jdk-1.6.0_04-fcs", "sun-javadb-core-10.3-4")
)
DEBIAN = "machine=x86_64\nmanager=apt-get\n"
PREDICTED = "/usr/lib/jvm/java-17-openjdk-amd64"


def host_with(
    source: str,
    archive: Artefact | None = None,
    java: Java = OLD,
    facts: dict[Probe, Answer] | None = None,
    name: str = "tomcat1",
    **answers: Any,
) -> Host:
    table = {"version": "17", "source": source, **answers}
    if archive is not None:
        table["sha256"] = archive.sha256
    software = {**ANSWERS["software"], "jdk": table}
    host = a_host(name, facts, software=software)
    return replace(host, artefacts=replace(host.artefacts, jdk=archive, java=java))


def planned(host: Host) -> Action:
    (action,) = actions("jdk", host)
    return action


def fits(host: Host) -> Verdict:
    found = next(each for each in STEPS["preflight"].checks(host) if each.id == "jdk-fits")
    return found.judge(Seen(host.facts))


def saying(host: Host, text: str) -> Host:
    """The host, which answers the question whether the JDK fits."""
    found = next(each for each in STEPS["preflight"].checks(host) if each.id == "jdk-fits")
    answers: dict[Probe, Answer] = {found.probes[0]: Output(0, text.encode())}
    host.facts.update(answers)
    return host


def missing(host: Host, *names: str) -> Host:
    """The host, on which these packages are not installed."""
    found = next(each for each in STEPS["jdk"].checks(host) if each.id == "jdk-packages")
    look, folder = found.probes
    answers: dict[Probe, Answer] = {
        look: Output(0, "\n".join(names).encode()),
        folder: FileState(),
    }
    host.facts.update(answers)
    return host


def test_an_installer_is_unpacked_once_its_licence_is_accepted() -> None:
    action = planned(host_with("jdk.bin", BIN, accept_licence=True))
    assert isinstance(action, Unpack)
    assert action.to == "/usr/java/jdk1.6.0_04"


@pytest.mark.parametrize("archive", [BIN, RPM_BIN])
def test_an_installer_by_another_name_is_recognised_by_what_is_in_it(archive: Artefact) -> None:
    with pytest.raises(BadInput, match="Nobody has accepted"):
        planned(host_with("jdk.sh", archive, PACKAGED))


def test_a_package_goes_through_rpm_and_comes_back_through_it() -> None:
    host = missing(host_with("jdk.rpm", RPM, PACKAGED), "jdk-1.6.0_04-fcs")
    assert host.java_home == "/usr/java/jdk1.6.0_04"
    action = planned(host)
    assert isinstance(action, Run)
    assert (action.command, action.artefact) == ('rpm -i "$1"', RPM)
    assert action.undo is not None
    assert "rpm -e" in action.undo
    assert "jdk-1.6.0_04-fcs" in action.undo
    assert "javadb" not in action.undo, "what was there before stays"
    assert "rmdir /usr/java " in action.undo
    host.facts.update({FileAt("/usr/java", content=False): FileState("directory")})
    (again,) = actions("jdk", host)
    assert isinstance(again, Run)
    assert "rmdir" not in str(again.undo)
    assert not action.judge(Seen(host.facts)).ok
    assert action.judge(Seen(missing(host).facts)).ok


def test_an_installer_of_packages_is_told_yes_in_a_place_of_its_own() -> None:
    host = missing(host_with("x-rpm.bin", RPM_BIN, PACKAGED, accept_licence=True), "jdk-1")
    action = planned(host)
    assert isinstance(action, Run)
    assert "printf 'yes\\n\\n' | sh \"$1\"" in action.command
    assert "mktemp -d" in action.command
    assert action.artefact == RPM_BIN


def test_the_distributions_package_is_where_it_will_be_and_then_where_it_is() -> None:
    look = installed("", 17)
    with pytest.raises(NotAsked):
        _ = host_with("package").java_home
    bare = host_with("package", facts={look: Output(0, DEBIAN.encode())})
    assert bare.java_home == PREDICTED
    assert bare.java_mark == f"{PREDICTED}/release"
    action = planned(bare)
    assert isinstance(action, Run)
    assert " install openjdk-17-jdk-headless" in action.command
    assert action.undo is not None
    assert "dpkg --purge" in action.undo
    found = Output(0, f"{DEBIAN}home=/usr/lib/jvm/elsewhere\n".encode())
    assert host_with("package", facts={look: found}).java_home == "/usr/lib/jvm/elsewhere"


def test_the_balancer_asks_a_tomcat_where_java_is() -> None:
    look = installed("", 17)
    node = host_with("package", facts={look: Output(0, b"home=/found\n")})
    front = replace(host_with("package", name="balancer"), peers={"tomcat1": node.facts})
    assert front.java_home == "/found"


def test_an_existing_one_is_only_looked_at() -> None:
    host = host_with("existing:/opt/jdk-17")
    assert actions("jdk", host) == []
    assert host.java_home == "/opt/jdk-17"
    assert fits(saying(host, 'asked=openjdk version "17.0.15" 2025\nothers=')).ok
    found = fits(saying(host, "asked=sh: 1: /opt/jdk-17/bin/java: not found\nothers=/opt/jdk21 "))
    assert not found.ok
    assert "/opt/jdk21" in str(found.seen)
    assert not fits(saying(host, 'asked=openjdk version "1.7.0_80"\nothers=')).ok


@pytest.mark.erratum("jdk-i586")
@pytest.mark.parametrize(
    ("java", "lines", "ok", "seen"),
    [
        (OLD, "machine=x86_64", False, "no /lib/ld-linux.so.2"),
        (OLD, "machine=x86_64\nloader=yes", True, "x86_64 host"),
        (OLD, "machine=i686\nloader=yes", True, "i686 host"),
        (OLD, "machine=aarch64\nloader=yes", False, "aarch64 host"),
        (Java(), "machine=riscv64", True, "riscv64 host"),
        (PACKAGED, "machine=x86_64\nloader=yes", False, "no rpm"),
        (PACKAGED, "machine=x86_64\nloader=yes\nrpm=yes", True, "x86_64 host"),
    ],
)
def test_a_jdk_for_another_machine_is_recognised_before_it_fails(
    java: Java, lines: str, ok: bool, seen: str
) -> None:
    archive = RPM if java.packages else BIN
    host = host_with("jdk.bin", archive, java, accept_licence=True)
    assert look_at_archive(host).script.count("ld-linux") == bool(java.loader)
    verdict = fits(saying(host, lines))
    assert verdict.ok is ok
    assert seen in str(verdict.seen)


@pytest.mark.parametrize(
    ("line", "ok"),
    [
        ("glibc=glibc 2.36", False),
        ("glibc=glibc 2.5", False),
        ("glibc=glibc 2.38", True),
        ("glibc=glibc 2.100", True),
        ("glibc=", True),
    ],
)
def test_a_jdk_for_a_newer_c_library_is_recognised_before_it_fails(line: str, ok: bool) -> None:
    java = Java("x86_64", "/lib64/ld-linux-x86-64.so.2", glibc="2.38")
    host = host_with("jdk.bin", BIN, java, accept_licence=True)
    verdict = fits(saying(host, f"machine=x86_64\nloader=yes\n{line}"))
    assert verdict.ok is ok
    assert ok or "Java needs 2.38" in str(verdict.seen)
    silent = host_with("jdk.bin", BIN, replace(java, glibc=""), accept_licence=True)
    assert "getconf" not in look_at_archive(silent).script


def test_an_installer_that_would_replace_another_version_is_not_begun() -> None:
    lines = "machine=x86_64\nloader=yes\nrpm=yes\npackages=jdk-1.6.0_03-fcs jdk-1.6.0_04-fcs"
    host = host_with("x-rpm.bin", RPM_BIN, PACKAGED, accept_licence=True)
    assert "jdk-1.6.0_03-fcs would be replaced" in str(fits(saying(host, lines)).seen)
    beside = host_with("jdk.rpm", RPM, PACKAGED)
    assert fits(saying(beside, lines)).ok, "rpm -i leaves the other one there"


def test_a_package_of_another_distribution_is_told() -> None:
    host = host_with("package:java-17-openjdk-devel", facts={
        installed("java-17-openjdk-devel", 17): Output(0, DEBIAN.encode()),
    })  # fmt: skip
    assert not fits(host).ok
    assert fits(host_with("package", facts={installed("", 17): Output(0, DEBIAN.encode())})).ok
    nobody: dict[Probe, Answer] = {installed("", 17): Output(0, b"machine=x86_64\nmanager=\n")}
    assert not fits(host_with("package", facts=nobody)).ok


def with_packages(hosts: ThreeHosts) -> ThreeHosts:
    """Hosts in memory on which ``rpm`` brings a JDK 17 and takes it away."""
    (name,), home = hosts.artefacts.java.packages, hosts.artefacts.java.home

    def rpm(it: MemoryHost, script: str) -> Result:
        if script == 'rpm -i "$1"':
            assert RPM.sha256 in it.state.staged.values()
            it.files.put(f"{home}/bin/java", a_file(b"ELF", 0o755))
            it.state.packages.add(name)
        elif "rpm -e" in script:
            assert name in script
            it.files.remove(Remove(home, keep="/"))
            it.state.packages.discard(name)
        else:
            return command(it, script)
        return Result(0)

    def missing_packages(it: MemoryHost) -> Output:
        return Output(0, b"" if name in it.state.packages else name.encode())

    def version(it: MemoryHost) -> Output:
        there = f"{home}/bin/java" in it.files
        return Output(0, b'openjdk version "17.0.15"') if there else Output(127, b"not found")

    for each in hosts.hosts.values():
        each.command = rpm
        host = hosts.installation().host(each.name, {})
        if host.role == "tomcat":
            (asked,), (known, _) = (check.probes for check in STEPS["jdk"].checks(host))
            assert isinstance(asked, Sh)
            assert isinstance(known, Sh)
            each.shells = {
                **each.shells,
                look_at_archive(host): lambda it: Output(0, b"machine=x86_64\nrpm=yes"),
                asked: version,
                known: missing_packages,
            }
    return hosts


@pytest.mark.usefixtures("without_trials")
def test_a_cluster_on_a_packaged_java_stands_and_is_taken_back(tmp_path: Path) -> None:
    table = {"version": "17", "source": "jdk.rpm", "sha256": RPM.sha256}
    java = Java("x86_64", "", "/usr/java/jdk-17", ("jdk-17-1",))
    hosts = with_packages(
        ThreeHosts(
            tmp_path,
            answers={"software": {**ANSWERS["software"], "jdk": table}},
            archives={"jdk": RPM, "java": java},
        )
    )
    before = hosts.outside()
    ran = hosts.run()
    assert ran.ok, ran.errors()
    unit = hosts["tomcat1"].files["/etc/systemd/system/tomcat.service"].data or b""
    assert b"JAVA_HOME=/usr/java/jdk-17\n" in unit
    assert not hosts.plan().needed
    assert hosts.rollback().ok
    assert hosts.outside() == before
