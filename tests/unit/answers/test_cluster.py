from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from runbook.cluster import Cluster
from runbook.fields.wrong import Conflicts, KeyPath
from runbook.pages import pages
from runbook.validation import validated

Data = dict[str, Any]


def conflict(data: Data) -> dict[KeyPath, str]:
    with pytest.raises(Conflicts) as conflicts:
        validated(data)
    return {wrong.at: f"{wrong.what}. {wrong.remedy}" for wrong in conflicts.value.found}


def test_defaults(good: Data) -> None:
    cluster = Cluster.model_validate(good)
    assert cluster.name == "tomcatcluster"
    assert (cluster.balancer.name, cluster.balancer.port) == ("balancer", 80)
    assert [node.route for node in cluster.nodes] == ["tomcat1", "tomcat2"]
    assert cluster.host("tomcat2").http_port == 8080
    assert cluster.options.membership == "static"
    assert cluster.options.manager_allow == ("127.0.0.1", "::1")
    assert cluster.software.tomcat.line == "10.1"
    assert cluster.software.jdk.feature == 17
    with pytest.raises(KeyError):
        cluster.host("nobody")


def test_frozen(good: Data) -> None:
    cluster = Cluster.model_validate(good)
    with pytest.raises(ValidationError):
        cluster.software.httpd.version = "2.4.1"


def test_a_route_of_its_own(good: Data) -> None:
    good["hosts"][1]["route"] = "west"
    cluster = validated(good)
    assert cluster.host("tomcat1").route == "west"


def test_ipv6_stands_in_brackets_in_a_url(good: Data) -> None:
    good["hosts"][1]["address"] = "fd00::5"
    cluster = validated(good)
    assert cluster.host("tomcat1").url_host == "[fd00::5]"
    assert cluster.host("tomcat2").url_host == "192.168.232.6"


def _host(number: int, **changes: object) -> Callable[[Data], None]:
    return lambda data: data["hosts"][number].update(changes)


def _software(name: str, **changes: object) -> Callable[[Data], None]:
    return lambda data: data["software"][name].update(changes)


def _options(**changes: object) -> Callable[[Data], None]:
    return lambda data: data.update(options=changes)


HOSTS = ("hosts",)
JDK_VERSION: KeyPath = ("software", "jdk", "version")
LICENCE: KeyPath = ("software", "jdk", "accept_licence")
MEMBERS: KeyPath = ("options", "members")
CHECKS: KeyPath = ("options", "health_checks")
ENCRYPT: KeyPath = ("options", "encrypt")
CONFLICTS: list[tuple[Callable[[Data], Any], KeyPath, str]] = [
    (_host(0, role="tomcat"), HOSTS, "no balancer"),
    (lambda data: data["hosts"].pop(), HOSTS, "survives the loss of a node only where"),
    (lambda data: data.update(hosts=[]), HOSTS, "fewer than two"),
    (_host(2, role="balancer"), ("hosts", 2, "role"), "second balancer"),
    (_host(2, name="TOMCAT1"), ("hosts", 2, "name"), "given twice"),
    (_host(2, route="tomcat1"), ("hosts", 2, "route"), "Two Tomcats have the route"),
    (_host(1, route="tomcat2"), ("hosts", 2, "name"), "Two Tomcats have the route"),
    (_host(2, address="192.168.232.5"), ("hosts", 2, "address"), "[[hosts.instances]]"),
    (_host(0, address="192.168.232.5", port=8080), ("hosts", 1, "address"), "same port: 8080"),
    (_host(1, http_port=4000), ("hosts", 1, "receiver_port"), "http_port are both 4000"),
    (_host(0, loadfactor=2), ("hosts", 0, "loadfactor"), "is the balancer"),
    (_host(1, port=81), ("hosts", 1, "port"), "http_port, or under [hosts.ssh]"),
    (_software("jdk", version="11"), ("software", "jdk", "version"), ""),
    (_software("httpd", sha512="0" * 128), ("software", "httpd", "sha512"), "two checksums"),
    (
        lambda data: data["software"]["httpd"].pop("sha256"),
        ("software", "httpd", "source"),
        "nobody",
    ),
    (_software("tomcat", home="/usr/local/apache/t"), ("software", "tomcat", "home"), "overlap"),
    (_software("httpd", prefix="/usr/local/tomcat"), ("software", "tomcat", "home"), "overlap"),
    (_software("jdk", source="jdk.bin", sha256="0" * 64), LICENCE, "accept_licence = true"),
    (
        _software("jdk", source="jdk-rpm.bin", sha256="0" * 64, accept_licence=False),
        LICENCE,
        "Nobody has accepted",
    ),
    (_software("jdk", source="package", sha256="0" * 64), ("software", "jdk", "sha256"), "no file"),
    (_software("jdk", source="package:openjdk-21-jdk"), ("software", "jdk", "version"), "Java 21"),
    (_software("jdk", home="/usr/local/tomcat"), ("software", "jdk", "home"), "overlap"),
    (
        lambda data: data["applications"].append({"name": "ROOT"}),
        ("applications", 1, "name"),
        "twice",
    ),
    (
        lambda data: data["applications"][0].update(source="a.war"),
        ("applications", 0, "source"),
        "",
    ),
    (
        lambda data: data["applications"][0].update(sha256="0" * 64),
        ("applications", 0, "sha256"),
        "",
    ),
    (_options(frequency=3000), ("options", "frequency"), "not longer"),
    (_options(drop_time=500), ("options", "drop_time"), "drop_time = 3000"),
]


