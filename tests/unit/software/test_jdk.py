"""Sources of a JDK that are no archive: packages by name, homes by distribution."""

from __future__ import annotations

import subprocess

import pytest

from runbook.software.jdk import (
    Origin,
    family_of,
    home_of_package,
    installed,
    origin,
    package_name,
    runs_on,
    shows_licence,
)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("package", Origin("package")),
        ("package:openjdk-17-jdk", Origin("package", "openjdk-17-jdk")),
        ("existing:/opt/jdk", Origin("existing", "/opt/jdk")),
        ("jdk.tar.gz", None),
        ("debian:jdk17", None),
        ("packages/jdk.rpm", None),
        ("https://example.org/jdk.bin", None),
    ],
)
def test_a_source_says_its_kind(source: str, found: Origin | None) -> None:
    assert origin(source) == found


@pytest.mark.parametrize(
    ("source", "asks"),
    [
        ("jdk-6u4-linux-i586-rpm.bin", True),
        ("https://example.org/JDK.BIN?token=1", True),
        ("jdk.bin.tar.gz", False),
        ("https://example.org/jdk.rpm?file=x.bin", False),
    ],
)
def test_installers_show_a_licence(source: str, asks: bool) -> None:
    assert shows_licence(source) is asks


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("openjdk-17-jdk-headless", ("debian", 17)),
        ("openjdk-8-jdk", ("debian", 8)),
        ("java-17-openjdk-devel", ("redhat", 17)),
        ("java-1.8.0-openjdk-devel", ("redhat", 8)),
        ("openjdk-17-jre", None),
        ("openjdk-17-jdk;reboot", None),
        ("default-jdk", None),
    ],
)
def test_a_package_is_that_of_a_family(name: str, family: object) -> None:
    assert family_of(name) == family


def test_without_a_name_each_family_has_its_own() -> None:
    assert package_name("", 17, "apt-get") == "openjdk-17-jdk-headless"
    assert package_name("", 17, "dnf") == "java-17-openjdk-devel"
    assert package_name("", 8, "yum") == "java-1.8.0-openjdk-devel"
    for feature in (8, 11, 17):
        for manager in ("apt-get", "dnf"):
            assert family_of(package_name("", feature, manager)) is not None


@pytest.mark.parametrize(
    ("seen", "home"),
    [
        ({"manager": "apt-get", "machine": "x86_64"}, "/usr/lib/jvm/java-17-openjdk-amd64"),
        ({"manager": "apt-get", "machine": "s390x"}, "/usr/lib/jvm/java-17-openjdk-s390x"),
        ({"manager": "dnf", "machine": "x86_64"}, "/usr/lib/jvm/java-17-openjdk"),
        ({"manager": "dnf", "home": "/usr/lib/jvm/other"}, "/usr/lib/jvm/other"),
    ],
)
def test_a_home_is_foretold_until_it_is_found(seen: dict[str, str], home: str) -> None:
    assert home_of_package(17, seen) == home


def test_the_question_is_a_script_that_ends_well() -> None:
    script = installed("", 17).script
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert "machine=" in done.stdout
    assert "home=" in done.stdout


@pytest.mark.parametrize(
    ("machine", "host", "runs"),
    [
        ("x86_64", "x86_64", True),
        ("i386", "x86_64", True),
        ("i386", "i686", True),
        ("x86_64", "i686", False),
        ("aarch64", "arm64", True),
        ("x86_64", "aarch64", False),
        ("", "riscv64", True),
    ],
)
def test_a_processor_starts_its_own_and_its_forebears_programs(
    machine: str, host: str, runs: bool
) -> None:
    assert runs_on(machine, host) is runs
