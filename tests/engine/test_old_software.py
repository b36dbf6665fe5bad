"""The same answers with other versions: what each line of httpd and Tomcat is given, and spared."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from installer.engine.proof import trials_of
from runbook.actions import Build, Edit, Prove, Put, Run, Unpack
from runbook.host import Host, secret_names
from runbook.probes import Answer, FileAt, FileState, Output, Probe, Sh
from runbook.software.membership import members_seen, membership_log
from runbook.software.platform import BUILD_NEEDS, fact_name
from runbook.steps.proof import setup
from tests.engine.given import ANSWERS
from tests.engine.step_data import a_host, actions, inventory_of, verdict
from tests.unit.edits.samples import FIXTURES, RELEASES, SERVER_XML, WEB_XML

JAVA = {"6.0": "1.6.0_45", "7.0": "1.7.0_80", "8.5": "1.8.0_402"}
HTTPD_22_CONF = (FIXTURES / "httpd/2.2.conf").read_bytes()


def with_versions(name: str, facts: dict[Probe, Answer] | None = None, **given: Any) -> Host:
    """A host of the cluster with these versions of httpd, tomcat or jdk."""
    software = {
        key: {**table, **({"version": given.pop(key)} if key in given else {})}
        for key, table in ANSWERS["software"].items()
    }
    host = a_host(name, facts, software=software, **given)
    wanted = secret_names(host.cluster)
    return replace(host, secrets={each: host.secrets[each] for each in wanted})


def httpd_22(**given: Any) -> Host:
    return with_versions("balancer", httpd="2.2.34", **given)


def modproxy(host: Host) -> str:
    (put,) = actions("modproxy", host)
    assert isinstance(put, Put)
    return put.content.decode()


@pytest.mark.parametrize("modules", ["all", "few"])
def test_2_2_is_built_with_its_own_runtime_and_without_what_came_later(modules: str) -> None:
    host = httpd_22()
    software = host.cluster.software
    chosen = software.httpd.model_copy(update={"modules": modules})
    software = software.model_copy(update={"httpd": chosen})
    cluster = host.cluster.model_copy(update={"software": software})
    host = Host(host.answers, cluster, host.artefacts)
    (build,) = actions("httpd-build", host)
    assert isinstance(build, Build)
    flags = [flag.text for flag in build.flags]
    assert "--with-included-apr" in flags
    assert ("--enable-mods-shared=all" in flags) is (modules == "all")
    assert not [f for f in flags if re.search("slotmem|lbmethod|hcheck|watchdog|authz-core", f)]
    for name in ("proxy", "proxy-http", "proxy-ajp", "proxy-balancer", "status", "authz-host"):
        assert [flag for flag in flags if flag.partition("=")[0] == f"--enable-{name}"]


def test_2_2_needs_no_headers_of_what_it_brings() -> None:
    nothing = inventory_of(httpd_22(), **{fact_name(need): "no" for need in BUILD_NEEDS})
    (run,) = actions("preflight", httpd_22(facts=nothing))
    assert isinstance(run, Run)
    assert run.command.endswith("install gcc make perl libc6-dev")
    compiler = {fact_name(need): "no" for need in BUILD_NEEDS if need.bundled}
    without = httpd_22(facts=inventory_of(httpd_22(), **compiler))
    assert actions("preflight", without) == []
    assert verdict("preflight", "build-needs", without).ok
    newer = a_host("balancer", inventory_of(a_host("balancer"), **compiler))
    assert not verdict("preflight", "build-needs", newer).ok


def test_2_2_loads_all_modules_by_itself_and_gets_nothing_but_the_include() -> None:
    (edit,) = actions("httpd-conf", httpd_22())
    assert isinstance(edit, Edit)
    edited = edit.change(HTTPD_22_CONF)
    assert edit.change(edited) == edited
    new = [line for line in edited.splitlines() if line not in HTTPD_22_CONF.splitlines()]
    assert new == [
        b"ServerName 192.168.232.4:80",
        b"# Proxypass Config",
        b"Include conf/extra/httpd-modproxy.conf",
    ]
    kept = [line for line in HTTPD_22_CONF.splitlines() if line not in edited.splitlines()]
    assert kept == []


def test_the_balancer_of_2_2_speaks_the_language_of_2_2() -> None:
    text = modproxy(httpd_22(options={"manager_allow": ["10.0.0.0/8", "::1"]}))
    assert not re.search(r"Require|hcmethod|hcuri|ProxyHCExpr|catherd-drain|secret=", text)
    location = re.search(r'<Location "/balancer-manager">\n(.*?)</Location>', text, re.S)
    assert location
    assert location[1].split("\n") == [
        "    SetHandler balancer-manager",
        "    Order deny,allow",
        "    Deny from all",
        "    Allow from 127.0.0.0/8",
        "    Allow from ::1",
        "    Allow from 192.168.232.4",
        "    Allow from 10.0.0.0/8",
        "",
    ]
    assert 'ProxyPass "/" "balancer://tomcatcluster/"' in text
    assert "stickysession=JSESSIONID|jsessionid" in text
    assert " route=tomcat1 loadfactor=1 " in text


@pytest.mark.parametrize("method", ["byrequests", "bytraffic", "bybusyness"])
@pytest.mark.parametrize("version", ["2.2.34", "2.4.68"])
def test_the_ways_to_share_have_the_same_names_in_both(version: str, method: str) -> None:
    host = with_versions("balancer", httpd=version, options={"lbmethod": method})
    assert f"ProxySet lbmethod={method} " in modproxy(host)


def test_2_4_knows_no_order() -> None:
    text = modproxy(a_host("balancer"))
    assert not re.search(r"Order|Deny from|Allow from", text)
    assert text.count("    Require local\n    Require ip 127.0.0.1\n") == 2
    assert text.endswith("    Require ip ::1\n</Location>\n")


@pytest.mark.parametrize(
    ("version", "checked"), [("2.2.34", False), ("2.4.20", False), ("2.4.21", True)]
)
def test_health_checks_are_there_from_2_4_21_on(version: str, checked: bool) -> None:
    host = with_versions("balancer", httpd=version)
    assert ("hcmethod=" in modproxy(host)) is checked
    (edit,) = actions("httpd-conf", host)
    assert isinstance(edit, Edit)
    assert any("proxy_hcheck" in line for line in edit.intent) is checked
    units = actions("tomcat-boot", with_versions("tomcat1", httpd=version))
    assert len([each for each in units if isinstance(each, Put)]) == (2 if checked else 1)


def test_the_proof_asks_nothing_that_an_old_httpd_cannot_do() -> None:
    trials = {
        version: {trial.id for trial in trials_of(setup(with_versions("balancer", httpd=version)))}
        for version in ("2.2.34", "2.4.39", "2.4.68")
    }
    assert trials["2.4.68"] - trials["2.4.39"] == {"manager-forged"}
    assert trials["2.4.68"] - trials["2.2.34"] == {"manager-forged", "drain"}


def test_a_node_that_stands_by_is_no_ones_first_choice() -> None:
    hosts = [*ANSWERS["hosts"][:2], {**ANSWERS["hosts"][2], "standby": True}]
    host = a_host("balancer", hosts=hosts)
    lines = [line for line in modproxy(host).splitlines() if "BalancerMember" in line]
    assert ["status=+H" in line for line in lines] == [False, True]
    (prove,) = actions("proof", host)
    assert isinstance(prove, Prove)
    assert [share.route for share in prove.setup.shares] == ["tomcat1"]


@pytest.mark.parametrize(
    ("chosen", "nodes", "manager"),
    [
        ("auto", 4, b"DeltaManager"),
        ("auto", 5, b"BackupManager"),
        ("delta", 5, b"DeltaManager"),
        ("backup", 2, b"BackupManager"),
    ],
)
def test_how_many_copies_of_a_session(chosen: str, nodes: int, manager: bytes) -> None:
    more = [
        {"name": f"node{n}", "role": "tomcat", "address": f"192.168.232.{n}"}
        for n in range(7, 5 + nodes)
    ]
    hosts = ANSWERS["hosts"] + more
    host = a_host("tomcat1", hosts=hosts, options={"session_manager": chosen})
    (edit,) = actions("server-xml", host)
    assert isinstance(edit, Edit)
    edited = edit.change(SERVER_XML["10.1.55"])
    assert manager in edited
    assert edited.count(b"<Manager") == 1


@pytest.mark.parametrize("membership", ["static", "multicast"])
@pytest.mark.parametrize("line", RELEASES)
def test_a_node_of_every_line(line: str, membership: str) -> None:
    """Static membership is allowed everywhere; before 9.0 an interceptor lists the peers only."""
    java = JAVA.get(line, "17")
    host = with_versions(
        "tomcat1", tomcat=RELEASES[line], jdk=java, options={"membership": membership}
    )
    (edit,) = actions("server-xml", host)
    assert isinstance(edit, Edit)
    edited = edit.change(SERVER_XML[line])
    assert edit.change(edited) == edited
    service = host.cluster.tomcat_line.static_service
    if membership == "multicast":
        assert edited.count(b"McastService") == 1
    else:
        assert (b"StaticMembershipService" in edited) is service
        assert (b"StaticMembershipInterceptor" in edited) is not service
        members = re.findall(rb'<Member [^>]*host="([^"]*)"', edited)
        assert members == [b"192.168.232.6"]
    edits = [each for each in actions("web-xml", host) if isinstance(each, Edit)]
    for each in edits:
        source = WEB_XML[f"tomcat/{line}/ROOT.web.xml"]
        assert b"<distributable/>" in each.change(source)
        assert each.start is not None
        assert host.cluster.tomcat_line.web_xml.namespace.encode() in each.start


@pytest.mark.parametrize(("line", "cached"), [("6.0", "Context"), ("7.0", "Context"), ("8.5", "")])
def test_the_page_for_the_health_check_is_never_cached(line: str, cached: str) -> None:
    host = with_versions("tomcat1", tomcat=RELEASES[line], jdk=JAVA[line])
    puts = [each for each in actions("tomcat-boot", host) if isinstance(each, Put)]
    (context,) = [each.content.decode() for each in puts if each.path.endswith("drain.xml")]
    where = re.search(r'<(\w+)[^>]*cachingAllowed="false"', context)
    assert where
    assert where[1] == (cached or "Resources")


@pytest.mark.parametrize(
    ("version", "classes"), [("1.6.0_45", "jre/lib/rt.jar"), ("1.8.0_402", "jre/lib/rt.jar")]
)
def test_an_old_jdk_is_recognised(version: str, classes: str) -> None:
    host = with_versions("tomcat1", tomcat="7.0.109", jdk=version)
    (unpack,) = actions("jdk", host)
    assert isinstance(unpack, Unpack)
    assert unpack.contains == ("bin/java", classes)
    said = f'java version "{version}"\n'.encode()
    facts: dict[Probe, Answer] = {
        Sh(f"{host.java_home}/bin/java -version 2>&1"): Output(0, said),
        FileAt(f"{host.java_home}/release"): FileState(
            kind="file", data=f'JAVA_VERSION="{version}"\n'.encode()
        ),
    }
    found = with_versions("tomcat1", facts, tomcat="7.0.109", jdk=version)
    assert verdict("jdk", "jdk-version", found).ok
    other = with_versions("tomcat1", facts, tomcat="7.0.109", jdk="11")
    assert not verdict("jdk", "jdk-version", other).ok


def test_the_old_logs_tell_of_members_on_two_lines() -> None:
    log = """\
