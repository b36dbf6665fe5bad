"""Archives of other Debians than this machine's: older and newer Tomcats and JDKs."""

from __future__ import annotations

import os
import re
import tarfile
from pathlib import Path

import platformdirs
import pytest

from installer.depot import debian, debian_apt
from installer.depot.apt import Source, other_sources
from installer.depot.archives import inspect
from installer.depot.debian_apt import Apt
from installer.depot.depot import Depot
from runbook.errors import BadInput, Failed, Unreachable
from tests.unit.depot.debian_mirror import Mirror, jar_of

KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
JAVA = "usr/share/java"
JVM = "usr/lib/jvm/java-8-openjdk-amd64"


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mirror:
    made = Mirror(tmp_path / "mirror")
    monkeypatch.setenv("PATH", f"{made.directory}:{os.environ['PATH']}")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / "cache")
    for module in (debian, debian_apt):
        monkeypatch.setattr(module, "codename", lambda: "bookworm")
    return made


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """A machine that trusts one of its sources unseen, and has one that is not Debian's."""
    parts = tmp_path / "etc/sources.list.d"
    parts.mkdir(parents=True)
    (parts / "debian.sources").write_text(
        "Types: deb\nURIs: http://mirror/debian\nSuites: bookworm bookworm-updates\n"
        f"Components: main contrib\nSigned-By: {KEYS}\n"
        "\nTypes: deb\nURIs: http://mirror/security\nSuites: bookworm-security\n"
        "Components: main\nTrusted: yes\n"
        "\nTypes: deb\nURIs: http://other\nSuites: nodistro\nComponents: main\n"
    )
    return tmp_path / "etc"


def test_another_debian_comes_from_the_same_mirrors_and_is_always_verified(etc: Path) -> None:
    assert other_sources("trixie", "bookworm", etc) == [
        Source("http://mirror/debian", "trixie", ("main", "contrib"), KEYS),
        Source("http://mirror/debian", "trixie-updates", ("main", "contrib"), KEYS),
        Source("http://mirror/security", "trixie-security", ("main",), "", trusted=False),
    ]


def test_what_changes_daily_has_no_updates(etc: Path) -> None:
    assert [each.suite for each in other_sources("sid", "bookworm", etc)] == ["sid"]


def test_apt_is_asked_for_that_suite_alone(mirror: Mirror, etc: Path, tmp_path: Path) -> None:
    mirror.source("tool/trixie", "tool_1.orig.tar.xz", b"one")
    apt = Apt(tmp_path / "apt", print, etc, suite="trixie")
    assert apt.original(tmp_path / "into", "tool").name == "tool_1.orig.tar.xz"
    lines = (mirror.root / "sources").read_text().splitlines()
    assert {line.split()[0] for line in lines} == {"deb", "deb-src"}
    assert not [line for line in lines if "bookworm" in line or "trusted" in line]


def test_a_machine_without_debians_own_sources_is_told_so(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Failed, match="not Debian's") as caught:
        Apt(tmp_path / "apt", print, tmp_path / "empty", suite="trixie").packages(
            tmp_path / "into", ["one"]
        )
    assert "trixie was asked for" in str(caught.value.where)


def test_a_suite_that_is_not_served_is_told_with_what_to_do(
    mirror: Mirror, etc: Path, tmp_path: Path
) -> None:
    mirror.switch("no-network")
    with pytest.raises(Unreachable) as caught:
        Apt(tmp_path / "apt", print, etc, suite="buster").packages(tmp_path / "into", ["one"])
    assert "Failed to fetch the lists" in str(caught.value.where)
    assert "debian:tomcat11/trixie" in str(caught.value.remedy)


@pytest.mark.parametrize("name", ["tomcat5", "tomcat10/../x", "tomcat10/Trixie", "jdk17/a/b"])
def test_what_is_no_kind_or_no_suite_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="Nothing is known of") as caught:
        Depot(tmp_path).fetch(f"debian:{name}")
    assert "debian:tomcat11/trixie" in str(caught.value.remedy)


def _build(name: str, into: Path, monkeypatch: pytest.MonkeyPatch, etc: Path) -> Path:
    into.mkdir()
    monkeypatch.setattr(
        debian_apt, "other_sources", lambda suite, own, _: other_sources(suite, own, etc)
    )
    return debian.build(name, into, print)


