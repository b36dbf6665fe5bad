"""Every planted mistake is found at its line, and none in files that are right."""

from __future__ import annotations

import ast
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runbook.actions import Put
from runbook.edits.profile import edit_profile, environment_lines, own_file
from runbook.edits.rc_local import edit_rc_local
from runbook.edits.server_xml import edit_server_xml
from runbook.edits.web_xml import make_distributable
from runbook.errata import catalogue
from runbook.errors import BadInput
from runbook.lint import FINDS, httpd, lint
from runbook.lint.finding import Given
from runbook.lint.kinds import kind_of
from runbook.steps.tomcat_boot import BLOCK, rc_local_lines
from runbook.templates import render
from tests.engine.given import RICH
from tests.engine.step_data import a_host, actions
from tests.unit.edits.samples import (
    DOCUMENT_SERVER_XML,
    HTTPD_CONF,
    RELEASES,
    SERVER_XML,
    VARIANTS,
    WEB_XML,
    Change,
    wanted,
)
from tests.unit.lint.planted import FINE, PLANTED
from tests.unit.software.init_scripts import tomcat_script


def found(*files: tuple[str, bytes], httpd: str = "", tomcat: str = "") -> set[tuple[int, str]]:
    findings = lint([Given(*file) for file in files], httpd, tomcat)
    return {(each.line, each.erratum) for each in findings}


def test_all_planted_mistakes_are_found_and_nothing_else() -> None:
    planted = {path: data for path, (data, _) in PLANTED.items()}
    findings = lint([Given(*file) for file in planted.items()])
    assert {each.erratum for each in findings} <= set(catalogue())
    for path, (_, wrong) in PLANTED.items():
        assert {(f.line, f.erratum) for f in findings if f.path == path} == wrong, path


def test_lint_says_which_errata_it_finds() -> None:
    rules = Path(httpd.__file__).parent.glob("*.py")
    trees = [ast.parse(path.read_text()) for path in rules if path.name != "__init__.py"]
    words = {each.value for tree in trees for each in ast.walk(tree)
             if isinstance(each, ast.Constant)}  # fmt: skip
    assert words & set(catalogue()) == FINDS


@pytest.mark.parametrize("path", FINE)
def test_nothing_is_found_where_nothing_is_wrong(path: str) -> None:
    assert found((path, FINE[path])) == set()


@pytest.mark.parametrize("name", RELEASES)
def test_files_that_software_comes_with_are_fine(name: str) -> None:
    assert found(("server.xml", SERVER_XML[name]), tomcat=RELEASES[name]) == set()


def test_the_httpd_conf_that_apache_comes_with_is_fine() -> None:
    assert found(("httpd.conf", HTTPD_CONF)) == set()


@pytest.mark.parametrize("answers", [{}, RICH, {"options": {"membership": "multicast"}}], ids=str)
def test_what_catherd_writes_is_fine(answers: dict[str, Any]) -> None:
    (put,) = actions("modproxy", a_host("balancer", **answers))
    assert isinstance(put, Put)
    assert found(("httpd-modproxy.conf", put.content)) == set()


@pytest.mark.parametrize("name", RELEASES)
@pytest.mark.parametrize("membership", ["static", "multicast"])
def test_the_server_xml_that_catherd_writes_is_fine(name: str, membership: str) -> None:
    edited = edit_server_xml(SERVER_XML[name], wanted(RELEASES[name], {"membership": membership}))
    assert found(("server.xml", edited), tomcat=RELEASES[name]) == set()


SCRIPTS = {
    "init.d/httpd": render("httpd.init.j2", prefix="/usr/local/apache", cluster="tomcatcluster"),
    "init.d/tomcat": tomcat_script(Path("/usr/local/tomcat"), 8080),
    "init.d/tomcat-b": tomcat_script(Path("/usr/local/tomcat"), 8081, instance="b", before="a"),
    "bin/tomcat-rc.local": tomcat_script(Path("/usr/local/tomcat"), 8080, rc_local=True),
    "rc.local": edit_rc_local(b"#!/bin/sh\nexit 0\n", BLOCK, rc_local_lines(a_host("tomcat1"))),
    "profile": edit_profile(b"umask 022\n", "/usr/java/jdk1.6.0_45", "/usr/local/tomcat", 6),
    "profile.d/catherd.sh": own_file(environment_lines("/usr/java/jdk", "/usr/local/tomcat", 17)),
}


