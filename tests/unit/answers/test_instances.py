"""Several Tomcats on one host, as cluster.toml says it."""

from __future__ import annotations

from typing import Any

import pytest

from runbook.answers import dump, parse
from runbook.cluster import Cluster
from runbook.fields.wrong import Conflicts, KeyPath
from runbook.pages import pages, prepared
from runbook.questions import Question, tomcats_of
from runbook.validation import validated
from runbook.writing import written
from tests.unit.answers.samples import GOOD

Data = dict[str, Any]


def two(*instances: dict[str, Any], hosts: int = 2) -> Data:
    """``hosts`` hosts for Tomcat with these instances each, a and b where none are given."""
    given = instances or ({"name": "a"}, {"name": "b"})
    entries = [{**host, "instances": [dict(each) for each in given]} for host in GOOD["hosts"][1:]]
    return {**GOOD, "hosts": [GOOD["hosts"][0], *entries[:hosts]]}


def wrong(data: Data) -> dict[KeyPath, str]:
    with pytest.raises(Conflicts) as caught:
        validated(data)
    return {each.at: f"{each.what}. {each.remedy}" for each in caught.value.found}


def test_a_host_without_instances_is_its_only_tomcat() -> None:
    cluster = validated(GOOD)
    node = cluster.nodes[0]
    assert (node.name, node.service, node.base) == ("tomcat1", "tomcat", "/usr/local/tomcat")
    assert [each.host for each in cluster.nodes] == [host.name for host in cluster.tomcats]
    assert "instances" not in cluster.model_dump()["hosts"][1]
    assert "instances" not in written(cluster.model_dump())


def test_each_instance_has_what_it_needs_for_itself() -> None:
    nodes = validated(two()).nodes
    assert [each.name for each in nodes] == ["tomcat1/a", "tomcat1/b", "tomcat2/a", "tomcat2/b"]
    assert [each.route for each in nodes[:2]] == ["tomcat1-a", "tomcat1-b"]
    assert [each.service for each in nodes[:2]] == ["tomcat-a", "tomcat-b"]
    assert [each.base for each in nodes[:2]] == ["/usr/local/tomcat-a", "/usr/local/tomcat-b"]
    assert {each.home for each in nodes} == {"/usr/local/tomcat"}
    ports = [(n.http_port, n.ajp_port, n.receiver_port, n.shutdown_port) for n in nodes[2:]]
    assert ports == [(8080, 8009, 4000, 8005), (8081, 8010, 4001, 8006)]
    assert {each.address for each in nodes[:2]} == {"192.168.232.5"}


def test_what_is_said_of_an_instance_holds() -> None:
    said = {"name": "b", "route": "blue", "http_port": 9090, "loadfactor": 3, "standby": True}
    node = validated(two({"name": "a", "http_port": 8180}, said, hosts=1)).nodes[1]
    assert (node.route, node.http_port, node.loadfactor, node.standby) == ("blue", 9090, 3, True)
    assert (node.receiver_port, node.shutdown_port) == (4001, 8006)


def test_a_cluster_may_have_all_its_tomcats_on_one_host() -> None:
    assert len(validated(two(hosts=1)).nodes) == 2
    assert "fewer than two" in wrong(two({"name": "a"}, hosts=1))["hosts",]


@pytest.mark.parametrize("comments", [True, False])
def test_they_are_written_as_they_are_read(comments: bool) -> None:
    cluster = validated(two({"name": "a", "standby": True}, {"name": "b", "loadfactor": 2}))
    text = dump(cluster, comments)
    assert text.count("\n[[hosts.instances]]\n") == 4
    assert parse(text) == cluster
    assert ("#http_port" in text) is comments
    instances = text[text.index("[[hosts.instances]]") :]
    assert instances.index("name") < instances.index("loadfactor")


AT: KeyPath = ("hosts", 1, "instances", 1)
HOST: KeyPath = ("hosts", 1)
A, B = {"name": "a"}, {"name": "b"}


