from __future__ import annotations

import gzip
import hashlib
import os
import stat
import tarfile
import threading
import time
import zipfile
from io import BytesIO
from pathlib import Path

import platformdirs
import pytest

from installer.depot import debian, debian_apt
from installer.depot.archives import inspect
from installer.depot.debian_apt import Apt, alone, sources
from installer.depot.debian_pack import Member, pack
from runbook.errors import Failed, Unreachable
from tests.unit.depot.debian_mirror import Mirror, jar_of, tar_xz

JVM = "usr/lib/jvm/java-17-openjdk-amd64"
JAVAC = jar_of("org/eclipse/jdt/internal/compiler/Compiler.class")
CERTIFICATE = b"-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mirror:
    """A mirror that is the only apt of this test, with a release called bookworm."""
    made = Mirror(tmp_path / "mirror")
    monkeypatch.setenv("PATH", f"{made.directory}:{os.environ['PATH']}")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / "cache")
    monkeypatch.setattr(debian_apt, "_codename", lambda: "bookworm")
    return made


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def apt(mirror: Mirror, tmp_path: Path, said: list[str]) -> Apt:
    return _apt(tmp_path, said)


def _apt(tmp_path: Path, said: list[str]) -> Apt:
    etc = tmp_path / "etc"
    etc.mkdir(exist_ok=True)
    (etc / "sources.list").write_text("deb http://mirror bookworm main\n")
    return Apt(tmp_path / "apt", lambda text: said.append(str(text)), etc)


def _build(kind: str, into: Path) -> Path:
    into.mkdir()
    return debian.build(kind, into, print)