@pytest.mark.parametrize("path", SCRIPTS)
def test_the_scripts_that_catherd_writes_are_fine(path: str) -> None:
    assert kind_of(Given(path, SCRIPTS[path])) is not None
    assert found((path, SCRIPTS[path])) == set()


@pytest.mark.parametrize("name", [name for name in WEB_XML if "document" not in name])
def test_the_web_xml_that_catherd_writes_is_fine(name: str) -> None:
    assert found(("web.xml", make_distributable(WEB_XML[name]))) == set()


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_however_the_file_is_saved(variant: Change) -> None:
    names = {erratum for _, erratum in found(("server.xml", variant(DOCUMENT_SERVER_XML)))}
    assert names == {erratum for _, erratum in PLANTED["document/server.xml"][1]}


SELF = b"""\
<Server><Service><Engine name="Catalina" jvmRoute="a">
<Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster" channelSendOptions="6">
<Channel className="org.apache.catalina.tribes.group.GroupChannel">
<Receiver className="org.apache.catalina.tribes.transport.nio.NioReceiver" address="10.0.0.1"
 autoBind="1"/>
<Interceptor
 className="org.apache.catalina.tribes.group.interceptors.StaticMembershipInterceptor">
<Member className="org.apache.catalina.tribes.membership.StaticMember"
 host="10.0.0.2" port="4000"/>
<Member className="org.apache.catalina.tribes.membership.StaticMember"
 host="10.0.0.1" port="%s"/>
</Interceptor></Channel></Cluster></Engine></Service></Server>
"""


@pytest.mark.parametrize(
    ("port", "wrong"), [(b"4000", {(10, "static-lists-itself")}), (b"4001", set())]
)
def test_a_node_among_its_own_static_members(port: bytes, wrong: set[tuple[int, str]]) -> None:
    assert found(("server.xml", SELF % port), tomcat="8.5.100") == wrong


@pytest.mark.parametrize(
    ("attributes", "tomcat", "wrong"),
    [
        ("", "10.1", True),
        ("", "9.0.31", True),
        ("", "8.5.51", True),
        ("", "7.0.100", True),
        ("", "9.0.30", False),
        ("", "8.5.50", False),
        ("", "7.0.99", False),
        ("", "8.0.53", False),
        ("", "9.0", False),
        ("", "6.0.16", False),
        ("", "", False),
        ('secret=""', "11.0", True),
        ('secret="x"', "11.0", False),
        ('requiredSecret="x"', "9.0.31", False),
        ('secretRequired="false"', "10.1", False),
    ],
)
def test_a_connector_for_ajp_needs_a_secret(attributes: str, tomcat: str, wrong: bool) -> None:
    source = f'<Server><Service>\n<Connector protocol="AJP/1.3" {attributes}/></Service></Server>'
    expected = {(2, "ajp-or-http")} if wrong else set()
    assert found(("server.xml", source.encode()), tomcat=tomcat) == expected


CONNECTOR = """<Server><Service><Connector protocol="AJP/1.3" {}/>
<Engine name="Catalina" jvmRoute="{}"/></Service></Server>"""


@pytest.mark.parametrize(
    ("member", "connectors", "tomcat", "wrong"),
    [
        ("route=a", [('secret="s"', "a")], "", True),
        ("route=a secret=other", [('secret="s"', "a")], "", True),
        ("route=a secret=s", [('secret="s"', "a")], "", False),
        ("route=a secret=s", [('requiredSecret="s"', "a")], "", False),
        ("route=a secret=t", [('secret="s"', "a"), ('secret="t"', "b")], "", True),
        ("route=a secret=t", [('secret="t"', "a"), ('secret="s"', "b")], "", False),
        ("secret=t", [('secret="s"', "a"), ('secret="t"', "b")], "", False),
        ("secret=u", [('secret="s"', "a"), ('secret="t"', "b")], "", True),
        ("route=a", [('secret="s"', "b")], "6.0.16", False),
        ("route=a secret=s", [("", "a")], "6.0.16", False),
        ("route=a", [('secretRequired="false"', "a")], "10.1", False),
        ("route=a secret=${SECRET}", [('secret="s"', "a")], "", False),
        ("route=a secret=s", [('secret="${ajp.secret}"', "a")], "", False),
        ("route=a", [], "10.1", True),
        ("route=a", [], "", False),
        ("route=a secret=s", [], "10.1", False),
    ],
)
def test_a_member_over_ajp_has_the_secret_of_its_tomcat(
    member: str, connectors: list[tuple[str, str]], tomcat: str, wrong: bool
) -> None:
    conf = f"<Proxy balancer://c>\n\n\nBalancerMember ajp://h:8009 {member}\n</Proxy>"
    nodes = [
        (f"{number}/server.xml", CONNECTOR.format(*connector).encode())
        for number, connector in enumerate(connectors)
    ]
    seen = found(("p.conf", conf.encode()), *nodes, tomcat=tomcat)
    assert {each for each in seen if each[1] == "ajp-or-http"} == (
        {(4, "ajp-or-http")} if wrong else set()
    )