def _read(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as tar:
        found = tar.extractfile(f"{tar.getnames()[0]}/{name}")
        assert found
        return found.read()


def test_tomcat_11_is_made_of_packages(
    mirror: Mirror, etc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = "org/apache/catalina/startup/Bootstrap.class"
    names = ("catalina-ha", "juli", "servlet-api", "tribes")
    files: dict[str, bytes | str] = {
        f"{JAVA}/tomcat11-{name}-11.0.22.jar": name.encode() for name in names
    }
    files[f"{JAVA}/tomcat11-catalina-11.0.22.jar"] = jar_of(start)
    mirror.package("libtomcat11-java", "11.0.22-1~deb13u1", files)
    compiler = jar_of("org/eclipse/jdt/internal/compiler/Compiler.class")
    jar = {f"{JAVA}/eclipse-jdt-core-3.32.0.jar": compiler}
    mirror.package("libeclipse-jdt-core-java", "3.32.0+eclipse4.26-2", jar)
    home = "usr/share/tomcat11"
    mirror.package(
        "tomcat11",
        "11.0.22-1~deb13u1",
        {
            f"{home}/etc/server.xml": b'<Server port="-1" shutdown="SHUTDOWN">',
            f"{home}/etc/web.xml": b"<web-app/>",
            f"{home}/default.template": b"JAVA_HOME=",
            "usr/share/tomcat11-root/default_root/index.html": b"It works",
        },
    )
    mirror.package(
        "tomcat11-common",
        "11.0.22-1~deb13u1",
        {f"{home}/bin/catalina.sh": b"#!/bin/sh", f"{home}/bin/tomcat-juli.jar": "../juli.jar"},
    )
    built = _build("tomcat11/trixie", tmp_path / "1", monkeypatch, etc)
    assert built.name == "apache-tomcat-11.0.22.tar.gz"
    assert set(inspect(built).files) == {
        "bin/bootstrap.jar",
        "bin/catalina.sh",
        "bin/tomcat-juli.jar",
        "conf/server.xml",
        "conf/web.xml",
        "lib/catalina-ha.jar",
        "lib/catalina-tribes.jar",
        "lib/catalina.jar",
        "lib/ecj-3.32.0.jar",
        "lib/servlet-api.jar",
        "webapps/ROOT/index.html",
    }
    assert _read(built, "conf/server.xml") == b'<Server port="8005" shutdown="SHUTDOWN">'
    again = _build("tomcat11/trixie", tmp_path / "2", monkeypatch, etc)
    assert again.read_bytes() == built.read_bytes()


@pytest.mark.parametrize(
    ("suite", "compilers"),
    [("trixie", "bookworm"), ("sid", "bookworm"), ("bookworm", "bookworm"),
     ("bullseye", "bullseye"), (None, None)],
)  # fmt: skip
def test_the_compiler_of_jsp_runs_on_the_oldest_java_of_its_tomcat(
    suite: str | None, compilers: str | None
) -> None:
    assert debian._compilers(suite) == compilers


def test_a_compiler_of_jsp_that_lacks_its_classes_is_noticed(
    mirror: Mirror, etc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In newer Debians the package of the old name has the rest of the compiler only."""
    files: dict[str, bytes | str] = {
        f"{JAVA}/tomcat9-{name}-9.0.1.jar": jar_of(name)
        for name in ("catalina", "catalina-ha", "juli", "tribes")
    }
    mirror.package("libtomcat9-java", "9.0.1-1", files)
    jar = {f"{JAVA}/eclipse-jdt-core-3.35.0.jar": jar_of("org/eclipse/jdt/core/JDTCompiler.class")}
    mirror.package("libeclipse-jdt-core-java", "3.35.0+eclipse4.29-2", jar)
    tree = ("bin/catalina.sh", "conf/server.xml", "conf/web.xml")
    mirror.source("tomcat9=9.0.1-1", "tomcat9_9.0.1.orig.tar.gz", _tar(tmp_path, *tree))
    with pytest.raises(Failed, match="lacks jars"):
        _build("tomcat9/sid", tmp_path / "into", monkeypatch, etc)


def _tar(place: Path, *names: str) -> bytes:
    archive = place / "source.tar.gz"
    (place / "file").write_text("x")
    with tarfile.open(archive, "w:gz") as tar:
        for name in names:
            tar.add(place / "file", f"top/{name}")
    return archive.read_bytes()


def test_a_jdk_8_is_as_upstream_packs_it(
    mirror: Mirror, etc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.package(
        "openjdk-8-jre-headless",
        "8u504-ga-1",
        {
            f"{JVM}/jre/bin/java": b"ELF",
            f"{JVM}/bin/java": "../jre/bin/java",
            f"{JVM}/jre/lib/rt.jar": b"classes",
            f"{JVM}/jre/lib/security/cacerts": "/etc/ssl/certs/java/cacerts",
            f"{JVM}/jre/lib/security/java.security": "/etc/java-8-openjdk/java.security",
            f"{JVM}/jre/lib/forgotten": "/etc/java-8-openjdk/forgotten",
            f"{JVM}/man/ja": "ja_JP.UTF-8",
            f"{JVM}/src.zip": "../openjdk-8/src.zip",
            "etc/java-8-openjdk/java.security": b"keystore.type=jks",
        },
    )
    mirror.package("openjdk-8-jdk-headless", "8u504-ga-1", {f"{JVM}/bin/javac": b"ELF"})
    mirror.package("ca-certificates", "2025", {"usr/share/ca-certificates/none": b""})
    for package in mirror.served.glob("openjdk*"):  # Debian's are made for one architecture
        package.rename(package.with_name(package.name.replace("_all", "_amd64")))
    built = _build("jdk8/sid", tmp_path / "1", monkeypatch, etc)
    assert built.name == "jdk-1.8.0_504_linux-x64.tar.gz"
    index = inspect(built)
    assert index.top == "jdk-1.8.0_504"
    assert set(index.files) == {
        "bin/java",
        "bin/javac",
        "jre/bin/java",
        "jre/lib/rt.jar",
        "jre/lib/security/cacerts",
        "jre/lib/security/java.security",
        "release",
    }
    release = _read(built, "release").decode()
    assert re.search(r'^JAVA_VERSION="1\.8\.0_504"$', release, re.M)
    assert _read(built, "bin/java") == b"ELF"
