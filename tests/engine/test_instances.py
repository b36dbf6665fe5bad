"""What the steps describe for a host with several Tomcats."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from installer.frontend.watching import Watch
from runbook.actions import Edit, Prove, Put, Service, Unpack
from runbook.host import Host
from runbook.node import Node
from runbook.probes import Answer, Output, Probe
from runbook.software.membership import membership_log
from runbook.steps import RUNBOOK
from tests.engine.fake_cluster import FakeCluster
from tests.engine.given import ANSWERS, MEMBERS, RICH, TOMCAT
from tests.engine.step_data import STEPS, a_host, actions, inventory_of, verdict
from tests.engine.three_hosts import ThreeHosts

A, B = {"name": "a"}, {"name": "b"}
SERVER_XML = MEMBERS[TOMCAT.sha256]["conf/server.xml"]


def hosts(*instances: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """tomcat1 with these instances, tomcat2 with a Tomcat of its own."""
    first = {**ANSWERS["hosts"][1], "instances": list(instances or (A, B)), **more}
    return [ANSWERS["hosts"][0], first, ANSWERS["hosts"][2]]


def host(name: str = "tomcat1", facts: dict[Probe, Answer] | None = None, **answers: Any) -> Host:
    return a_host(name, facts, **{"hosts": hosts(), **answers})


def files(step: str, of: Host) -> dict[str, bytes]:
    return {a.path: a.content for a in actions(step, of) if isinstance(a, Put)}


def test_the_programs_are_shared_and_belong_to_root() -> None:
    home, a, b = (each for each in actions("tomcat", host()) if isinstance(each, Unpack))
    assert (home.to, home.writable, home.scratch, home.only) == ("/usr/local/tomcat", (), (), ())
    for base, path in ((a, "/usr/local/tomcat-a"), (b, "/usr/local/tomcat-b")):
        assert base.to == path
        assert base.artefact == home.artefact
        assert "bin" not in base.only
        assert "lib" not in base.only
        assert {"logs", "temp", "work", "webapps"} <= set(base.writable)
        assert "conf" not in base.writable
        assert (base.owner, base.writable_owner, base.group) == ("root", "tomcat", "tomcat")


@pytest.mark.parametrize("init", ["systemd", "sysv"])
def test_each_has_a_service_that_knows_its_base(init: str) -> None:
    one = host(hosts=hosts(init=init))
    found = files("tomcat-boot", one)
    where = "/etc/init.d/tomcat-{}" if init == "sysv" else "/etc/systemd/system/tomcat-{}.service"
    run = "/var/run" if init == "sysv" else "/run"
    for name, other, port in (("a", "b", "1F90"), ("b", "a", "1F91")):
        text = found[where.format(name)].decode()
        assert re.search(rf"CATALINA_BASE=/usr/local/tomcat-{name}$", text, re.MULTILINE)
        assert re.search(r"CATALINA_HOME=/usr/local/tomcat$", text, re.MULTILINE)
        assert port in text
        assert f"{run}/tomcat-{name}-drain/state" in text
        assert f"tomcat-{other}-drain" not in text
        page = f"/usr/local/tomcat-{name}/conf/Catalina/localhost/catherd-drain.xml"
        assert f'docBase="{run}/tomcat-{name}-drain"' in found[page].decode()
    order = "# Should-Start: tomcat-a\n" if init == "sysv" else "After=tomcat-a.service\n"
    assert order in found[where.format("b")].decode()
    assert order not in found[where.format("a")].decode()
    services = [a for a in actions("tomcat-boot", one) if isinstance(a, Service)]
    assert [(a.name, a.enabled) for a in services] == [("tomcat-a", True), ("tomcat-b", True)]


def server_xml(of: Host) -> dict[str, str]:
    edits = [each for each in actions("server-xml", of) if isinstance(each, Edit)]
    return {each.path: each.change(SERVER_XML).decode() for each in edits}


def test_each_is_a_node_that_names_all_others() -> None:
    a, b = server_xml(host()).values()
    assert list(server_xml(host())) == [
        "/usr/local/tomcat-a/conf/server.xml",
        "/usr/local/tomcat-b/conf/server.xml",
    ]
    assert 'jvmRoute="tomcat1-a"' in a
    assert 'jvmRoute="tomcat1-b"' in b
    assert '<Connector port="8081"' in b
    assert '<Server port="8006"' in b
    (there,) = server_xml(host("tomcat2")).values()
    for text, own, others in (
        (a, 4000, {("4001", "192.168.232.5"), ("4000", "192.168.232.6")}),
        (b, 4001, {("4000", "192.168.232.5"), ("4000", "192.168.232.6")}),
        (there, 4000, {("4000", "192.168.232.5"), ("4001", "192.168.232.5")}),
    ):
        assert f'port="{own}"' in text
        found = set()
        for element in re.findall(r"<Member\b[^>]*>", text):
            port, address = (re.search(rf'{key}="([^"]+)"', element) for key in ("port", "host"))
            if port and address:
                found.add((port[1], address[1]))
        assert others <= found
    ids = re.findall(r'uniqueId="([^"]+)"', a + b)
    assert len(set(ids)) >= 2


def test_the_only_copy_of_a_session_is_never_left_to_one_host() -> None:
    five = [{"name": name} for name in "abcd"]
    for text in server_xml(host(hosts=hosts(*five))).values():
        assert "DeltaManager" in text
    chosen = {"session_manager": "backup"}
    for text in server_xml(host(hosts=hosts(*five), options=chosen)).values():
        assert "BackupManager" in text


def test_applications_go_to_each() -> None:
    found = actions("web-xml", host(**{**RICH, "hosts": hosts()}))
    unpacked = [each.to for each in found if isinstance(each, Unpack)]
    assert unpacked == ["/usr/local/tomcat-a/webapps/shop", "/usr/local/tomcat-b/webapps/shop"]
    edited = [each.path for each in found if isinstance(each, Edit)]
    assert len(edited) == 6
    assert not [path for path in edited if path.startswith("/usr/local/tomcat/")]


def test_they_start_one_after_the_other_and_know_what_they_read() -> None:
    one = host()
    first, second = (each for each in actions("start-tomcat", one) if isinstance(each, Service))
    assert (first.name, second.name) == ("tomcat-a", "tomcat-b")
    both = set(first.reads) & set(second.reads)
    assert both == {"/usr/local/tomcat/.catherd", f"{one.java_home}/.catherd"}
    assert "/usr/local/tomcat-b/.catherd" in second.reads
    written = {
        action.path
        for step in ("tomcat-boot", "server-xml", "web-xml")
        for action in actions(step, one)
        if isinstance(action, Put | Edit) and "localhost/catherd-drain" not in action.path
    }
    assert written <= {*first.reads, *second.reads}


def test_every_check_tells_which_it_is_about() -> None:
    one = host(facts={**inventory_of(host())})
    ids: dict[str, list[str]] = {}
    for step in RUNBOOK:
        if step.concerns(one):
            checks = list(step.checks(one))
            ids[step.id] = [each.id for each in checks]
            assert len(set(ids[step.id])) == len(checks)
            for each in checks:
                assert not re.search("-[ab]$", each.id) or str(each.title)[:2] in ("a:", "b:")
    owners = ["tomcat-owner-a", "tomcat-owner-b"]
    assert ids["tomcat"] == ["tomcat-others", "tomcat-there", "tomcat-user", *owners]
    assert {"tomcat-runs-a", "tomcat-current-b", "tomcat-answers-b"} <= set(ids["start-tomcat"])
    assert {"membership-a", "membership-b", "manager-closed"} <= set(ids["check"])
    assert "one-host" not in ids["preflight"]


def test_a_node_meets_its_neighbour_too() -> None:
    def sees(*members: str) -> bool:
        lines = "\n".join(f"INFO SimpleTcpCluster.memberAdded x [tcp://{m}]" for m in members)
        log: dict[Probe, Answer] = {
            membership_log("/usr/local/tomcat-b"): Output(0, lines.encode())
        }
        return verdict("check", "membership-b", host(facts=log)).ok

    assert sees("{192, 168, 232, 5}:4000", "{192, 168, 232, 6}:4000")
    assert not sees("{192, 168, 232, 6}:4000")


@pytest.mark.parametrize("members", ["http", "ajp"])
def test_the_balancer_has_each_as_a_member(members: str) -> None:
    conf = files("modproxy", host("balancer", options={"members": members}))
    (text,) = (content.decode() for content in conf.values())
    ports = {"http": (8080, 8081), "ajp": (8009, 8010)}[members]
    for name, port in zip("ab", ports, strict=True):
        url = f"{members}://192.168.232.5:{port}"
        assert f'BalancerMember "{url}" route=tomcat1-{name} loadfactor=1 ' in text
        assert f'ProxyPassReverse "/" "{url}/"' in text
    assert "route=tomcat2 loadfactor=2 " in text


def test_the_proof_knows_each_service_and_its_place() -> None:
    (prove,) = actions("proof", host("balancer"))
    assert isinstance(prove, Prove)
    nodes = prove.setup.nodes
    assert [(each.host, each.service) for each in nodes] == [
        ("tomcat1", "tomcat-a"),
        ("tomcat1", "tomcat-b"),
        ("tomcat2", "tomcat"),
    ]
    assert nodes[1].webapps == "/usr/local/tomcat-b/webapps"
    (_, start) = (each for each in actions("start-tomcat", host()) if isinstance(each, Service))
    assert nodes[1].reads == start.reads


def test_a_hosts_own_init_says_where_its_services_are_described() -> None:
    mixed = hosts(init="sysv")
    (prove,) = actions("proof", host("balancer", hosts=mixed))
    assert isinstance(prove, Prove)
    assert "/etc/init.d/tomcat-b" in prove.setup.nodes[1].reads
    assert "/etc/systemd/system/tomcat.service" in prove.setup.nodes[2].reads


def test_a_cluster_on_one_host_is_told_what_it_does_not_outlive() -> None:
    alone = hosts()[:2]
    one = host(hosts=alone)
    seen = verdict("preflight", "one-host", host(hosts=alone, facts=inventory_of(one)))
    assert (seen.ok, seen.advice) == (False, True)
    ports = next(each for each in STEPS["preflight"].checks(one) if each.id == "ports")
    for port in (8080, 8081, 4000, 4001, 8005, 8006):
        assert str(port) in str(ports.expected)


def test_memory_and_room_grow_with_the_tomcats() -> None:
    two, one = host(), a_host("tomcat1")

    def resources(of: Host, memory: int) -> bool:
        again = host if of.answers.instances else a_host
        facts = inventory_of(of, memory=str(memory * 1024))
        return verdict("preflight", "resources", again("tomcat1", facts)).ok

    assert resources(one, 800)
    assert not resources(two, 800)
    assert resources(two, 1400)


@pytest.mark.usefixtures("without_trials")
def test_one_that_was_stopped_is_started_and_the_other_left_alone(tmp_path: Path) -> None:
    three = ThreeHosts(tmp_path, {"hosts": hosts()})
    assert three.run().ok
    before = three["tomcat1"].service("tomcat-a").pid
    state = three["tomcat1"].state
    del state.services["tomcat-b"]
    ran = three.run()
    assert ran.ok
    assert three["tomcat1"].service("tomcat-a").pid == before
    assert three["tomcat1"].service("tomcat-b").running
    assert ran.ended("done") >= {"start-tomcat@tomcat1"}


@pytest.mark.usefixtures("without_trials")
@pytest.mark.parametrize(
    ("before", "after"), [((), (A, B)), ((A, B), ({"name": "c"}, B)), ((A, B), ())]
)
def test_what_was_there_before_goes_first(
    tmp_path: Path, before: tuple[dict[str, Any], ...], after: tuple[dict[str, Any], ...]
) -> None:
    def answers(instances: tuple[dict[str, Any], ...]) -> dict[str, Any]:
        return {"hosts": hosts(*instances) if instances else ANSWERS["hosts"]}

    three = ThreeHosts(tmp_path, answers(before))
    assert three.run().ok
    there = three["tomcat1"].state
    three = ThreeHosts(tmp_path, answers(after), runs=10)
    three["tomcat1"].state = there
    ran = three.run()
    assert not ran.ok
    assert ran.outcomes()["tomcat", "tomcat1"] == "failed"
    assert three.rollback().ok
    assert three.run().ok


@pytest.mark.usefixtures("without_trials")
def test_everything_of_each_is_taken_back(tmp_path: Path) -> None:
    three = ThreeHosts(tmp_path, {"hosts": hosts()})
    before = three.states()
    assert three.run().ok
    there = three["tomcat1"].files
    assert "/usr/local/tomcat-a/conf/server.xml" in there
    assert "/usr/local/tomcat-a/bin/catalina.sh" not in there
    assert three.rollback().ok
    left = {path for path in three["tomcat1"].files if "tomcat" in path}
    assert left == {path for path in before["tomcat1"].files if "tomcat" in path}


def test_a_watch_tells_the_tomcats_of_a_host_apart() -> None:
    fake = FakeCluster(4, name="tomcat", network="192.168.232", balancer="tomcatcluster", on_each=2)
    both = [{**each, "instances": [A, B]} for each in ANSWERS["hosts"][1:]]
    both[1].pop("loadfactor")
    cluster = host("balancer", hosts=[ANSWERS["hosts"][0], *both]).cluster
    names: list[Node] = list(cluster.nodes)
    targets = {each.name: fake.target(each.name) for each in cluster.hosts}
    watch = Watch(cluster, targets)
    fake.end(fake.nodes[1])
    for each in names:
        watch.look(each.name)
    states = {member.name: member.state for member in watch.snapshot().members}
    assert states == {
        "tomcat1/a": "up",
        "tomcat1/b": "down",
        "tomcat2/a": "up",
        "tomcat2/b": "up",
    }
