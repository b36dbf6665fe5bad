from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from lxml import etree

from runbook.edits.server_xml import Ajp, edit_server_xml, read_server_xml
from runbook.software.tomcat import tomcat_line
from tests.unit.edits.samples import (
    DOCUMENT_SERVER_XML,
    RELEASES,
    SERVER_XML,
    VARIANTS,
    wanted,
)

SIMPLE_TCP = "org.apache.catalina.ha.tcp.SimpleTcpCluster"
COMMENTED = re.compile(rb"<!--\s*<Cluster className=\"[\w.]+\"/>\s*-->")
WRITTEN = re.compile(rb"<Cluster .*</Cluster>", re.S)


def clusters(source: bytes) -> list[etree._Element]:
    engine = etree.fromstring(source).find("Service/Engine")
    assert engine is not None
    return engine.findall("Cluster")


def class_names(source: bytes) -> list[str]:
    (cluster,) = clusters(source)
    return [
        name.rpartition(".")[2] for each in cluster.iter("*") if (name := each.get("className"))
    ]


@pytest.mark.parametrize("name", RELEASES)
def test_only_the_documented_lines_change(name: str) -> None:
    before = SERVER_XML[name]
    after = edit_server_xml(before, wanted(RELEASES[name]))
    sleeping = COMMENTED.search(before)
    assert sleeping
    undone = WRITTEN.sub(lambda _: sleeping[0], after, count=1)
    assert undone.replace(b' jvmRoute="tomcat1"', b"") == before


@pytest.mark.parametrize("membership", ["static", "multicast"])
@pytest.mark.parametrize("name", RELEASES)
def test_a_second_run_changes_nothing(name: str, membership: str) -> None:
    settings = wanted(RELEASES[name], {"membership": membership})
    once = edit_server_xml(SERVER_XML[name], settings)
    assert edit_server_xml(once, settings) == once
    assert read_server_xml(once).route == "tomcat1"


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
@pytest.mark.parametrize("name", ["6.0", "10.1.55"])
def test_encoding_newlines_and_mark_stay(name: str, variant: Callable[[bytes], bytes]) -> None:
    settings = wanted(RELEASES[name])
    source = variant(SERVER_XML[name])
    edited = edit_server_xml(source, settings)
    assert edit_server_xml(edited, settings) == edited
    if variant is VARIANTS["tabs"]:
        assert b"\n\t\t\t\t<Manager" in edited
    else:
        assert edited == variant(edit_server_xml(SERVER_XML[name], settings))


@pytest.mark.parametrize("name", RELEASES)
@pytest.mark.erratum("classes-gone")
def test_the_classes_are_those_of_the_line(name: str) -> None:
    line = tomcat_line(RELEASES[name])
    edited = edit_server_xml(SERVER_XML[name], wanted(RELEASES[name]))
    names = class_names(edited)
    old = line.name in ("6.0", "7.0")
    assert ("MessageDispatch15Interceptor" in names) is old
    assert ("MessageDispatchInterceptor" in names) is not old
    assert ("JvmRouteSessionIDBinderListener" in names) is old
    assert "FarmWarDeployer" not in names
    service = line.name in ("9.0", "10.1", "11.0")
    assert ("StaticMembershipService" in names) is service
    assert ("StaticMembershipInterceptor" in names) is not service
    (cluster,) = clusters(edited)
    assert cluster.get("channelSendOptions") == "6"
    assert cluster.get("channelStartOptions") == (None if service else "3")


@pytest.mark.erratum("engine-standalone", "cluster-twice", "farm-in-engine")
def test_what_the_document_made_is_put_right() -> None:
    edited = edit_server_xml(DOCUMENT_SERVER_XML, wanted("6.0.16"))
    summary = read_server_xml(edited)
    assert (summary.engine, summary.route) == ("Catalina", "tomcat1")
    assert len(summary.clusters) == 1
    assert "FarmWarDeployer" not in class_names(edited)
    assert b'address="auto"' not in edited
    # The comments, with the Engine that the document put into one, are nobody's business.
    assert edited.count(b"<!--") == DOCUMENT_SERVER_XML.count(b"<!--") + 1
    assert edit_server_xml(edited, wanted("6.0.16")) == edited


def test_a_bare_cluster_that_was_uncommented_is_replaced() -> None:
    bare = f'<Cluster className="{SIMPLE_TCP}"/>'.encode()
    source = COMMENTED.sub(lambda _: bare, SERVER_XML["9.0.70"])
    edited = edit_server_xml(source, wanted("9.0.70"))
    assert edited == edit_server_xml(SERVER_XML["9.0.70"], wanted("9.0.70"))


def test_new_answers_replace_what_was_written_before() -> None:
    once = edit_server_xml(SERVER_XML["10.1.55"], wanted())
    other = wanted(cluster={"membership": "multicast", "receiver_port": 4100}, route="tomcat9")
    assert edit_server_xml(once, other) == edit_server_xml(SERVER_XML["10.1.55"], other)