Nov 25, 2026 1:00:00 AM org.apache.catalina.core.StandardEngine start
INFO: Starting Servlet Engine: Apache Tomcat/6.0.16
Nov 25, 2026 1:00:02 AM org.apache.catalina.ha.tcp.SimpleTcpCluster memberAdded
INFO: Replication member added:org.apache.catalina.tribes.membership.MemberImpl[tcp://{-64, -88, \
-24, 6}:4000,{-64, -88, -24, 6},4000, alive=1]
Nov 25, 2026 1:00:03 AM org.apache.catalina.ha.tcp.SimpleTcpCluster memberAdded
INFO: Replication member added:org.apache.catalina.tribes.membership.MemberImpl[tcp://{-64, -88, \
-24, 7}:4000,{-64, -88, -24, 7},4000, alive=1]
Nov 25, 2026 1:00:09 AM org.apache.catalina.ha.tcp.SimpleTcpCluster memberDisappeared
INFO: Received member disappeared:org.apache.catalina.tribes.membership.MemberImpl[tcp://{-64, \
-88, -24, 7}:4000,{-64, -88, -24, 7},4000, alive=9]
"""
    assert members_seen(log) == {"192.168.232.6:4000"}
    again = "Nov 25, 2026 2:00:00 AM org.apache.catalina.core.StandardEngine startInternal\n"
    assert members_seen(log + again) == set()
    assert "-A 1" in membership_log("/usr/local/tomcat").script


def test_a_stack_trace_is_no_start() -> None:
    """What fails while the engine starts has the engine's start among its callers."""
    log = """\
28-Nov-2026 09:22:24.052 INFO [main] org.apache.catalina.core.StandardEngine.startInternal Starting
28-Nov-2026 09:22:26.580 INFO [Catalina-utility-1] org.apache.catalina.ha.tcp.SimpleTcpCluster.\
memberAdded Replication member added:[org.apache.catalina.tribes.membership.MemberImpl[tcp://\
{192, 168, 232, 6}:4000,{192, 168, 232, 6},4000, alive=2926]]
28-Nov-2026 09:22:27.280 SEVERE [main] org.apache.catalina.startup.HostConfig.deployDescriptor Error
\tat org.apache.catalina.core.StandardEngine.startInternal(StandardEngine.java:201)
"""
    assert members_seen(log) == {"192.168.232.6:4000"}
