from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.fields import names, network, software
from runbook.fields.wrong import Wrong

GOOD: list[tuple[Callable[..., object], list[object]]] = [
    (names.cluster_name, ["a", "tomcatcluster", "c-1"]),
    (names.host_name, ["tomcat1", "web_2", "n-3"]),
    (names.route, ["tomcat1", "a_b-c"]),
    (names.account, ["tomcat", "_svc", "t0-m"]),
    (names.context, ["ROOT", "shop", "foo#bar", "shop##2", "a.b"]),
    (network.address, ["192.168.232.4", "fd00::1", "node1", "node1.example.com", "n.example.com."]),
    (network.multicast_address, ["228.0.0.4", "239.255.255.255"]),
    (network.allowed_from, ["127.0.0.1", "::1", "10.0.0.0/8", "fc00::/7", "192.168.1.0/24"]),
    (network.port, [1, 80, 65535]),
    (network.high_port, [1024, 65535]),
    (network.ssh_word, ["root", "node1", "DOMAIN\\user", "fd00::1"]),
    (network.jump, ["gate", "me@gate", "me@gate:2222", "[fd00::1]:22", "me@[fd00::1]"]),
    (software.httpd_version, ["2.4.68", "2.2.34", "2.2.16"]),
    (software.tomcat_version, ["6.0.16", "7.0.109", "8.5.1", "9.0.70", "10.1.60", "11.0.1"]),
    (
        software.jdk_version,
        ["5", "1.8.0_402", "11", "25", "17.0.15+6", "21.0.1", "11.0.2-ea"],
    ),
    (software.absolute_path, ["/opt", "/usr/java", "/srv/java-17+1_x"]),
    (software.own_directory, ["/usr/local/apache", "/opt/tomcat"]),
    (
        software.source,
        [
            "a.tar.gz",
            "../a b.tgz",
            "~/x.tgz",
            "https://a.org/x.tgz",
            "debian:jdk17",
            "HTTPS://a.b/c",
        ],
    ),
    (
        software.jdk_source,
        ["a.tar.gz", "package", "package:openjdk-17-jdk", "existing:/opt/jdk", "debian:jdk17"],
    ),
    (software.war, ["shop.war", "https://a.org/shop.WAR"]),
]

BAD: list[tuple[Callable[..., object], list[object]]] = [
    (names.cluster_name, ["", "-a", "a-", "a b", "a_b", "ä", "a" * 64, "a\n"]),
    (names.host_name, ["", "a.b", "a b", "-a", "a\n", "ж", "a" * 64]),
    (names.route, ["", "a.b", "a;b", "tomcat 1", "a" * 64]),
    (names.account, ["root", "", "Tomcat", "a b", "1a", "a" * 33]),
    (names.context, ["", "..", "a/b", "a b", "#a", "balancer-manager", "server-status"]),
    (
        network.address,
        [
            "",
            "127.0.0.1",
            "::1",
            "localhost",
            "LOCALHOST.",
            "localhost.localdomain",
            "0.0.0.0",
            "::",
            "228.0.0.4",
            "fe80::1%eth0",
            "[fd00::1]",
            "10.0.0.5:80",
            "10.0.0.0/8",
            "http://a",
            "1.2.3",
            "1.2.3.256",
            "node_1",
            "a..b",
            "-a",
            "a-.b",
            "a" * 64,
            "a." * 127 + "a",
            "a b",
            "::ffff:127.0.0.1",
        ],
    ),
    (network.multicast_address, ["", "192.168.1.1", "ff02::1", "228.0.0", "x"]),
    (
        network.allowed_from,
        ["", "x", "0.0.0.0/0", "::/0", "0.0.0.0/1", "10.0.0.5/8", "10.0.0.0/33", "fd00::1/16"],
    ),
    (network.port, [0, -1, 65536]),
    (network.high_port, [0, 80, 1023, 65536]),
    (network.ssh_word, ["", "a b", "-oProxyCommand=x", "a\n", "\x00"]),
    (network.jump, ["", "-J", "a b", "a:b", "a:0", "a:65536", "me@", "@gate", "a:99999999"]),
    (
        software.httpd_version,
        ["", "2.4", "2.2.15", "2.0.65", "2.3.1", "2.4.x", "2.4.68\n", "2.4.٦"],
    ),
    (software.tomcat_version, ["", "10.1", "10.0.1", "8.0.53", "5.5.36", "11.0.0-M1", "10.1.60 "]),
    (
        software.jdk_source,
        ["package:", "package:x", "package:a;b", "existing:", "existing:jdk", "existing:/tmp/j"],
    ),
    (software.jdk_version, ["", "x", "4", "26", "1.4.2_19", "8u402", "6u4", "17 "]),
    (
        software.absolute_path,
        ["", "opt", "/", "//opt", "/opt/", "/a/../b", "/a/./b", "/a b", "/a'b", "/tmp/x", "/proc"],
    ),
    (software.own_directory, ["/usr", "/usr/local", "/opt", "/usr/bin", "/etc", "/var/lib"]),
    (
        software.source,
        [
            "",
            " ",
            "a\nb",
            "http://a.org/x",
            "ftp://a.org/x",
            "https://",
            "https://a.org",
            "https://a.org/",
            "https://me:secret@a.org/x",
            "https://[x/y",
            "https://a.org:port/x",
            "https://a.org/a b",
            "debian:",
            "debian:A B",
        ],
    ),
    (software.war, ["shop.jar", "debian:shop", "shop"]),
]


@pytest.mark.parametrize(
    ("check", "value"), [(check, value) for check, values in GOOD for value in values]
)
def test_takes(check: Callable[..., object], value: object) -> None:
    assert check(value) == value or check is network.allowed_from


@pytest.mark.parametrize(
    ("check", "value"), [(check, value) for check, values in BAD for value in values]
)
def test_refuses_and_says_what_would_be_right(check: Callable[..., object], value: object) -> None:
    with pytest.raises(Wrong) as wrong:
        check(value)
    assert str(wrong.value.what)
    assert str(wrong.value.remedy)
    assert len(str(wrong.value.what)) < 120


def test_addresses_come_out_in_their_plain_form() -> None:
    assert network.address("FD00:0:0::0001") == "fd00::1"


def test_a_password_in_a_source_is_not_repeated() -> None:
    with pytest.raises(Wrong) as wrong:
        software.source("https://me:hunter2@a.org/x.tgz")
    assert "hunter2" not in f"{wrong.value.what}{wrong.value.remedy}"


def test_why_the_manager_is_not_for_everybody() -> None:
    with pytest.raises(Wrong) as wrong:
        network.allowed_from("0.0.0.0/0")
    assert "take Tomcats out of the cluster" in str(wrong.value.remedy)


@pytest.mark.parametrize(
    ("version", "feature"), [("17", 17), ("17.0.15+6", 17), ("1.8.0_402", 8), ("11.0.2-ea", 11)]
)
def test_java_feature(version: str, feature: int) -> None:
    assert software.java_feature(version) == feature


@pytest.mark.parametrize("check", dict.fromkeys(check for check, _ in GOOD))
@given(data=st.data())
def test_nothing_but_wrong_is_ever_raised(
    check: Callable[..., object], data: st.DataObject
) -> None:
    numbers = check in {network.port, network.high_port}
    value = data.draw(st.integers() if numbers else st.text())
    try:
        once = check(value)
    except Wrong:
        return
    assert check(once) == once
