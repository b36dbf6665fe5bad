from __future__ import annotations

import re
from typing import Any

import pytest

from runbook.edits.server_xml import Ajp, Connector, edit_server_xml, read_server_xml
from tests.unit.edits.samples import RELEASES, SERVER_XML, wanted

AJP = Ajp(8009, "192.168.232.5", 'gehe"im')


def connector(source: bytes, kind: str) -> Connector:
    (found,) = (each for each in read_server_xml(source).connectors if each.kind == kind)
    return found


@pytest.mark.parametrize("name", RELEASES)
def test_ajp_listens_where_the_balancer_asks(name: str) -> None:
    before = SERVER_XML[name]
    settings = wanted(RELEASES[name], ajp=AJP)
    edited = edit_server_xml(before, settings)
    ajp = connector(edited, "ajp")
    assert (ajp.port, ajp.address, ajp.has_secret) == ("8009", "192.168.232.5", True)
    attribute = b"requiredSecret" if name == "6.0" else b"secret"
    assert b" " + attribute + b'="gehe&#34;im"' in edited
    assert edit_server_xml(edited, settings) == edited
    commented = 0 if name == "6.0" else 1
    without = edit_server_xml(before, wanted(RELEASES[name]))
    assert edited.count(b"<!--") == without.count(b"<!--") - commented


@pytest.mark.parametrize("name", RELEASES)
def test_an_ajp_connector_that_nobody_uses_is_out_of_the_way(name: str) -> None:
    settings = wanted(RELEASES[name], idle_ajp_port=8010)
    edited = edit_server_xml(SERVER_XML[name], settings)
    active = [each.port for each in read_server_xml(edited).connectors if each.kind == "ajp"]
    assert active == (["8010"] if name == "6.0" else [])
    assert edit_server_xml(edited, settings) == edited


def test_the_sleeping_connector_keeps_what_else_it_says() -> None:
    edited = edit_server_xml(SERVER_XML["10.1.55"], wanted(ajp=AJP))
    assert (
        b'    <Connector protocol="AJP/1.3"\n'
        b'               address="192.168.232.5"\n'
        b'               port="8009"\n'
        b'               redirectPort="8443"\n'
        b'               maxParameterCount="1000"\n'
        b'               secret="gehe&#34;im"\n'
        b"               />\n"
    ) in edited


def test_the_secret_goes_by_the_name_that_the_release_knows() -> None:
    old = SERVER_XML["9.0.70"]
    before = edit_server_xml(old, wanted("9.0.30", ajp=AJP))
    assert b"requiredSecret=" in before
    after = edit_server_xml(before, wanted("9.0.31", ajp=AJP))
    assert b"requiredSecret=" not in after
    assert after == edit_server_xml(old, wanted("9.0.31", ajp=AJP))


def test_without_a_connector_in_a_comment_a_new_one_is_written() -> None:
    source = re.sub(rb"(?s)<!--\s*<Connector protocol=\"AJP/1.3\".*?-->", b"", SERVER_XML["9.0.70"])
    edited = edit_server_xml(source, wanted("9.0.70", ajp=AJP))
    assert b'redirectPort="8443" />\n    <Connector protocol="AJP/1.3" address=' in edited
    assert connector(edited, "ajp").port == "8009"
    assert edit_server_xml(edited, wanted("9.0.70", ajp=AJP)) == edited


def test_a_service_without_any_connector() -> None:
    source = b'<Server port="1"><Service>\n    <Engine name="Catalina"/></Service></Server>'
    edited = edit_server_xml(source, wanted(ajp=AJP))
    assert b'secret="gehe&#34;im"/>\n    <Engine name="Catalina" jvmRoute=' in edited


def test_ports_change_only_where_they_differ() -> None:
    source = SERVER_XML["9.0.70"]
    plain = edit_server_xml(source, wanted("9.0.70"))
    assert edit_server_xml(source, wanted("9.0.70", http_port=8080, shutdown_port=8005)) == plain
    moved = edit_server_xml(
        source, wanted("9.0.70", http_port=8180, http_address="10.0.0.1", shutdown_port=-1)
    )
    summary = read_server_xml(moved)
    http = connector(moved, "http")
    assert (http.port, http.address, summary.shutdown_port) == ("8180", "10.0.0.1", "-1")
    # In comments the old port stays.
    assert moved.count(b'port="8080"') == source.count(b'port="8080"') - 1


@pytest.mark.parametrize(
    "tls",
    [
        b'SSLEnabled="true"',
        b'scheme="https"',
        b'secure="true"',
        b'protocol="org.apache.coyote.http11.Http11NioProtocol" SSLEnabled="true"',
    ],
)
def test_the_connector_for_tls_is_left_alone(tls: bytes) -> None:
    https = b'<Connector port="8443" ' + tls + b"/>\n    "
    source = SERVER_XML["9.0.70"].replace(
        b'    <Engine name="Catalina" defaultHost="localhost">', b"    " + https + b"<Engine>"
    )
    edited = edit_server_xml(source, wanted("9.0.70", http_port=9090))
    assert https in edited
    assert (connector(edited, "http").port, connector(edited, "https").port) == ("9090", "8443")


def test_of_several_connectors_the_one_with_the_port_is_meant() -> None:
    other = b'<Connector port="9090" protocol="HTTP/1.1"/>\n    '
    source = SERVER_XML["9.0.70"].replace(b"    <Engine name", b"    " + other + b"<Engine name")
    assert other in edit_server_xml(source, wanted("9.0.70", http_port=8080))


def test_no_answer_no_change() -> None:
    settings: dict[str, Any] = {"http_port": None, "ajp": None, "shutdown_port": None}
    before = read_server_xml(SERVER_XML["6.0"])
    after = read_server_xml(edit_server_xml(SERVER_XML["6.0"], wanted("6.0.16", **settings)))
    assert [(each.kind, each.port, each.address) for each in after.connectors] == [
        (each.kind, each.port, each.address) for each in before.connectors
    ]
