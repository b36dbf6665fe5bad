"""What the archive of a JDK tells before it is on any host: its machine, its home, its licence."""

from __future__ import annotations

import io
import random
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installer.depot.archives import inspect
from installer.depot.depot import Depot
from installer.depot.elf import program
from installer.depot.installers import licence
from installer.depot.rpm import read_package
from installer.depot.store import digests_of
from runbook.errors import BadInput
from tests.installers import LICENCE, installer, old_program, package
from tests.unit.depot.making import tar_of

File = Callable[..., Path]
Tree = dict[str, bytes | str]
"""What is in an installer; a text is where a link points."""
HOME = "/usr/java/jdk1.6.0_04"
FILES = {f"{HOME}/jre/bin/java": 40, f"{HOME}/bin/java": 47, f"{HOME}/bin": 0}
JDK = package("jdk", "i586", FILES)
DERBY = package("sun-javadb-core", "i386", {"/opt/sun/javadb/lib/derby.jar": 7})
OLD = ("i386", "/lib/ld-linux.so.2")


def test_a_program_tells_its_machine_and_its_loader() -> None:
    assert program(old_program()) == OLD
    own = shutil.which("sleep")
    assert own is not None
    found = program(Path(own).read_bytes()[:4096])
    assert found is not None
    assert Path(found[1]).exists()
    assert program(b"#!/bin/sh\n" * 20) is None


@given(st.integers(0, 51), st.binary(max_size=8), st.integers(0, 400))
def test_a_damaged_program_is_no_trouble(at: int, damage: bytes, length: int) -> None:
    head = old_program()
    head = (head[:at] + damage + head[at + len(damage) :])[:length]
    found = program(head)
    assert found is None or all(part.isprintable() for part in found)


def test_a_package_is_read(file: File) -> None:
    found = read_package(io.BytesIO(JDK), "jdk.rpm")
    assert (found.id, found.machine, found.unpacked) == ("jdk-1.6.0_04-fcs", "i586", 87)
    assert found.files == FILES
    index = inspect(file(JDK, "jdk.rpm"))
    assert (index.format, index.top, index.files) == ("rpm", "", FILES)


@given(st.integers(0, len(JDK) - 1))
def test_a_package_that_is_cut_off_is_told(at: int) -> None:
    with pytest.raises(BadInput, match="cannot be read as an RPM"):
        read_package(io.BytesIO(JDK[:at]), "jdk.rpm")


@given(st.integers(0, len(JDK) - 1), st.binary(min_size=1, max_size=40))
def test_a_damaged_package_is_told_or_read(at: int, damage: bytes) -> None:
    data = JDK[:at] + damage + JDK[at + len(damage) :]
    try:
        found = read_package(io.BytesIO(data), "jdk.rpm")
    except BadInput:
        return
    assert found.id.isprintable()
    assert not set(" ;$`'\"\n") & set(found.id + found.machine)


@pytest.mark.parametrize("name", ["jdk;reboot", "-e", "", "a b", "$(x)"])
def test_a_name_that_a_shell_would_take_apart_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        read_package(io.BytesIO(package(name, "i586", FILES)), "jdk.rpm")


@pytest.fixture
def depot(tmp_path: Path) -> Depot:
    return Depot(tmp_path / "depot")


def fetched(depot: Depot, path: Path) -> tuple[str, str, tuple[str, ...]]:
    """Format, home and packages of an archive that is brought to the depot."""
    artefact = depot.fetch(str(path), sha256=digests_of(path).sha256)
    java = depot.java(artefact)
    assert (java.machine, java.loader) == OLD
    return artefact.format, java.home or artefact.top, java.packages


def test_each_form_tells_its_home(depot: Depot, file: File, tmp_path: Path) -> None:
    tar = file(tar_of(("jdk1.6/bin/java", tarfile.REGTYPE, old_program())), "jdk.tar.gz")
    assert fetched(depot, tar) == ("tar", "jdk1.6", ())
    tree: Tree = {"jdk1.6.0_04/bin/java": old_program(), "jdk1.6.0_04/man/ja": "ja_JP.eucJP"}
    binary = installer(tmp_path / "jdk.bin", tree, old_program())
    assert fetched(depot, binary) == ("bin", "jdk1.6.0_04", ())
    assert fetched(depot, file(JDK, "jdk.rpm")) == ("rpm", HOME, ("jdk-1.6.0_04-fcs",))
    both = installer(tmp_path / "jdk-rpm.bin", {"a.rpm": JDK, "db.rpm": DERBY}, old_program())
    names = ("jdk-1.6.0_04-fcs", "sun-javadb-core-1.6.0_04-fcs")
    assert fetched(depot, both) == ("rpm-bin", HOME, names)


def test_the_licence_is_that_of_the_script(depot: Depot, tmp_path: Path) -> None:
    path = installer(tmp_path / "jdk.bin", {"jdk/bin/java": b"x"}, old_program())
    assert licence(path) == LICENCE
    sums = digests_of(path)
    assert depot.licence(sums.sha256) is None
    depot.fetch(str(path), sha512=sums.sha512)
    assert depot.licence(sums.sha256) == depot.licence(None, sums.sha512) == LICENCE
    assert depot.licence(None) is None
    path.write_text("#!/bin/sh\nmore <<EOF\ntoo short\nEOF\n")
    assert licence(path) == ""
    path.write_bytes(b"PK\x03\x04" + b"more <<EOF\n" + b"x" * 999 + b"\nEOF\n")
    assert licence(path) == ""
    assert depot.licence("0" * 64) is None


@given(st.binary(max_size=400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_script_has_a_licence_or_none(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"#!/bin/sh\nmore <<EOF\n" + tail)
    assert isinstance(licence(path), str)


def test_an_installer_that_could_do_harm_is_refused(file: File, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        inspect(file(b"#!/bin/sh\necho hello\n" * 50, "x.bin"))
    hostile: list[Tree] = [
        {"../etc/passwd": b"x", "jdk/bin/java": b"x"},
        {"jdk/bin/java": b"x", "jdk/lib": "/etc"},
        {"jdk/bin/java": b"x", "other/bin/java": b"x"},
    ]
    for files in hostile:
        path = installer(tmp_path / "bad.bin", files, old_program())
        with pytest.raises(BadInput, match="not safe"):
            inspect(path)


def test_an_installer_that_is_cut_off_is_told(tmp_path: Path) -> None:
    whole = installer(tmp_path / "a.bin", {"jdk/bin/java": random.randbytes(999)}, old_program())
    data = whole.read_bytes()
    for cut in range(20, len(data) - 1, 401):
        whole.write_bytes(data[:cut])
        with pytest.raises(BadInput):
            inspect(whole)


def test_packages_without_java_are_no_jdk(depot: Depot, file: File) -> None:
    with pytest.raises(BadInput, match="no Java in"):
        fetched(depot, file(DERBY, "db.rpm"))
