"""A JDK in every form in which one comes, installed and taken back on a practice host.

The installers are made here around a real JDK 17 and behave as those of JDK 6 did, which no
registry has any more; packages are built by rpmbuild; the distribution's are Debian's own.
"""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bench.fingerprint import difference, fingerprint
from installer import lab
from installer.depot.depot import Depot
from installer.depot.store import digests_of
from installer.lab.cluster import answers_path, write_answers
from installer.lab.hosts import container_name
from installer.lab.lab import open_podman
from tests.installers import installer, old_program, tree
from tests.lab.commands import catherd, on, say
from tests.lab.packages import offer

pytestmark = pytest.mark.lab

HOST = "tomcat1"
WANTED = ("jdk", "profile", "tomcat", "tomcat-boot")
STEPS = ("--host", HOST, *(word for step in WANTED for word in ("--only", step)))
"""Who needs Java: its own step, login shells, and the service."""
LATER = ("/root", "/var/lib/rpm", "/opt/packages", "/var/lib/apt", "/var/cache", "/var/log")
DEBIAN_HOME = "/usr/lib/jvm/java-17-openjdk-amd64"
SPEC = """
Name: jdk
Version: 17.0
Release: fcs
Summary: A JDK as the vendor packs it
License: GPL-2.0
AutoReqProv: no
%define __spec_install_post %{nil}
%define debug_package %{nil}
%define _binary_payload w1.gzdio
%description
A JDK as the vendor packs it.
%install
mkdir -p %{buildroot}/usr/java && tar -xf /root/jdk.tar.gz -C %{buildroot}/usr/java
%files
/usr/java/*
"""


@dataclass
class Forms:
    """The lab, and the files of each form."""

    hosts: lab.Lab
    place: Path
    archive: Path
    top: str
    bare: list[str] = field(default_factory=list)

    def source(self, path: Path) -> dict[str, str]:
        return {"source": str(path), "sha256": digests_of(path).sha256}

    def answer(self, table: Mapping[str, object]) -> None:
        """Let cluster.toml name this JDK."""
        path = answers_path(self.hosts.name)
        text = path.read_text("utf-8")
        lines = [f"{key} = {json.dumps(value)}" for key, value in table.items()]
        new = '[software.jdk]\nversion = "17"\n' + "\n".join(lines) + "\n\n"
        text = re.sub(
            r"\[software\.jdk\]\n(?s:.*?)\n(?=(#.*\n)*\[\[?)", lambda _: new, text, count=1
        )
        assert tomllib.loads(text)["software"]["jdk"]["source"] == table["source"]
        path.write_text(text, "utf-8")

    def print(self) -> list[str]:
        return fingerprint(self.hosts, HOST, LATER)


@pytest.fixture(scope="module")
def forms(lab_hosts: lab.Lab, tmp_path_factory: pytest.TempPathFactory) -> Forms:
    """The lab, bare, with rpm on one host, and there a package made of the JDK."""
    write_answers(lab_hosts, say)
    depot = Depot()
    artefact = depot.fetch("debian:jdk17", say=say)
    place = tmp_path_factory.mktemp("forms")
    offer(lab_hosts, HOST, ["rpm"])
    on(
        lab_hosts,
        HOST,
        "apt-get -q -y --no-install-recommends install rpm >/dev/null 2>&1 || exit 1",
    )
    podman, container = open_podman(), container_name(lab_hosts, lab_hosts.host(HOST))
    podman.do("cp", depot.path(artefact), f"{container}:/root/jdk.tar.gz")
    (place / "jdk.spec").write_text(SPEC)
    podman.do("cp", place / "jdk.spec", f"{container}:/root/jdk.spec")
    on(lab_hosts, HOST, "rpmbuild -bb --define '_topdir /root/top' /root/jdk.spec >/dev/null 2>&1")
    made = on(lab_hosts, HOST, "ls /root/top/RPMS/*/*.rpm").strip()
    podman.do("cp", f"{container}:{made}", place / "jdk-17.rpm")
    on(lab_hosts, HOST, "rm -rf /root/top /root/jdk.tar.gz /root/jdk.spec")
    found = Forms(lab_hosts, place, depot.path(artefact), artefact.top)
    found.bare = found.print()
    return found


def install(forms: Forms, table: Mapping[str, object], home: str) -> None:
    """Preview, run, verify; login shells and the service have the Java that is really there."""
    forms.answer(table)
    steps = json.loads(catherd(forms.hosts, "plan", *STEPS, "--json", code=2))["steps"]
    unit = next(
        change["diff"]
        for step in steps
        for change in step["changes"]
        if change["target"].endswith("tomcat.service")
    )
    assert f"+Environment=JAVA_HOME={home}\n" in unit, "it is known before anything is done"
    catherd(forms.hosts, "run", *STEPS, "--yes")
    assert "Nothing to do" in catherd(forms.hosts, "run", *STEPS, "--yes")
    java = "readlink -f $(command -v java); echo $JAVA_HOME; java -version 2>&1"
    found, said, version, *_ = on(forms.hosts, HOST, f"env -i bash -lc '{java}'").splitlines()
    assert (said, found) == (home, f"{home}/bin/java")
    assert 'version "17.' in version


def take_back(forms: Forms) -> None:
    assert "Taken back" in catherd(forms.hosts, "rollback", "--host", HOST, "--yes")
    assert difference(forms.bare, forms.print()) == []


def unzip() -> bytes:
    """Info-ZIP's own beginning of an archive that unpacks itself."""
    return Path("/usr/bin/unzipsfx").read_bytes()


@pytest.fixture(scope="module")
def unpacked(forms: Forms) -> Path:
    subprocess.run(["tar", "-xf", forms.archive, "-C", forms.place], check=True)
    return forms.place / forms.top


