"""The oddest answers that are accepted: every file that is made of them says them, and no more."""

from __future__ import annotations

import ipaddress
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from lxml import etree

from installer.remote.operations import Extract
from installer.remote.script import Script
from installer.remote.scripts import render
from runbook.actions import Action, Edit, Put
from runbook.edits.httpd_lines import parsed
from runbook.errors import CatherdError
from runbook.fields import names, network, software
from runbook.fields.wrong import Wrong
from runbook.harmless import is_harmless
from tests.engine.given import ANSWERS, JDK, RICH
from tests.engine.three_hosts import ThreeHosts
from tests.hostile.values import examples, texts
from tests.unit.edits.samples import HTTPD_CONF, SERVER_XML, WEB_XML
from tests.unit.remote.running import run


def odd(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)


ports = st.integers(1024, 65535)
directories = odd(r"/(opt|srv|usr/local)/[A-Za-z0-9._+-]{1,20}(/[A-Za-z0-9._+-]{1,9}){0,2}")
addresses = (
    st.ip_addresses().map(str)
    | odd(r"[A-Za-z0-9]([A-Za-z0-9-]{0,12}[A-Za-z0-9])?(\.[a-z][a-z0-9]{0,5}){1,3}\.?")
    | odd(r"xn--[a-z0-9]{1,20}")
)
networks = (
    st.ip_addresses().map(str)
    | st.ip_addresses(v=4).map(lambda ip: str(ipaddress.ip_network(f"{ip}/24", strict=False)))
    | texts
    | st.builds("{}%{}".format, st.ip_addresses(v=6), texts)
    | st.builds("fe80::%{}/{}".format, texts, st.sampled_from([10, 64, 128]))
)


def usable(check: Any, value: object) -> bool:
    """Whether the check takes the value; where not, it says why and what would be right."""
    try:
        check(value)
    except Wrong as wrong:
        return not (str(wrong.what) and str(wrong.remedy))
    return True