def test_classes_that_are_gone_depend_on_the_version() -> None:
    source = PLANTED["document/server.xml"][0]
    gone = {"classes-gone"}
    assert not gone & {name for _, name in found(("server.xml", source), tomcat="6.0.16")}
    assert gone <= {name for _, name in found(("server.xml", source), tomcat="9.0")}


def test_files_are_compared_with_each_other() -> None:
    conf = FINE["conf/proxy.conf"]
    node = b'<Server><Service><Engine name="Catalina" jvmRoute="%s"/></Service></Server>'
    one, two, other = (node % route for route in (b"a", b"b", b"c"))
    assert found(("p.conf", conf), ("1/server.xml", one), ("2/server.xml", two)) == set()
    assert found(("p.conf", conf), ("1/server.xml", other)) == {(1, "no-route")}
    assert found(("1/server.xml", one), ("2/server.xml", one)) == {(1, "no-route")}


SHARED = b"LoadModule authz_core_module m.so\n"
COMPAT = b"LoadModule access_compat_module m.so\n"
OLD = "<Location /server-status>\nSetHandler server-status\n{}\n</Location>\n"
DENIES = "Order Deny,Allow\nDeny from all\nAllow from 192.0.2.7"
GUARDED = "<IfModule {}>\n" + DENIES + "\n</IfModule>\nRequire local"


@pytest.mark.parametrize(
    ("loads", "httpd", "inside", "lines"),
    [
        (SHARED, "", DENIES, {3}),
        (SHARED, "2.4.68", DENIES, {3}),
        (SHARED + COMPAT, "", DENIES, set()),
        (COMPAT.replace(b"access_compat", b"authz_host"), "2.2.34", DENIES, set()),
        (b"", "2.4.68", DENIES, set()),
        (SHARED, "", "Require local", set()),
        (SHARED, "", GUARDED.format("!mod_authz_core.c"), set()),
        (SHARED, "", GUARDED.format("mod_access_compat.c"), set()),
        (SHARED, "", GUARDED.format("access_compat_module"), set()),
        (SHARED, "", GUARDED.format("mod_status.c"), {4}),
    ],
)
def test_access_rules_of_2_2_need_a_module_on_2_4(
    loads: bytes, httpd: str, inside: str, lines: set[int]
) -> None:
    files = ("httpd.conf", b"Listen 80\n" + loads), ("p.conf", OLD.format(inside).encode())
    assert found(*files, httpd=httpd) == {(line, "manager-open") for line in lines}


LOADED = ("authz_core_module", "proxy_balancer_module", "slotmem_shm_module")
PROXY = "ProxyPass / balancer://c/ {}\nProxyPassReverse / balancer://c/\n"


@pytest.mark.parametrize(
    ("parameters", "section", "loaded", "lines"),
    [
        ("lbmethod=bytraffic", "", "lbmethod_byrequests_module", {5}),
        ("lbmethod=bytraffic", "", "lbmethod_bytraffic_module", set()),
        ("", "ProxySet lbmethod=bybusyness", "lbmethod_byrequests_module", {8}),
        ("", "ProxySet lbmethod=heartbeat", "lbmethod_heartbeat_module", set()),
        ("", "", "lbmethod_byrequests_module", set()),
        ("", "", "lbmethod_bytraffic_module", {5}),
    ],
)
def test_the_method_that_is_said_must_be_loaded(
    parameters: str, section: str, loaded: str, lines: set[int]
) -> None:
    conf = "".join(map("LoadModule {} m.so\n".format, (*LOADED, loaded)))
    conf += PROXY.format(parameters) + f"<Proxy balancer://c>\n{section}\n</Proxy>\n"
    assert found(("p.conf", conf.encode())) == {(line, "modules-missing") for line in lines}