def test_a_bin_is_told_yes_when_its_licence_was_accepted(forms: Forms, unpacked: Path) -> None:
    binary = installer(forms.place / "jdk-17.bin", tree(unpacked, forms.top), unzip())
    forms.answer(forms.source(binary))
    refused = catherd(forms.hosts, "run", *STEPS, "--yes", code=65)
    assert "Nobody has accepted the licence" in refused
    assert on(forms.hosts, HOST, "ls -d /usr/java || :") == ""
    install(forms, {**forms.source(binary), "accept_licence": True}, f"/usr/java/{forms.top}")
    assert on(forms.hosts, HOST, f"stat -c %U /usr/java/{forms.top}/bin/java").strip() == "root"
    take_back(forms)


def test_a_package_is_known_to_the_package_database(forms: Forms) -> None:
    install(forms, forms.source(forms.place / "jdk-17.rpm"), f"/usr/java/{forms.top}")
    assert on(forms.hosts, HOST, "rpm -q jdk").strip().startswith("jdk-17.0-fcs")
    take_back(forms)
    assert "not installed" in on(forms.hosts, HOST, "rpm -q jdk || :")


def test_an_installer_of_packages_installs_them(forms: Forms) -> None:
    inside = {"jdk-17.rpm": forms.place / "jdk-17.rpm"}
    binary = installer(forms.place / "jdk-17-rpm.bin", inside, unzip())
    install(forms, {**forms.source(binary), "accept_licence": True}, f"/usr/java/{forms.top}")
    assert on(forms.hosts, HOST, "rpm -q jdk").strip().startswith("jdk-17.0-fcs")
    take_back(forms)
    assert "not installed" in on(forms.hosts, HOST, "rpm -q jdk || :")


def test_the_distributions_package_comes_and_goes_with_all_it_brought(forms: Forms) -> None:
    offer(forms.hosts, HOST, ["openjdk-17-jdk-headless"])
    on(forms.hosts, HOST, "mkdir -p /usr/share/man/man1  # an image without pages lacks it")
    packages = "dpkg-query -W -f '${Package} ${Status}\\n'"
    before = on(forms.hosts, HOST, packages)
    install(forms, {"source": "package"}, DEBIAN_HOME)
    assert "openjdk-17-jre-headless install ok" in on(forms.hosts, HOST, packages)
    catherd(forms.hosts, "rollback", "--host", HOST, "--yes")
    assert on(forms.hosts, HOST, packages) == before
    assert on(forms.hosts, HOST, "ls -d /usr/lib/jvm /var/lib/catherd/packages || :") == ""


def test_an_existing_one_is_used_where_it_is(forms: Forms) -> None:
    podman, container = open_podman(), container_name(forms.hosts, forms.hosts.host(HOST))
    podman.do("cp", forms.archive, f"{container}:/root/jdk.tar.gz")
    on(forms.hosts, HOST, "mkdir /opt/java; tar -xf /root/jdk.tar.gz -C /opt/java")
    forms.answer({"source": "existing:/opt/java/none"})
    told = catherd(forms.hosts, "plan", "--host", HOST, "--only", "preflight", code=2)
    assert "/opt/java/none" in told
    install(forms, {"source": f"existing:/opt/java/{forms.top}"}, f"/opt/java/{forms.top}")
    catherd(forms.hosts, "rollback", "--host", HOST, "--yes")
    assert on(forms.hosts, HOST, "ls /opt/java").strip() == forms.top
    on(forms.hosts, HOST, "rm -rf /opt/java /root/jdk.tar.gz")


@pytest.fixture(scope="module")
def i586(forms: Forms) -> Path:
    """An installer of which each program is one for i586."""
    old = {"jdk1.6.0_04/bin/java": old_program(), "jdk1.6.0_04/jre/lib/rt.jar": b"PK"}
    return installer(forms.place / "jdk-6u4-linux-i586.bin", old, old_program())


@pytest.mark.erratum("jdk-i586", shows="failure")
def test_an_i586_installer_says_that_all_is_done_and_there_is_no_java(
    forms: Forms, i586: Path
) -> None:
    podman, container = open_podman(), container_name(forms.hosts, forms.hosts.host(HOST))
    java = forms.place / "java"
    java.write_bytes(old_program())
    java.chmod(0o755)
    podman.do("cp", i586, f"{container}:/root/jdk.bin")
    podman.do("cp", java, f"{container}:/root/java")
    letter = "cd /root && printf 'yes\\n' | sh ./jdk.bin 2>&1; echo code $?; ls -d jdk1* || :"
    said = on(forms.hosts, HOST, letter)
    assert re.search(r"install\.sfx\.\d+: not found", said)
    assert said.rstrip().endswith("Done.\ncode 0")
    said = on(forms.hosts, HOST, "ls /root/java; env /root/java 2>&1; rm /root/java /root/jdk.bin")
    assert said.startswith("/root/java\n")
    assert "No such file or directory" in said


@pytest.mark.erratum("jdk-i586")
def test_an_i586_one_is_recognised_before_it_fails(forms: Forms, i586: Path) -> None:
    before = forms.print()
    forms.answer({**forms.source(i586), "accept_licence": True})
    plan = catherd(forms.hosts, "plan", "--host", HOST, "--json", code=2)
    (fits,) = (
        check
        for step in json.loads(plan)["steps"]
        for check in step["checks"]
        if check["check"] == "jdk-fits" and step["host"] == HOST
    )
    assert not fits["ok"]
    assert "no /lib/ld-linux.so.2" in fits["seen"]
    told = catherd(forms.hosts, "run", "--host", HOST, "--yes", code=1)
    assert "/lib/ld-linux.so.2" in told
    assert difference(before, forms.print()) == []
