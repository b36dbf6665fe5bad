"""The archives of the practice lab, built from real packages and started."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import subprocess
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from installer.depot import debian
from installer.depot.depot import Depot
from runbook.fields.software import java_feature

pytestmark = pytest.mark.lab

KINDS = ("httpd", "jdk17", "tomcat10", "tomcat9", "tomcat11/trixie", "tomcat9/bullseye")
JSP = "<%= java.util.stream.Stream.of(6, 7).reduce(1, (x, y) -> x * y) %>"


@pytest.fixture(scope="module")
def depot() -> Depot:
    return Depot()


@pytest.fixture(scope="module", params=["jdk17", "jdk11/bullseye"])
def java_home(
    request: pytest.FixtureRequest, depot: Depot, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return _unpacked(depot, request.param, tmp_path_factory.mktemp("java"))


def _unpacked(depot: Depot, kind: str, into: Path) -> Path:
    artefact = depot.fetch(f"debian:{kind}", say=print)
    with tarfile.open(depot.path(artefact)) as tar:
        tar.extractall(into, filter="tar")
    return into / artefact.top


def _output(*line: str | Path, **environment: str) -> str:
    kept = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(
        line, env=kept, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ).stdout


@pytest.mark.parametrize("kind", [*KINDS, "jdk8/sid"])
def test_the_same_packages_give_the_same_bytes(depot: Depot, kind: str, tmp_path: Path) -> None:
    known = depot.fetch(f"debian:{kind}", say=print)
    again = debian.build(kind, tmp_path, print)
    with again.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if again.name == known.name:  # a mirror may have got a newer version since
        assert digest == known.sha256
    assert [path.name for path in tmp_path.iterdir()] == [again.name]


def test_httpd_is_the_tree_that_upstream_publishes(depot: Depot) -> None:
    artefact = depot.fetch("debian:httpd", say=print)
    assert re.fullmatch(r"httpd-2\.4\.\d+\.tar\.gz", artefact.name)
    assert {"configure", "include/ap_release.h", "docs/conf/httpd.conf.in"} <= depot.names(artefact)


def test_the_jdk_runs_compiles_and_trusts(java_home: Path, tmp_path: Path) -> None:
    facts = (java_home / "release").read_text()
    version = java_home.name.removeprefix("jdk-")
    assert f'JAVA_VERSION="{version}"' in facts
    shares = (java_home / "lib/server/classes.jsa").exists()  # Debian 11 makes it later
    shared = _output(java_home / "bin/java", f"-Xshare:{'on' if shares else 'auto'}", "-version")
    assert version in shared
    assert not shares or "sharing" in shared, "shared classes are used: a faster start"
    source = tmp_path / "Hello.java"
    source.write_text("class Hello { public static void main(String[] a) {} }")
    _output(java_home / "bin/javac", "-d", tmp_path, source)
    _output(java_home / "bin/java", "-cp", tmp_path, "Hello")
    listed = _output(java_home / "bin/keytool", "-list", "-cacerts", "-storepass", "changeit")
    assert int(re.findall(r"contains (\d+) entries", listed)[0]) > 100
    assert not [path for path in java_home.rglob("*") if path.is_symlink() and not path.exists()]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("tomcat")])
def test_tomcat_answers_with_its_page_and_a_jsp(
    depot: Depot, kind: str, java_home: Path, tmp_path: Path
) -> None:
    java = java_feature(java_home.name.removeprefix("jdk-"))
    if java < 17 and kind == "tomcat11/trixie":
        pytest.skip("Tomcat 11 needs Java 17")
    home = _unpacked(depot, kind, tmp_path)
    version = home.name.removeprefix("apache-tomcat-")
    told = _output(home / "bin/version.sh", JAVA_HOME=str(java_home))
    assert re.search(rf"Server number:\s+{re.escape(version)}", told)
    server = (home / "conf/server.xml").read_text()
    assert '<Server port="8005" shutdown="SHUTDOWN">' in server, "upstream's, not Debian's"
    application = home / "webapps/probe"
    application.mkdir()
    (application / "probe.jsp").write_text(JSP)
    with _started(home, java_home) as url:
        page = "It works" if kind.startswith("tomcat11") else f"Apache Tomcat/{version}"
        assert page in _get(f"{url}/")
        assert _get(f"{url}/probe/probe.jsp").strip() == "42"
    log = (home / "logs/catalina.out").read_text()
    assert "SEVERE" not in log


@contextmanager
def _started(home: Path, java_home: Path) -> Iterator[str]:
    """Tomcat on two free ports of loopback, stopped and gone in the end."""
    shutdown, http = _free_ports(2)
    path = home / "conf/server.xml"
    server = path.read_text().replace('port="8005"', f'port="{shutdown}"')
    path.write_text(server.replace('port="8080"', f'address="127.0.0.1" port="{http}"'))
    pid = home / "temp/pid"
    environment = {"JAVA_HOME": str(java_home), "CATALINA_PID": str(pid)}
    _output(home / "bin/startup.sh", **environment)
    try:
        _wait_for(f"http://127.0.0.1:{http}/", home)
        yield f"http://127.0.0.1:{http}"
    finally:
        _output(home / "bin/catalina.sh", "stop", "20", "-force", **environment)


def _free_ports(count: int) -> list[int]:
    free = []
    for port in range(27000, 28000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                free.append(port)
        if len(free) == count:
            return free
    raise AssertionError("no port is free")


def _wait_for(url: str, home: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            _get(url)
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError((home / "logs/catalina.out").read_text())


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return str(answer.read().decode())