PAGE = "<Location /balancer-manager>\nSetHandler balancer-manager\nRequire local\n</Location>\n"
ALL = "ProxyPassReverse / balancer://c/\nProxyPass / balancer://c/\n"
NOT_IT = "ProxyPass /balancer-manager !\n"


@pytest.mark.parametrize(
    ("one", "two", "wrong"),
    [
        (PAGE, ALL, True),
        (PAGE, NOT_IT + ALL, False),
        (NOT_IT + PAGE, ALL, False),
        (PAGE, f"<VirtualHost *:80>\n{ALL}</VirtualHost>\n", True),
        (f"<VirtualHost *:8081>\n{PAGE}</VirtualHost>\n", ALL, True),
        (f"<VirtualHost *:8081>\n{PAGE}</VirtualHost>\n",
         f"<VirtualHost *:80>\n{ALL}</VirtualHost>\n", False),
    ],
)  # fmt: skip
def test_a_page_of_apache_is_passed_on_by_another_file(one: str, two: str, wrong: bool) -> None:
    names = {name for _, name in found(("1.conf", one.encode()), ("2.conf", two.encode()))}
    assert names == ({"manager-swallowed"} if wrong else set())
    assert found(("1.conf", (one + two).encode())) == found(
        ("1.conf", one.encode()), ("2.conf", ("\n" * one.count("\n") + two).encode())
    )


MEMBERS = "BalancerMember http://h:1\nBalancerMember http://h:2\n"


@pytest.mark.parametrize(
    ("conf", "lines"),
    [
        (f"<Proxy balancer://c>\n{MEMBERS}</Proxy>\n", set()),
        (f"<Proxy 'balancer://c'>\n{MEMBERS}ProxySet stickysession=JSESSIONID\n</Proxy>", {2, 3}),
        (f'ProxySet "balancer://c" stickysession=S\n<Proxy "balancer://c">\n{MEMBERS}</Proxy>',
         {3, 4}),
        (f"<Proxy balancer://c>\n{MEMBERS}BalancerMember http://h:3 route=a\n</Proxy>", {2, 3}),
        (f"<Proxy balancer://c>\n{MEMBERS}</Proxy>\n<Proxy balancer://other>\n"
         "ProxySet stickysession=S\n</Proxy>", set()),
        ("BalancerMember balancer://c http://h:1 stickysession=S\n"
         "BalancerMember balancer://c http://h:2\n", {1, 2}),
        ("<Proxy balancer://c>\nBalancerMember http://h:1 stickysession=S\n</Proxy>", set()),
    ],
)  # fmt: skip
def test_a_route_is_missed_where_something_says_that_sessions_are_kept(
    conf: str, lines: set[int]
) -> None:
    assert found(("p.conf", conf.encode())) == {(line, "no-route") for line in lines}


def test_a_tomcat_with_a_route_says_that_sessions_are_kept() -> None:
    conf = f"<Proxy balancer://c>\n{MEMBERS}</Proxy>\n".encode()
    node = b'<Server><Service>\n<Engine name="Catalina" jvmRoute="a"/></Service></Server>'
    assert found(("p.conf", conf), ("server.xml", node)) == {(2, "no-route"), (3, "no-route")}


@pytest.mark.parametrize("line", ["route=a", "ROUTE=a"])
def test_two_members_with_one_route(line: str) -> None:
    member = f"BalancerMember http://h:1 {line}\n"
    conf = f"<Proxy balancer://c>\n{member}{member}</Proxy>\n"
    assert found(("p.conf", conf.encode())) == {(3, "no-route")}


def test_a_file_that_cannot_be_read_is_named_with_its_line() -> None:
    with pytest.raises(BadInput) as caught:
        found(("conf/server.xml", b"<Server>\n<Engine"))
    assert "conf/server.xml" in str(caught.value.where)
    assert "line 2" in str(caught.value.where)


@given(
    st.sampled_from(["httpd.conf", "server.xml", "web.xml", "init.d/x", "profile"]),
    st.sampled_from([data for data, _ in PLANTED.values()] + list(WEB_XML.values())),
    st.binary(max_size=20),
    st.integers(0, 400),
)
@example("httpd.conf", b"ProxyPass\nBalancerMember\nSetHandler\nLoadModule\n", b"", 0)
def test_no_file_is_too_odd(name: str, data: bytes, odd: bytes, at: int) -> None:
    mangled = data[:at] + odd + data[at:]
    with suppress(BadInput):
        lint([Given(name, mangled)])