@pytest.mark.parametrize(("spoil", "at", "words"), CONFLICTS)
def test_what_does_not_fit_together(
    good: Data, spoil: Callable[[Data], Any], at: KeyPath, words: str
) -> None:
    spoil(good)
    if at[-2:] == ("jdk", "version") and not words:
        good["software"]["tomcat"]["version"] = "11.0.1"
        words = "It needs Java 17 or later"
    found = conflict(good)
    assert words in found[at]
    assert len(found) == 1 or at == HOSTS


@pytest.mark.parametrize(
    "answers",
    [
        {"source": "jdk.bin", "sha256": "0" * 64, "accept_licence": True},
        {"source": "jdk.rpm", "sha256": "0" * 64},
        {"source": "package"},
        {"source": "package:java-17-openjdk-devel"},
        {"source": "existing:/usr/lib/jvm/java-17"},
    ],
)
def test_a_jdk_comes_in_any_form(good: Data, answers: Data) -> None:
    good["software"]["jdk"] = {"version": "17", **answers}
    assert validated(good).software.jdk.source == answers["source"]


def test_a_jdk_beside_the_rest_in_opt_is_fine(good: Data) -> None:
    good["software"]["jdk"]["home"] = "/opt"
    good["software"]["tomcat"]["home"] = "/opt/tomcat"
    assert validated(good).software.tomcat.home == "/opt/tomcat"


def test_a_tomcat_may_run_on_the_balancer_with_ports_of_its_own(good: Data) -> None:
    good["hosts"][0]["address"] = "192.168.232.5"
    validated(good)
    good["hosts"][0]["port"] = 8009
    validated(good)
    good["options"] = {"members": "ajp"}
    assert "8009" in conflict(good)["hosts", 1, "address"]


