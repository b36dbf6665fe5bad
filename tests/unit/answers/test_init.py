"""``catherd init`` with real key presses."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from installer.cli.init import init
from installer.frontend.connection import ConnectionReport
from installer.frontend.saving import draft_of
from runbook.answers import load
from runbook.cluster import HostAnswers
from runbook.errors import BadInput
from tests.installers import installer, old_program
from tests.unit.answers.samples import SUM

ENTER, CTRL_C, CTRL_D, CTRL_U, DOWN = "\r", "\x03", "\x04", "\x15", "\x1b[B"
NO, YES = "n", "y"

CLUSTER = [ENTER]
HTTPD = [ENTER, ENTER, SUM + ENTER]
TOMCAT = [ENTER, ENTER, SUM + SUM + ENTER]
JDK = [ENTER, "debian:jdk17" + ENTER]
BALANCER = [ENTER, "192.168.232.4" + ENTER, ENTER, NO]
COUNT = [ENTER]
NODES = [ENTER, "192.168.232.5" + ENTER, NO, ENTER, "192.168.232.6" + ENTER, NO]
APPLICATIONS = [ENTER, NO]
OPTIONS = [ENTER, ENTER, ENTER]
MORE = [NO, NO, NO]
WRITE = [ENTER]
BEFORE_HOSTS = CLUSTER + HTTPD + TOMCAT + JDK
AFTER_HOSTS = APPLICATIONS + OPTIONS + MORE
ALL = BEFORE_HOSTS + BALANCER + COUNT + NODES + AFTER_HOSTS


class Hosts:
    """Stands in for ssh: host keys are unknown until they are accepted."""

    def __init__(self, **reports: ConnectionReport) -> None:
        self.reports = reports
        self.accepted: dict[str, str] = {}
        self.tested: list[str] = []

    def __call__(self, host: HostAnswers, accept: str | None = None) -> ConnectionReport:
        self.tested.append(host.name)
        if accept:
            self.accepted[host.name] = accept
        if host.name in self.reports:
            return self.reports[host.name]
        print_ = f"ED25519 SHA256:{host.name}"
        if host.name not in self.accepted:
            return ConnectionReport(host.name, host_key="unknown", fingerprint=print_)
        return ConnectionReport(host.name, "Debian GNU/Linux 12", "x86_64", "free")


@pytest.fixture
def keys() -> Iterator[PipeInput]:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        yield pipe


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cluster.toml"


def told_to(capsys: pytest.CaptureFixture[str]) -> str:
    """What was printed, unfolded."""
    return " ".join(capsys.readouterr().out.split())


def typed(keys: PipeInput, *parts: list[str]) -> None:
    keys.send_text("".join(key for part in parts for key in part))


def test_defaults_and_three_addresses(
    keys: PipeInput, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(keys, ALL, WRITE)
    assert init(path, interactive=True)
    cluster = load(path)
    assert [host.address for host in cluster.hosts] == [f"192.168.232.{n}" for n in (4, 5, 6)]
    assert [host.route for host in cluster.tomcats] == ["tomcat1", "tomcat2"]
    assert cluster.software.httpd.source.endswith("/httpd-2.4.68.tar.gz")
    assert cluster.software.tomcat.sha512 == SUM + SUM
    assert [each.name for each in cluster.applications] == ["ROOT"]
    assert "#http_port = 8080" in path.read_text()
    assert not draft_of(path).exists()
    assert path.stat().st_mode & 0o777 == 0o644
    told = told_to(capsys)
    assert "The publisher shows it at https://archive.apache.org" in told
    assert "Tomcats: tomcat1 (192.168.232.5), tomcat2 (192.168.232.6)" in told


def test_a_wrong_answer_is_explained_and_asked_again(
    keys: PipeInput, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    balancer = [ENTER, "127.0.0.1" + ENTER, CTRL_U + "192.168.232.4" + ENTER, "x" + ENTER]
    balancer += [CTRL_U + "80" + ENTER, NO]
    count = [CTRL_U + "1" + ENTER, CTRL_U + "2" + ENTER]
    nodes = [ENTER, "192.168.232.5" + ENTER, NO]
    nodes += [CTRL_U + "tomcat1" + ENTER, CTRL_U + "tomcat2" + ENTER]
    nodes += ["192.168.232.5" + ENTER, CTRL_U + "192.168.232.6" + ENTER, NO]
    typed(keys, BEFORE_HOSTS, balancer, count, nodes, AFTER_HOSTS, WRITE)
    assert init(path, interactive=True)
    told = told_to(capsys)
    for words in (
        "leads each host to itself",
        "not a whole number",
        "two Tomcats or more",
        "given twice",
        "have the same address",
    ):
        assert words in told
    assert load(path).host("tomcat2").address == "192.168.232.6"


def test_three_tomcats_one_behind_a_jump_host_and_an_application_to_deploy(
    keys: PipeInput, path: Path
) -> None:
    war = path.with_name("shop.war")
    war.write_bytes(b"PK")
    nodes = [*NODES, "west" + ENTER]
    nodes[-1] = CTRL_U + nodes[-1]
    nodes += ["192.168.232.7" + ENTER, YES]
    nodes += [ENTER, "10.0.0.7" + ENTER, "2222" + ENTER, "operator" + ENTER, ENTER]
    nodes += ["me@gate:22" + ENTER, ENTER, NO]
    applications = [CTRL_U + "shop" + ENTER, YES, "shop.war" + ENTER, YES]
    more = [NO, YES, CTRL_U + "2" + ENTER, *[ENTER] * 17, NO]
    typed(
        keys,
        BEFORE_HOSTS,
        BALANCER,
        [CTRL_U + "3" + ENTER],
        nodes,
        applications,
        OPTIONS,
        more,
        WRITE,
    )
    assert init(path, interactive=True)
    cluster = load(path)
    west = cluster.host("west")
    assert (west.ssh.host, west.ssh.port, west.ssh.user) == ("10.0.0.7", 2222, "operator")
    assert west.ssh.jump == "me@gate:22"
    assert cluster.host("tomcat1").loadfactor == 2
    assert cluster.applications[0].sha256 == hashlib.sha256(b"PK").hexdigest()


def test_a_local_file_is_compared_with_the_publishers_checksum(
    keys: PipeInput, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = path.with_name("httpd.tar.gz")
    archive.write_bytes(b"httpd")
    good = hashlib.sha512(b"httpd").hexdigest()
    httpd = [ENTER, CTRL_U + "httpd.tar.gz" + ENTER, NO, SUM + ENTER, CTRL_U + good + ENTER]
    tomcat = [ENTER, CTRL_U + "absent.tar.gz" + ENTER, SUM + "  absent.tar.gz" + ENTER]
    typed(keys, CLUSTER, httpd, tomcat, JDK, BALANCER, COUNT, NODES, AFTER_HOSTS, WRITE)
    assert init(path, interactive=True)
    told = told_to(capsys)
    assert hashlib.sha256(b"httpd").hexdigest() in told
    assert "another checksum" in told
    assert "There is no file" in told
    software = load(path).software
    assert (software.httpd.sha512, software.httpd.sha256) == (good, None)
    assert software.tomcat.sha256 == SUM


@pytest.mark.parametrize("stop", [CTRL_C, CTRL_D])
def test_an_interruption_keeps_the_answers_and_the_next_start_goes_on(
    keys: PipeInput, path: Path, capsys: pytest.CaptureFixture[str], stop: str
) -> None:
    typed(keys, CLUSTER, HTTPD, TOMCAT, [ENTER, stop])
    with pytest.raises(KeyboardInterrupt):
        init(path, interactive=True)
    assert not path.exists()
    draft = tomllib.loads(draft_of(path).read_text())
    assert draft["software"]["jdk"] == {"version": "17"}
    assert "kept in" in told_to(capsys)

    typed(keys, [YES], JDK[1:], BALANCER, COUNT, NODES, AFTER_HOSTS, WRITE)
    assert init(path, interactive=True)
    assert load(path).software.tomcat.sha512 == SUM + SUM
    assert not draft_of(path).exists()


def test_interrupted_at_once_there_is_no_draft(
    keys: PipeInput, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(keys, [CTRL_C])
    with pytest.raises(KeyboardInterrupt):
        init(path, interactive=True)
    assert list(path.parent.iterdir()) == []
    assert "kept in" not in told_to(capsys)


def test_a_damaged_draft_is_told_and_begun_anew(
    keys: PipeInput, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft_of(path).write_text("[[[")
    typed(keys, ALL, WRITE)
    assert init(path, interactive=True)
    assert "cannot be used" in told_to(capsys)


def test_a_file_that_exists_is_left_alone(keys: PipeInput, path: Path) -> None:
    path.write_text("mine")
    typed(keys, [DOWN, DOWN, ENTER])
    assert not init(path, interactive=True)
    assert path.read_text() == "mine"


def test_a_file_that_exists_is_kept_aside_when_it_is_replaced(keys: PipeInput, path: Path) -> None:
    path.write_text("mine")
    path.chmod(0o600)
    typed(keys, [DOWN, ENTER], ALL, WRITE)
    assert init(path, interactive=True)
    assert load(path).name == "tomcatcluster"
    assert path.with_name("cluster.toml~").read_text() == "mine"
    assert path.stat().st_mode & 0o777 == 0o600


def test_forced_it_is_replaced_without_a_question(keys: PipeInput, path: Path) -> None:
    path.write_text("mine")
    typed(keys, ALL, WRITE)
    assert init(path, force=True, interactive=True)
    assert load(path).name == "tomcatcluster"


def test_a_file_that_exists_can_be_gone_through(keys: PipeInput, path: Path) -> None:
    typed(keys, ALL, WRITE)
    init(path, interactive=True)
    text = path.read_text().replace('"192.168.232.6"', '"127.0.0.1"')
    path.write_text(
        text.replace("tomcatcluster", "cats", 1).replace('name = "tomcatc', 'name = "c')
    )
    tomcat = [CTRL_U + "9.0.70" + ENTER, ENTER, SUM + ENTER]
    nodes = [ENTER, ENTER, NO, ENTER, "192.168.232.9" + ENTER, NO]
    httpd, jdk, balancer = [ENTER, ENTER, ENTER], [ENTER, ENTER], [ENTER, ENTER, ENTER, NO]
    typed(keys, [ENTER], CLUSTER, httpd, tomcat, jdk, balancer, COUNT, nodes, AFTER_HOSTS, WRITE)
    assert init(path, interactive=True)
    cluster = load(path)
    assert cluster.software.tomcat.source.endswith(
        "tomcat-9/v9.0.70/bin/apache-tomcat-9.0.70.tar.gz"
    )
    assert (cluster.software.tomcat.sha256, cluster.software.tomcat.sha512) == (SUM, None)
    assert cluster.host("tomcat2").address == "192.168.232.9"


def test_connections_are_tested_and_host_keys_confirmed(
    keys: PipeInput, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hosts = Hosts(
        balancer=ConnectionReport("balancer", host_key="changed", fingerprint="SHA256:evil"),
    )
    typed(keys, ALL, [YES, NO], WRITE)
    assert init(path, interactive=True, test_connection=hosts)
    assert hosts.accepted == {"tomcat1": "ED25519 SHA256:tomcat1"}
    told = told_to(capsys)
    assert "ED25519 SHA256:tomcat2" in told
    assert "✗ balancer: shows another key than before: SHA256:evil" in told
    assert "✓ tomcat1: Debian GNU/Linux 12, x86_64, sudo without a password" in told
    assert "✗ tomcat2: its key is not accepted" in told


def test_an_answer_is_mended_after_a_failed_connection_and_tested_again(
    keys: PipeInput, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hosts = Hosts(tomcat1=ConnectionReport("tomcat1", error="connection refused"))
    change = [DOWN, ENTER, *[DOWN] * 4, ENTER, ENTER, CTRL_U + "192.168.232.8" + ENTER, ENTER]
    again = [DOWN, DOWN, ENTER]
    typed(keys, ALL, [YES, YES], change, again, WRITE)
    assert init(path, interactive=True, test_connection=hosts)
    assert load(path).balancer.address == "192.168.232.8"
    assert hosts.tested.count("balancer") == 3
    assert "✗ tomcat1: connection refused" in told_to(capsys)


def test_what_does_not_fit_together_cannot_be_written(
    keys: PipeInput, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A port changed so that it clashes with another host's, and changed back."""
    balancer = [ENTER, "192.168.232.5" + ENTER, ENTER, NO]
    clash = [NO, YES, *[ENTER] * 3, CTRL_U + "9090" + ENTER, *[ENTER] * 8, NO]
    change = [DOWN, ENTER, *[DOWN] * 4, ENTER, ENTER, ENTER, CTRL_U + "9090" + ENTER]
    typed(keys, BEFORE_HOSTS, balancer, COUNT, NODES, APPLICATIONS, OPTIONS, clash, change)
    typed(keys, [CTRL_U + "81" + ENTER], WRITE)
    assert init(path, interactive=True)
    assert "same address" in told_to(capsys)
    assert load(path).balancer.port == 81