def test_what_somebody_changed_in_our_cluster_is_mended() -> None:
    right = edit_server_xml(SERVER_XML["10.1.55"], wanted())
    wrong = right.replace(b'maxThreads="6"', b'maxThreads="99"').replace(b'"tomcat1"', b'"tomcat2"')
    assert wrong != right
    assert edit_server_xml(wrong, wanted()) == right


def test_a_cluster_that_says_the_same_stays_as_it_is() -> None:
    written = edit_server_xml(SERVER_XML["10.1.55"], wanted())
    by_hand = re.sub(rb"\n *<!-- Written by Catherd.*", b"", written).replace(
        b'filter=""/>', b"filter=''></Valve>"
    )
    assert edit_server_xml(by_hand, wanted()) == by_hand


def test_an_engine_on_several_lines_and_with_other_attributes() -> None:
    source = SERVER_XML["9.0.70"].replace(
        b'<Engine name="Catalina" defaultHost="localhost">',
        b"<Engine\n        name = 'Catalina'\n        backgroundProcessorDelay='5'\n"
        b"        jvmRoute = 'old&amp;>'\n        defaultHost='localhost'\n    >",
    )
    edited = edit_server_xml(source, wanted("9.0.70"))
    assert b"jvmRoute = 'tomcat1'\n        defaultHost" in edited
    assert read_server_xml(edited).engine == "Catalina"


def test_an_engine_of_another_name_keeps_it() -> None:
    source = SERVER_XML["9.0.70"].replace(
        b'<Engine name="Catalina" defaultHost', b'<Engine name="Shop" defaultHost'
    )
    assert read_server_xml(edit_server_xml(source, wanted("9.0.70"))).engine == "Shop"


def test_without_the_comment_the_cluster_comes_first() -> None:
    source = COMMENTED.sub(b"", SERVER_XML["9.0.70"])
    edited = edit_server_xml(source, wanted("9.0.70"))
    assert b'jvmRoute="tomcat1">\n      <Cluster ' in edited
    assert edit_server_xml(edited, wanted("9.0.70")) == edited


@pytest.mark.parametrize(
    "engine", [b'<Engine name="Catalina"/>', b'<Engine name="Catalina" ></Engine>']
)
def test_an_empty_engine(engine: bytes) -> None:
    source = b'<Server port="8005">\n <Service>\n  ' + engine + b"\n </Service>\n</Server>"
    edited = edit_server_xml(source, wanted())
    assert edited.endswith(b"    </Cluster>\n  </Engine>\n </Service>\n</Server>")
    assert edit_server_xml(edited, wanted()) == edited


def test_a_file_on_one_line() -> None:
    source = (
        b'<Server port="8005"><Service><Engine name="Catalina"><Host name="localhost"/></Engine>'
        b"</Service></Server>"
    )
    edited = edit_server_xml(source, wanted())
    assert edited.endswith(b'</Cluster>\n  <Host name="localhost"/></Engine></Service></Server>')
    assert edit_server_xml(edited, wanted()) == edited


def test_of_two_services_the_one_with_catalina_is_meant() -> None:
    other = b'<Service name="Admin">\n<Engine name="Admin" defaultHost="localhost"/>\n</Service>\n'
    source = SERVER_XML["9.0.70"].replace(b'<Service name="Catalina">', other + b"<Service>")
    edited = edit_server_xml(source, wanted("9.0.70"))
    assert other in edited
    assert read_server_xml(edited).engine == "Catalina"


def test_the_values_are_escaped() -> None:
    edited = edit_server_xml(SERVER_XML["10.1.55"], wanted(route='a"<&>\n'))
    assert b'jvmRoute="a&#34;&lt;&amp;&gt;&#10;"' in edited
    assert read_server_xml(edited).route == 'a"<&>\n'


@pytest.mark.parametrize("name", RELEASES)
def test_a_tomcat_that_stops_closes_its_ports_first_and_finishes_what_is_under_way(
    name: str,
) -> None:
    source, version = SERVER_XML[name], RELEASES[name]
    settings = wanted(
        version, http_port=8080, drain_millis=7000, ajp=Ajp(8009, "192.168.232.5", "geheim")
    )
    edited = edit_server_xml(source, settings)
    service = etree.fromstring(edited).find("Service")
    assert service is not None
    connectors = service.findall("Connector")
    assert {each.get("port") for each in connectors} >= {"8080", "8009"}
    drains = tomcat_line(version).drains
    assert service.get("gracefulStopAwaitMillis") == ("7000" if drains else None)
    assert {each.get("bindOnInit") for each in connectors} == {"false" if drains else None}
    assert edit_server_xml(edited, settings) == edited


def test_the_oldest_tomcats_cannot_wait_for_what_is_under_way() -> None:
    able = {line: tomcat_line(line).drains for line in ("6.0", "7.0", "8.5", "9.0", "10.1", "11.0")}
    assert [line for line, drains in able.items() if not drains] == ["6.0", "7.0"]
