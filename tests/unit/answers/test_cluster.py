from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from runbook.cluster import Cluster
from runbook.fields.wrong import Conflicts, KeyPath
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
    assert [host.route for host in cluster.tomcats] == ["tomcat1", "tomcat2"]
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
CONFLICTS: list[tuple[Callable[[Data], Any], KeyPath, str]] = [
    (_host(0, role="tomcat"), HOSTS, "no balancer"),
    (lambda data: data["hosts"].pop(), HOSTS, "survives the loss of a node only where"),
    (lambda data: data.update(hosts=[]), HOSTS, "fewer than two"),
    (_host(2, role="balancer"), ("hosts", 2, "role"), "second balancer"),
    (_host(2, name="TOMCAT1"), ("hosts", 2, "name"), "given twice"),
    (_host(2, route="tomcat1"), ("hosts", 2, "route"), "Two Tomcats have the route"),
    (_host(1, route="tomcat2"), ("hosts", 2, "name"), "Two Tomcats have the route"),
    (_host(2, address="192.168.232.5"), ("hosts", 2, "address"), "8080, 4000, 8005"),
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
    if at[-2:] == ("jdk", "version"):
        good["software"]["tomcat"]["version"] = "11.0.1"
        words = "It needs Java 17 or later"
    found = conflict(good)
    assert words in found[at]
    assert len(found) == 1 or at == HOSTS


def test_a_jdk_beside_the_rest_in_opt_is_fine(good: Data) -> None:
    good["software"]["jdk"]["home"] = "/opt"
    good["software"]["tomcat"]["home"] = "/opt/tomcat"
    assert validated(good).software.tomcat.home == "/opt/tomcat"


def test_two_tomcats_may_share_a_machine_with_ports_of_their_own(good: Data) -> None:
    good["hosts"][2].update(
        address="192.168.232.5", http_port=8081, receiver_port=4001, shutdown_port=8006
    )
    assert validated(good)
    good["options"] = {"members": "ajp"}
    assert "8009" in conflict(good)["hosts", 2, "address"]


@pytest.mark.parametrize(
    ("tomcat", "java"), [("9.0.70", "11"), ("10.1.60", "11"), ("11.0.1", "17")]
)
def test_combinations_that_run(good: Data, tomcat: str, java: str) -> None:
    good["software"]["tomcat"]["version"] = tomcat
    good["software"]["jdk"]["version"] = java
    assert validated(good)


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