def _contents(archive: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(archive) as tar:
        return {info.name.partition("/")[2]: info for info in tar}


def _read(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as tar:
        found = tar.extractfile(f"{tar.getnames()[0]}/{name}")
        assert found
        return found.read()


# --- the machine's package sources ---------------------------------------------------------


def test_sources_of_both_forms_are_taken_with_their_source_packages(tmp_path: Path) -> None:
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (tmp_path / "sources.list").write_text(
        "# deb http://off bookworm main\n"
        "  deb [signed-by=/k.gpg] http://a bookworm main contrib\n"
        "deb-src http://a bookworm main\n"
    )
    (parts / "debian.sources").write_text(
        "Types: deb\n# a comment\nURIs: http://b\nSuites: bookworm\nComponents: main\n"
        "Signed-By:\n -----BEGIN PGP-----\n .\n abc\n"
        " \n"
        "\nTypes: deb-src\nURIs: http://c\nSuites: bookworm\n"
        "\ntypes: deb-src deb\nURIs: http://d\nSuites: bookworm\nEnabled: no\n"
    )
    (parts / "old.list.disabled").write_text("deb http://never bookworm main\n")
    assert sources(tmp_path) == {
        "machine.list": (
            "deb [signed-by=/k.gpg] http://a bookworm main contrib\n"
            "deb-src [signed-by=/k.gpg] http://a bookworm main contrib\n"
        ),
        "debian.sources": (
            "Types: deb deb-src\n# a comment\nURIs: http://b\nSuites: bookworm\nComponents: main\n"
            "Signed-By:\n -----BEGIN PGP-----\n .\n abc\n"
            "\nTypes: deb deb-src\nURIs: http://d\nSuites: bookworm\nEnabled: no\n"
        ),
    }


# --- bringing packages ---------------------------------------------------------------------


def test_packages_are_brought_once(
    mirror: Mirror, apt: Apt, tmp_path: Path, said: list[str]
) -> None:
    (mirror.served / "one_1_all.deb").write_bytes(b"1" * 1_200_000)
    into = tmp_path / "into"
    assert apt.packages(into, ["one"]) == {"one": into / "one_1_all.deb"}
    assert (mirror.root / "sources").read_text().count("deb-src") == 1
    assert mirror.asked() == ["update", "download one --print-uris", "download one"]
    assert said[-1] == "Bringing 1.2 MB of Debian packages."
    assert _apt(tmp_path, said).packages(into, ["one"])
    assert mirror.asked() == ["download one --print-uris"]


def test_a_package_that_was_damaged_on_disk_is_brought_anew(
    mirror: Mirror, apt: Apt, tmp_path: Path
) -> None:
    (mirror.served / "one_1_all.deb").write_bytes(b"right")
    path = apt.packages(tmp_path / "into", ["one"])["one"]
    path.write_bytes(b"wrong")  # apt itself looks at nothing but the size
    assert apt.packages(tmp_path / "into", ["one"])["one"].read_bytes() == b"right"


def test_a_package_that_arrives_damaged_is_refused(
    mirror: Mirror, apt: Apt, tmp_path: Path
) -> None:
    (mirror.served / "one_1_all.deb").write_bytes(b"right")
    mirror.switch("damages")
    with pytest.raises(Unreachable, match=r"one_1_all.deb arrived damaged"):
        apt.packages(tmp_path / "into", ["one"])


def test_a_newer_version_takes_the_place_of_the_older(
    mirror: Mirror, apt: Apt, tmp_path: Path
) -> None:
    (mirror.served / "one_1_all.deb").write_bytes(b"old")
    apt.packages(tmp_path / "into", ["one"])
    (mirror.served / "one_1_all.deb").rename(mirror.served / "one_2_all.deb")
    assert apt.packages(tmp_path / "into", ["one"])["one"].name == "one_2_all.deb"
    assert [path.name for path in (tmp_path / "into").iterdir()] == ["one_2_all.deb"]


def test_lists_are_asked_for_again_when_something_is_not_served(
    mirror: Mirror, apt: Apt, tmp_path: Path, said: list[str]
) -> None:
    (mirror.served / "one_1_all.deb").write_bytes(b"1")
    apt.packages(tmp_path / "into", ["one"])
    mirror.asked()
    with pytest.raises(Unreachable) as caught:
        _apt(tmp_path, said).packages(tmp_path / "into", ["two"])
    assert mirror.asked() == [
        "download two --print-uris",
        "update",
        "download two --print-uris",
    ]
    assert str(caught.value.where) == "E: Unable to locate package two"


def test_changed_package_sources_are_asked_at_once(
    mirror: Mirror, apt: Apt, tmp_path: Path, said: list[str]
) -> None:
    (mirror.served / "one_1_all.deb").write_bytes(b"1")
    apt.packages(tmp_path / "into", ["one"])
    other = _apt(tmp_path, said)
    (tmp_path / "etc/sources.list").write_text("deb http://other bookworm main\n")
    mirror.asked()
    other.packages(tmp_path / "into", ["one"])
    assert "update" in mirror.asked()
    assert "http://other" in (mirror.root / "sources").read_text()


def test_without_network_what_is_here_will_do(
    mirror: Mirror, apt: Apt, tmp_path: Path, said: list[str]
) -> None:
    (mirror.served / "one_1_all.deb").write_bytes(b"1")
    apt.packages(tmp_path / "into", ["one"])
    old = time.time() - 86400
    os.utime(tmp_path / "apt/updated", (old, old))
    mirror.switch("no-network")
    assert _apt(tmp_path, said).packages(tmp_path / "into", ["one"])
    with pytest.raises(Unreachable) as caught:
        _apt(tmp_path, said).packages(tmp_path / "into", ["two"])
    assert str(caught.value.where) == "E: Failed to fetch the lists", "the cause, not its result"


def test_the_release_has_the_source_where_the_exact_version_is_not_served(
    mirror: Mirror, apt: Apt, tmp_path: Path
) -> None:
    mirror.source("tool/bookworm", "tool_1.orig.tar.xz", b"one")
    assert apt.original(tmp_path / "into", "tool", "2-1").name == "tool_1.orig.tar.xz"
    mirror.source("tool=2-1", "tool_2.orig.tar.gz", b"two")
    assert apt.original(tmp_path / "into", "tool", "2-1").read_bytes() == b"two"


def test_a_machine_without_apt_is_told_what_to_do(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failed, match="has no apt") as caught:
        _apt(tmp_path, said).packages(tmp_path / "into", ["one"])
    assert "https address" in str(caught.value.remedy)


def test_two_at_once_take_turns(tmp_path: Path, said: list[str]) -> None:
    turns: list[str] = []

    def second() -> None:
        with alone(tmp_path / "x/lock", lambda text: said.append(str(text))):
            turns.append("second")

    with alone(tmp_path / "x/lock", print):
        thread = threading.Thread(target=second)
        thread.start()
        while not said:
            time.sleep(0.01)
        turns.append("first")
    thread.join()
    assert turns == ["first", "second"]


# --- packing -------------------------------------------------------------------------------


def test_the_same_members_give_the_same_bytes(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"on disk")
    members = {
        "b": Member(file, 0o644),
        "a/link": Member("../b", 0o777),
        "a": Member(None, 0o700),
        "c.sh": Member(b"in memory", 0o750),
    }
    first = pack(tmp_path / "1.tar.gz", "top", members, level=1)
    os.utime(file, (0, 0))
    second = pack(tmp_path / "2.tar.gz", "top", dict(reversed(members.items())), level=1)
    assert first.read_bytes() == second.read_bytes()
    with tarfile.open(first) as tar:
        assert tar.getnames() == ["top", "top/a", "top/a/link", "top/b", "top/c.sh"]
        assert {(i.uid, i.gid, i.uname, i.gname) for i in tar} == {(0, 0, "root", "root")}
        assert len({i.mtime for i in tar}) == 1
        assert stat.filemode(tar.getmember("top/c.sh").mode) == "?rwxr-x---"


# --- the archives --------------------------------------------------------------------------


def test_httpd_is_what_upstream_published(mirror: Mirror, tmp_path: Path) -> None:
    published = gzip.compress(b"the tree", 9)
    mirror.source("apache2/bookworm", "apache2_2.4.68.orig.tar.gz", published)
    built = _build("httpd", tmp_path / "into")
    assert built.name == "httpd-2.4.68.tar.gz"
    assert built.read_bytes() == published


def test_httpd_is_packed_anew_where_upstream_used_something_else(
    mirror: Mirror, tmp_path: Path
) -> None:
    archive = tar_xz({"httpd-2.4.99/configure": "#!"})
    mirror.source("apache2/bookworm", "apache2_2.4.99+dfsg.orig.tar.xz", archive)
    first, second = (_build("httpd", tmp_path / name) for name in ("1", "2"))
    assert first.name == "httpd-2.4.99.tar.gz"
    assert first.read_bytes() == second.read_bytes()
    assert inspect(first).top == "httpd-2.4.99"


def _serve_tomcat(mirror: Mirror) -> None:
    java = "usr/share/java"
    files: dict[str, bytes | str] = {}
    for name in ("api", "catalina-ha", "i18n-fr", "juli", "servlet-api", "tribes"):
        files[f"{java}/tomcat10-{name}-10.1.60.jar"] = name.encode()
        files[f"{java}/tomcat10-{name}.jar"] = f"tomcat10-{name}-10.1.60.jar"
    start = "org/apache/catalina/startup/"
    files[f"{java}/tomcat10-catalina-10.1.60.jar"] = jar_of(
        f"{start}Bootstrap.class",
        f"{start}ClassLoaderFactory$Repository.class",
        f"{start}Catalina.class",
        f"{start}catalina.properties",
    )
    mirror.package("libtomcat10-java", "10.1.60-1~deb12u1", files)
    compiler = {f"{java}/eclipse-jdt-core-3.32.0.jar": JAVAC}
    mirror.package("libeclipse-jdt-core-java", "3.32.0+eclipse4.26-2", compiler)
    tree = {
        "bin/catalina.sh": "#!/bin/sh",
        "bin/catalina.bat": "rem",
        "conf/server.xml": '<Server port="8005"/>',
        "conf/web.xml": "<web-app/>",
        "webapps/ROOT/index.jsp": "Tomcat @VERSION_MAJOR_MINOR@",
        "webapps/docs/index.html": "long",
        "RELEASE-NOTES": "Apache Tomcat Version @VERSION@",
        "java/Source.java": "class",
    }
    archive = tar_xz({f"tomcat10-10.1.55/{name}": text for name, text in tree.items()})
    mirror.source("tomcat10/bookworm", "tomcat10_10.1.55.orig.tar.xz", archive)


def test_tomcat_is_laid_out_as_upstream_does(mirror: Mirror, tmp_path: Path) -> None:
    _serve_tomcat(mirror)
    built = _build("tomcat10", tmp_path / "1")
    assert built.name == "apache-tomcat-10.1.60.tar.gz"
    files = _contents(built)
    modes = {name: info.mode for name, info in files.items() if info.isfile()}
    assert modes == {
        "RELEASE-NOTES": 0o640,
        "bin/bootstrap.jar": 0o640,
        "bin/catalina.sh": 0o750,
        "bin/tomcat-juli.jar": 0o640,
        "conf/server.xml": 0o600,
        "conf/web.xml": 0o600,
        "lib/catalina-ha.jar": 0o640,
        "lib/catalina-tribes.jar": 0o640,
        "lib/catalina.jar": 0o640,
        "lib/ecj-3.32.0.jar": 0o640,
        "lib/servlet-api.jar": 0o640,
        "lib/tomcat-api.jar": 0o640,
        "lib/tomcat-i18n-fr.jar": 0o640,
        "webapps/ROOT/index.jsp": 0o640,
    }
    assert {name for name, info in files.items() if info.isdir()} == {
        "", "bin", "conf", "lib", "logs", "temp", "webapps", "webapps/ROOT", "work",
    }  # fmt: skip
    assert files["conf"].mode == 0o700
    assert _read(built, "conf/server.xml") == b'<Server port="8005"/>'
    assert _read(built, "webapps/ROOT/index.jsp") == b"Tomcat 10.1"
    assert _read(built, "RELEASE-NOTES") == b"Apache Tomcat Version 10.1.60"
    with zipfile.ZipFile(BytesIO(_read(built, "bin/bootstrap.jar"))) as bootstrap:
        assert [name.rpartition("/")[2] for name in bootstrap.namelist()] == [
            "MANIFEST.MF",
            "Bootstrap.class",
            "ClassLoaderFactory$Repository.class",
            "catalina.properties",
        ]
    assert _build("tomcat10", tmp_path / "2").read_bytes() == built.read_bytes()
    assert inspect(built).top == "apache-tomcat-10.1.60"


def test_packages_without_what_tomcat_needs_are_refused(mirror: Mirror, tmp_path: Path) -> None:
    _serve_tomcat(mirror)
    (mirror.served / "libtomcat10-java_10.1.60-1~deb12u1_all.deb").unlink()
    mirror.package("libtomcat10-java", "10.1.60-1", {"usr/share/java/tomcat10.jar": b""})
    with pytest.raises(Failed, match="lacks jars that Tomcat needs"):
        _build("tomcat10", tmp_path / "into")


def test_a_package_that_is_no_package_is_told(mirror: Mirror, tmp_path: Path) -> None:
    _serve_tomcat(mirror)
    (mirror.served / "libtomcat10-java_10.1.60-1~deb12u1_all.deb").write_bytes(b"no package")
    with pytest.raises(Failed, match="cannot be unpacked"):
        _build("tomcat10", tmp_path / "into")


def _serve_jdk(mirror: Mirror) -> None:
    mirror.package(
        "openjdk-17-jre-headless",
        "17.0.21+2-1",
        {
            f"{JVM}/release": b'JAVA_VERSION="17.0.21"\nOS_ARCH="x86_64"\n',
            f"{JVM}/bin/java": b"ELF",
            f"{JVM}/docs": "../../../share/doc/openjdk-17-jre-headless",
            f"{JVM}/legal/java.base/LICENSE": b"GPL",
            f"{JVM}/legal/java.sql/LICENSE": "../java.base/LICENSE",
            f"{JVM}/lib/modules": b"classes",
            f"{JVM}/lib/jvm.cfg": "/etc/java-17-openjdk/jvm-amd64.cfg",
            f"{JVM}/lib/security/cacerts": "/etc/ssl/certs/java/cacerts",
            "etc/java-17-openjdk/jvm-amd64.cfg": b"-server KNOWN",
        },
    )
    mirror.package(
        "openjdk-17-jdk-headless",
        "17.0.21+2-1",
        {
            f"{JVM}/bin/javac": b"ELF",
            f"{JVM}/jmods/java.base.jmod": b"large",
            f"{JVM}/lib/src.zip": "../../openjdk-17/src.zip",
        },
    )
    path = "usr/share/ca-certificates/mozilla/Some_Root.crt"
    mirror.package("ca-certificates", "2025", {path: CERTIFICATE})


def test_a_jdk_is_whole_and_runs_from_anywhere(mirror: Mirror, tmp_path: Path) -> None:
    _serve_jdk(mirror)
    built = _build("jdk17", tmp_path / "1")
    assert built.name == "jdk-17.0.21_linux-x64.tar.gz"
    assert [path.name for path in built.parent.iterdir()] == [built.name]
    files = _contents(built)
    assert {name for name, info in files.items() if not info.isdir()} == {
        "bin/java", "bin/javac", "legal/java.base/LICENSE", "legal/java.sql/LICENSE",
        "lib/jvm.cfg", "lib/modules", "lib/security/cacerts", "release",
    }  # fmt: skip
    assert {name for name, info in files.items() if info.issym()} == {"legal/java.sql/LICENSE"}
    assert files["bin/java"].mode == 0o755
    assert _read(built, "lib/jvm.cfg") == b"-server KNOWN"
    assert _build("jdk17", tmp_path / "2").read_bytes() == built.read_bytes()
    assert inspect(built).top == "jdk-17.0.21"


def test_authorities_are_kept_in_javas_own_format(mirror: Mirror, tmp_path: Path) -> None:
    _serve_jdk(mirror)
    store = _read(_build("jdk17", tmp_path / "into"), "lib/security/cacerts")
    body, seal = store[:-20], store[-20:]
    assert body == (
        b"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1"
        b"\0\0\0\2\0\x09some_root\0\0\0\0\0\0\0\0\0\5X.509\0\0\0\5hello"
    )
    secret = "changeit".encode("utf-16-be") + b"Mighty Aphrodite"
    assert seal == hashlib.sha1(secret + body).digest()


def test_every_kind_is_told_in_a_few_words() -> None:
    tomcats, jdks = (
        {"tomcat9", "tomcat10", "tomcat11"},
        {"jdk8", "jdk11", "jdk17", "jdk21", "jdk25"},
    )
    assert set(debian.KINDS) == {"httpd"} | tomcats | jdks
    assert all(str(text) for text in debian.KINDS.values())