@st.composite
def clusters(draw: st.DrawFn) -> ThreeHosts | None:
    """Three hosts with such answers; None where they are refused."""
    options = {
        "members": draw(st.sampled_from(["http", "ajp"])),
        "membership": draw(st.sampled_from(["static", "multicast"])),
        "encrypt": draw(st.booleans()),
        "health_checks": draw(st.booleans()),
        "multicast_address": draw(st.ip_addresses(network="224.0.0.0/4").map(str)),
        "manager_allow": [
            each
            for each in draw(st.lists(networks, max_size=4))
            if usable(network.allowed_from, each)
        ],
    }
    hosts = [
        {
            **ANSWERS["hosts"][number],
            "name": draw(odd(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")),
            "address": draw(addresses),
        }
        for number in range(3)
    ]
    for host in hosts[1:]:
        host["route"] = draw(odd(r"[A-Za-z0-9_-]{1,63}"))
        host["http_port"] = draw(ports)
        host["loadfactor"] = draw(st.integers(1, 100))
    usual = ANSWERS["software"]
    answers = {
        "cluster": {"name": draw(odd(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"))},
        "software": {
            "httpd": {**usual["httpd"], "prefix": draw(directories)},
            "tomcat": {
                **usual["tomcat"],
                "home": draw(directories),
                "user": draw(odd(r"[a-z_][a-z0-9_-]{0,31}")),
            },
            "jdk": {**usual["jdk"], "home": draw(directories)},
        },
        "hosts": hosts,
        "applications": [
            *RICH["applications"],
            {"name": draw(odd(r"[A-Za-z0-9_.~-]{1,20}(##?[A-Za-z0-9_.~-]{1,9}){0,2}"))},
        ],
        "options": options,
    }
    top = draw(odd(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,30}"))
    try:
        return ThreeHosts(Path("/nonexistent"), answers, {"jdk": replace(JDK, top=top)})
    except ValueError:
        return None


def actions_of(hosts: ThreeHosts, name: str) -> list[Action]:
    installation = hosts.installation()
    host = installation.host(name, installation.survey())
    chosen = (step for step in installation.steps if host.role in step.roles)
    return [action for step in chosen for action in step.actions(host)]


@examples(25)
@given(clusters())
def test_files_say_the_answers_and_no_more(hosts: ThreeHosts | None) -> None:
    assume(hosts is not None)
    assert hosts is not None
    cluster = hosts.cluster
    usual = ThreeHosts(
        Path("/nonexistent"), {**RICH, "options": cluster.options.model_dump(exclude_unset=True)}
    )
    plain = {
        action.path: action.content
        for name in usual.hosts
        for action in actions_of(usual, name)
        if isinstance(action, Put)
    }
    for name in hosts.hosts:
        for action in actions_of(hosts, name):
            match action:
                case Put(path=path, content=content) if path.endswith(".service"):
                    unit(content, plain[path])
                case Put(path=path, content=content) if path.endswith("modproxy.conf"):
                    balancer(content, cluster)
                case Edit(path=path) if path == "/etc/profile":
                    profile(action.change(b"# before\n"), hosts)
                case Edit(path=path) if path.endswith("server.xml"):
                    server(action.change(SERVER_XML["10.1.55"]), cluster.host(name), cluster)
                case Edit(path=path) if path.endswith("web.xml"):
                    assert action.change(WEB_XML["web/2.3.xml"]).count(b"<distributable/>") == 1
                case Edit(path=path) if path.endswith("httpd.conf"):
                    conf(action.change(HTTPD_CONF), cluster)
                case _:
                    pass


def unit(content: bytes, plain: bytes) -> None:
    """But for words of plain characters it is the unit of a cluster with plain answers."""
    words = rb"[A-Za-z0-9._+/-]+"
    assert re.sub(words, b"w", content) == re.sub(words, b"w", plain)


def balancer(content: bytes, cluster: Any) -> None:
    """Directives and sections are those of the template; each Require names one network."""
    lines = parsed(content)
    assert {line.name for line in lines.lines} <= {
        "", "proxyrequests", "proxyhcexpr", "balancermember", "proxyset", "proxypass",
        "proxypassreverse", "proxypreservehost", "sethandler", "require",
    }  # fmt: skip
    members = lines.active("balancermember")
    assert [m.words[1] for m in members] == [f"route={node.route}" for node in cluster.tomcats]
    assert [m.words[0].partition("://")[2].rpartition(":")[0] for m in members] == [
        node.url_host for node in cluster.tomcats
    ]
    required = [line.words for line in lines.active("require")]
    allowed = [("ip", each) for each in cluster.options.manager_allow]
    assert required == [("local",), *allowed] * 2
    for _, each in allowed:
        ipaddress.ip_network(each)
        assert re.fullmatch(r"[0-9a-f.:/]+", each)


def profile(content: bytes, hosts: ThreeHosts) -> None:
    """A shell that reads it has exactly these two values."""
    software = hosts.cluster.software
    script = content.decode() + '\nprintf "%s\\n%s" "$JAVA_HOME" "$CATALINA_HOME"\n'
    said = subprocess.run(["sh"], input=script.encode(), capture_output=True, check=True)
    assert hosts.artefacts.jdk
    java_home = f"{software.jdk.home}/{hosts.artefacts.jdk.top}"
    assert said.stdout.decode() == f"{java_home}\n{software.tomcat.home}"
    assert said.stderr == b""


def server(content: bytes, node: Any, cluster: Any) -> None:
    """A parser that knows nothing of Catherd finds the values in the attributes they belong to."""
    tree = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    engine = tree.find("Service/Engine")
    assert engine is not None
    assert engine.get("jvmRoute") == node.route
    receivers = [element.get("address") for element in tree.iter("Receiver")]
    assert receivers == [node.address]
    peers = {element.get("host") for element in tree.iter("Member")} - {node.address}
    if cluster.options.membership == "static":
        assert peers <= {other.address for other in cluster.tomcats}


def conf(content: bytes, cluster: Any) -> None:
    """The file's own directives, and those that the balancer needs."""
    before, after = parsed(HTTPD_CONF), parsed(content)
    names = [line.words for line in after.active("servername")]
    assert names == [(f"{cluster.balancer.url_host}:{cluster.balancer.port}",)]
    assert {line.name for line in after.lines} <= {line.name for line in before.lines} | {
        "include", "servername", "loadmodule",
    }  # fmt: skip


@examples(50)
@given(clusters())
def test_hosts_are_planned_with_them(hosts: ThreeHosts | None) -> None:
    """Every script that would change a host is made, and a shell can read it."""
    assume(hosts is not None)
    assert hosts is not None
    scripts = []
    plan = hosts.plan()
    for step in plan.steps:
        assert step.error is None or isinstance(step.error, CatherdError)
        for change in step.changes:
            assert is_harmless(str(change.summary)), change.summary
            for operation in (*change.operations, *change.undo):
                if isinstance(operation, Extract):
                    operation = replace(operation, archive="/staged")
                scripts.append(render(operation).text)
            scripts += [change.job.script] if change.job else []
    assert plan.needed
    whole = "".join(f"f{i}() {{\n{text}\n}}\n" for i, text in enumerate(scripts))
    assert run(Script(whole + "echo read\n")).output == b"read\n"


FIELDS: dict[Any, str] = {
    names.cluster_name: r"[A-Za-z0-9-]+",
    names.host_name: r"[A-Za-z0-9_-]+",
    names.route: r"[A-Za-z0-9_-]+",
    names.account: r"[a-z0-9_-]+",
    names.context: r"[A-Za-z0-9_.~#-]+",
    network.address: r"[A-Za-z0-9.:-]+",
    network.allowed_from: r"[0-9a-f.:/]+",
    network.multicast_address: r"[0-9.]+",
    network.ssh_word: r"[^\s'\"`;&<>|(){}\x00-\x1f\x7f-\x9f]+",
    network.jump: r"[^\s'\"`;&<>|(){}\x00-\x1f\x7f-\x9f]+",
    software.absolute_path: r"/[A-Za-z0-9._+/-]+",
    software.own_directory: r"/[A-Za-z0-9._+/-]+",
    software.httpd_version: r"[0-9.]+",
    software.tomcat_version: r"[0-9.]+",
    software.jdk_version: r"[A-Za-z0-9.+_-]+",
    software.source: r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]+",
    software.war: r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]+",
    software.file_name: r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]+",
}
"""What each value can be made of, at most: nothing that its file, a shell or a screen acts on."""

SEEDS = [
    "tomcat1", "a", "ROOT", "shop##2", "192.168.1.1", "10.0.0.0/8", "fe80::1%", "fd00::1", "::1",
    "fe80::%/64", "228.0.0.4", "me@gate:22", "gate", "/opt/x", "/usr/local/tomcat", "2.4.68",
    "10.1.60", "17", "17.0.1+6", "a.war", "https://a.org/x.war", "https://a.org/", "debian:jdk",
    "~/x.tgz", "node.example.com",
]  # fmt: skip
near = st.builds(
    lambda seed, at, put: seed[:at] + put + seed[at:],
    st.sampled_from(SEEDS),
    st.integers(0, 20),
    texts | st.text(max_size=4) | st.sampled_from(SEEDS),
)


@examples(2500)
@given(st.sampled_from(list(FIELDS)), near)
def test_fields_let_nothing_through(check: Any, text: str) -> None:
    if usable(check, text):
        value = check(text)
        assert re.fullmatch(FIELDS[check], value), value
        assert len(value) < 300
        assert check(value) == value