@pytest.mark.parametrize(
    ("versions", "options", "at", "words"),
    [
        ({"tomcat": "10.1.60", "jdk": "1.8.0_402"}, {}, JDK_VERSION, "needs Java 11 or later"),
        ({"tomcat": "11.0.1", "jdk": "11"}, {}, JDK_VERSION, "needs Java 17 or later"),
        ({"tomcat": "9.0.70", "jdk": "1.7.0_80"}, {}, JDK_VERSION, "needs Java 8 or later"),
        ({"tomcat": "8.5.100", "jdk": "1.6.0_45"}, {}, JDK_VERSION, "needs Java 7 or later"),
        ({"tomcat": "7.0.109", "jdk": "5"}, {}, JDK_VERSION, "needs Java 6 or later"),
        ({"tomcat": "6.0.53", "jdk": "11"}, {}, JDK_VERSION, "choose Java 8 or older"),
        ({"httpd": "2.2.34"}, {"members": "ajp"}, MEMBERS, "2.2.34 cannot send the secret"),
        ({"httpd": "2.4.41"}, {"members": "ajp"}, MEMBERS, "2.4.42 or later"),
        ({"tomcat": "6.0.53", "jdk": "1.8"}, {"members": "ajp"}, MEMBERS, "cannot be kept closed"),
        ({"httpd": "2.2.34"}, {"health_checks": True}, CHECKS, "has no health checks"),
        ({"httpd": "2.4.20"}, {"health_checks": True}, CHECKS, "2.4.21 or later"),
        ({"tomcat": "6.0.53", "jdk": "1.6"}, {"encrypt": True}, ENCRYPT, "cannot encrypt"),
        ({"tomcat": "7.0.99", "jdk": "1.8"}, {"encrypt": True}, ENCRYPT, "came with 7.0.100"),
        ({"tomcat": "8.5.37", "jdk": "11"}, {"encrypt": True}, ENCRYPT, "8.5.38"),
        ({"tomcat": "9.0.12", "jdk": "11"}, {"encrypt": True}, ENCRYPT, "9.0.13"),
    ],
)
def test_impossible_combinations_are_refused_with_the_reason(
    good: Data, versions: dict[str, str], options: Data, at: KeyPath, words: str
) -> None:
    for key, version in versions.items():
        good["software"][key]["version"] = version
    good["options"] = options
    found = conflict(good)
    assert list(found) == [at]
    assert words in found[at]


def test_not_every_tomcat_may_stand_by(good: Data) -> None:
    good["hosts"][1]["standby"] = True
    assert validated(good).host("tomcat1").standby
    good["hosts"][2]["standby"] = True
    assert list(conflict(good)) == [("hosts", 2, "standby")]


def test_the_node_that_deploys_for_all_is_one(good: Data) -> None:
    good["options"] = {"farm": "tomcat2"}
    assert validated(good).options.farm == "tomcat2"
    for name in ("tomcat3", "balancer", "tomcat2/a"):
        good["options"] = {"farm": name}
        found = conflict(good)
        assert list(found) == [("options", "farm")]
        assert name in found["options", "farm"]


def test_health_checks_that_nobody_asked_for_are_left_out_where_there_are_none(good: Data) -> None:
    assert validated(good).health_checks
    good["software"]["httpd"]["version"] = "2.2.34"
    assert not validated(good).health_checks
    good["options"] = {"health_checks": False}
    validated(good)


def test_what_the_versions_cannot_do_is_not_asked(good: Data) -> None:
    def asked() -> set[KeyPath]:
        return {question.path for page in pages(good) for question in page.questions}

    assert {CHECKS, ENCRYPT} <= asked()
    good["software"]["httpd"]["version"] = "2.2.34"
    assert CHECKS not in asked()
    good["software"]["tomcat"]["version"] = "6.0.53"
    assert ENCRYPT not in asked()


@pytest.mark.parametrize(
    ("tomcat", "java"),
    [
        ("6.0.16", "5"),
        ("6.0.53", "1.8.0_402"),
        ("7.0.109", "1.6.0_45"),
        ("8.5.100", "1.7.0_80"),
        ("9.0.70", "1.8.0_402"),
        ("9.0.70", "11"),
        ("10.1.60", "11"),
        ("11.0.1", "17"),
    ],
)
def test_combinations_that_run(good: Data, tomcat: str, java: str) -> None:
    good["software"]["tomcat"]["version"] = tomcat
    good["software"]["jdk"]["version"] = java
    validated(good)


def test_one_mistake_does_not_hide_another(good: Data) -> None:
    good["hosts"][0]["address"] = "127.0.0.1"
    good["hosts"][2]["name"] = "tomcat1"
    good["hosts"][2]["colour"] = "red"
    good["hosts"][1]["http_port"] = "8080"
    assert set(conflict(good)) == {
        ("hosts", 0, "address"),
        ("hosts", 1, "http_port"),
        ("hosts", 2, "name"),
        ("hosts", 2, "colour"),
    }