@pytest.mark.parametrize(
    ("instances", "at", "words"),
    [
        ([A, A], (*AT, "name"), "given twice"),
        ([A, {**B, "route": "tomcat1-a"}], (*AT, "route"), "Two Tomcats have the route"),
        ([A, {**B, "http_port": 8080}], (*AT, "http_port"), "b.http_port and a.http_port are both"),
        ([{**A, "http_port": 8081}, B], (*AT, "http_port"), "are both 8081"),
        ([A, {**B, "receiver_port": 8005}], (*AT, "receiver_port"), "a.shutdown_port"),
        ([A, {**B, "http_port": 8006}], (*AT, "shutdown_port"), "http_port are both 8006"),
        # Old Tomcats come with AJP switched on.
        ([A, {**B, "ajp_port": 8009}], (*AT, "ajp_port"), "are both 8009"),
        ([A, {"name": "B"}], (*AT, "name"), "small letters and digits"),
        ([A, {"name": "../b"}], (*AT, "name"), "small letters and digits"),
        ([A, {}], (*AT, "name"), 'Add a line such as name = "a"'),
        ([A, {**B, "address": "10.0.0.1"}], (*AT, "address"), "[[hosts]]"),
        ([{**A, "standby": True}, {**B, "standby": True}], (*AT, "standby"), "only stands by"),
        ([A, "b"], AT, "[[hosts.instances]]"),
    ],
)
def test_what_clashes_on_a_host_is_told(instances: list[Any], at: KeyPath, words: str) -> None:
    data = two(hosts=1)
    data["hosts"][1]["instances"] = instances
    found = wrong(data)
    assert words in found[at]
    assert len(found) == 1


def test_hosts_and_instances_may_not_get_the_same_route_by_their_names() -> None:
    data = two(hosts=1)
    data["hosts"].append({"name": "tomcat1-b", "role": "tomcat", "address": "192.168.232.9"})
    assert "tomcat1-b" in wrong(data)["hosts", 2, "name"]


def test_a_route_made_of_long_names_is_refused() -> None:
    data = two(hosts=1)
    data["hosts"][1]["name"] = "h" * 62
    assert "63 characters" in wrong(data)[*AT, "name"]
    data["hosts"][1]["instances"] = [{**A, "route": "a"}, {**B, "route": "b"}]
    validated(data)


@pytest.mark.parametrize("key", ["http_port", "route", "standby", "loadfactor"])
def test_what_is_of_one_tomcat_stands_with_its_instance(key: str) -> None:
    data = two()
    data["hosts"][1][key] = {"route": "x", "standby": False}.get(key, 50)
    if key == "http_port":
        data["hosts"][1][key] = 8888
    assert "below the [[hosts.instances]]" in wrong(data)["hosts", 1, key]


def test_the_balancer_has_no_instances() -> None:
    data = two()
    data["hosts"][0] = {**data["hosts"][0], "instances": [{"name": "a"}]}
    assert "is the balancer" in wrong(data)["hosts", 0, "instances"]


def test_two_hosts_are_two_machines() -> None:
    data = two()
    data["hosts"][2]["address"] = data["hosts"][1]["address"]
    found = wrong(data)
    assert list(found) == [("hosts", 2, "address")]
    assert "are [[hosts.instances]] of one host" in found["hosts", 2, "address"]


@pytest.mark.parametrize(("name", "key"), [("jdk", "home"), ("httpd", "prefix")])
def test_other_software_stays_out_of_their_directories(name: str, key: str) -> None:
    data = two()
    software = {**data["software"], name: {**data["software"][name], key: "/usr/local/tomcat-b"}}
    assert "overlap" in wrong({**data, "software": software})["software", name, key]


def questions(data: Data) -> dict[KeyPath, Question]:
    return {each.path: each for page in pages(data) for each in page.questions}


def test_the_interview_asks_for_each_instance_and_keeps_them() -> None:
    data = two(hosts=1)
    assert len(tomcats_of(prepared(data))) == 1
    asked = questions(data)
    port = asked["hosts", 1, "instances", 1, "http_port"]
    assert str(port.label) == "tomcat1/b: HTTP port"
    assert port.default == "8081"
    assert ("hosts", 1, "http_port") not in asked
    changed = port.put("9091", data)
    assert Cluster.model_validate(changed).nodes[1].http_port == 9091
    assert port.check("4000", data) is not None
    count = asked["hosts",]
    assert count.default == "1"
    assert count.check("1", data) is None
    assert count.check("0", data) is not None
    assert questions(GOOD)["hosts",].check("1", GOOD) is not None