def test_stopping_at_the_summary_keeps_a_draft(keys: PipeInput, path: Path) -> None:
    typed(keys, ALL, [DOWN, DOWN, ENTER])
    assert not init(path, interactive=True)
    assert not path.exists()
    typed(keys, [YES], MORE, WRITE)
    assert init(path, interactive=True)
    load(path)


@pytest.mark.parametrize("accepts", [True, False])
def test_the_licence_of_an_installer_is_shown_and_asked_for(
    keys: PipeInput, path: Path, capsys: pytest.CaptureFixture[str], accepts: bool
) -> None:
    """Who does not accept it can write no file with it, and chooses another JDK."""
    binary = installer(path.parent / "jdk.bin", {"jdk/bin/java": b"x"}, old_program())
    jdk = [ENTER, binary.name + ENTER, YES, YES if accepts else NO]
    typed(keys, CLUSTER, HTTPD, TOMCAT, jdk, BALANCER, COUNT, NODES, AFTER_HOSTS)
    if accepts:
        typed(keys, WRITE)
    else:
        page = [ENTER, *[DOWN] * 3, ENTER]
        typed(keys, page, [ENTER, CTRL_U + "package" + ENTER], WRITE)
    assert init(path, interactive=True)
    told = told_to(capsys)
    assert "60. $HOME and `this` stand here" in told
    assert ("Nobody has accepted the licence" in told) is not accepts
    chosen = load(path).software.jdk
    assert (chosen.source, chosen.accept_licence) == (
        ("jdk.bin", True) if accepts else ("package", False)
    )


def test_without_a_terminal_it_says_where_to_look(path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        init(path, interactive=False)
    assert "--template" in str(caught.value.remedy)
    assert "docs/cluster.toml.md" in str(caught.value.remedy)


@pytest.mark.parametrize("place", ["absent/cluster.toml", "."])
def test_a_place_that_cannot_be_written(tmp_path: Path, place: str) -> None:
    with pytest.raises(BadInput):
        init(tmp_path / place, interactive=True)
