from __future__ import annotations

import re
from typing import Any

import pytest

from runbook.edits.server_xml import Ajp, edit_server_xml
from runbook.errors import BadInput
from tests.unit.edits.samples import SERVER_XML, Change, wanted

SOURCE = SERVER_XML["9.0.70"]
BARE = b'<Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster"'
ENGINE = b'<Engine name="Catalina" defaultHost="localhost">'


def line_of(text: bytes) -> int:
    return SOURCE[: SOURCE.rindex(text)].count(b"\n") + 1


ENGINE_LINE = line_of(b"    " + ENGINE)


def in_engine(text: bytes) -> Change:
    return lambda source: source.replace(b"    " + ENGINE, b"    " + ENGINE + b"\n" + text)


CASES: dict[str, tuple[Change, str, str]] = {
    "not a server.xml": (
        lambda _: b'<?xml version="1.0"?>\n<web-app/>',
        "its root is <web-app>",
        "line 2",
    ),
    "nothing at all": (lambda _: b"", "not well-formed", "line 1"),
    "not well-formed": (
        lambda source: source.replace(b"</Engine>", b"</Engin>"),
        "mismatched tag",
        f"line {line_of(b'    </Engine>')}",
    ),
    "an attribute twice": (
        lambda source: source.replace(b'redirectPort="8443" />', b'port="1" />', 1),
        "duplicate attribute",
        "line 7",
    ),
    "no engine": (
        lambda source: source.replace(b"Engine", b"Motor"),
        "no Engine",
        "line 22",
    ),
    "two engines": (
        lambda source: source.replace(ENGINE, ENGINE + b"</Engine>" + ENGINE),
        "2 Engines",
        f"lines {ENGINE_LINE}, {ENGINE_LINE}",
    ),
    "a stranger's class": (
        in_engine(b'<Cluster className="com.example.Cluster"/>'),
        '<Cluster className="com.example.Cluster">',
        f"line {ENGINE_LINE + 1}",
    ),
    "a stranger's choice": (
        in_engine(BARE + b' channelSendOptions="6"/>'),
        'channelSendOptions="6" of <Cluster>',
        f"line {ENGINE_LINE + 1}",
    ),
    "a stranger's part": (
        in_engine(BARE + b">\n<Valve className='example.V'/></Cluster>"),
        f'<Valve className="example.V"> (line {ENGINE_LINE + 2})',
        f"line {ENGINE_LINE + 1}",
    ),
    "a cluster in a host": (
        lambda source: source.replace(b"      </Host>", BARE + b"/></Host>"),
        "The host localhost has a Cluster of its own",
        f"line {line_of(b'      </Host>')}",
    ),
    "a part elsewhere": (
        lambda source: in_engine(b"&cluster;")(
            source.replace(
                b"<Server ",
                b'<!DOCTYPE Server [<!ENTITY cluster SYSTEM "cluster.xml">]>\n<Server ',
            )
        ),
        "elsewhere: &cluster;",
        f"line {ENGINE_LINE + 2}",
    ),
    "another encoding than declared": (
        lambda source: source.replace(b"server.html", "sérver.html".encode("latin-1")),
        "cannot be read as UTF-8",
        "",
    ),
    "an encoding that does not exist": (
        lambda source: source.replace(b'"UTF-8"', b'"klingon"'),
        "cannot be read as klingon",
        "",
    ),
    "an encoding that is none": (
        lambda source: source.replace(b'"UTF-8"', b'"rot13"'),
        "cannot be read as rot13",
        "",
    ),
    "a mark that contradicts": (
        lambda source: b"\xef\xbb\xbf" + source.replace(b'"UTF-8"', b'"ISO-8859-1"'),
        "begins as UTF-8, but its declaration says ISO-8859-1",
        "line 1",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_refused_with_place_and_reason(case: tuple[Change, str, str]) -> None:
    change, what, where = case
    source = change(SOURCE)
    assert source != SOURCE
    with pytest.raises(BadInput) as caught:
        edit_server_xml(source, wanted("9.0.70"))
    assert what in str(caught.value.what)
    assert str(caught.value.where or "").startswith(where)
    assert str(caught.value.remedy)


def test_a_strangers_cluster_is_replaced_when_asked_to() -> None:
    stranger = in_engine(b'      <Cluster className="com.example.Cluster"><x/></Cluster>')(SOURCE)
    edited = edit_server_xml(stranger, wanted("9.0.70"), replace_foreign=True)
    assert b"com.example" not in edited
    assert len(re.findall(rb"(?m)^ *<Cluster .*channelSendOptions=.6.", edited)) == 1


def test_nothing_is_fetched_and_nothing_is_expanded() -> None:
    bomb = b"".join(b'<!ENTITY e%d "%s">' % (i, b"&e%d;" % (i - 1) * 9) for i in range(1, 12))
    doctype = b'<!DOCTYPE Server SYSTEM "http://192.0.2.1/x.dtd" [<!ENTITY e0 "x">' + bomb + b"]>\n"
    with_bomb = SOURCE.replace(b"<Server ", doctype + b"<Server ")
    assert doctype in edit_server_xml(with_bomb, wanted("9.0.70"))
    with pytest.raises(BadInput, match="amplification"):
        edit_server_xml(with_bomb.replace(b'"SHUTDOWN"', b'"&e11;"'), wanted("9.0.70"))


def test_encryption_that_this_tomcat_does_not_have() -> None:
    with pytest.raises(BadInput, match=r"Tomcat 8\.5\.37 cannot encrypt"):
        edit_server_xml(SERVER_XML["8.5"], wanted("8.5.37", {"encryption_key": "00" * 16}))


@pytest.mark.parametrize(
    ("change", "more", "what", "where"),
    [
        (
            lambda source: source.replace(b'port="8080" protocol', b'port="${http}" protocol', 1),
            {"http_port": 8080},
            "property, ${http}",
            "line 69",
        ),
        (
            lambda source: re.sub(rb'(?s)    <Connector port="8080".*?/>', b"", source, count=1),
            {"http_port": 8080},
            "No connector for plain HTTP",
            "line 53",
        ),
        (
            lambda s: s.replace(b"    " + ENGINE, b'<Connector port="1"/>\n    ' + ENGINE),
            {"http_port": 9090},
            "2 HTTP connectors",
            "lines 69, ",
        ),
        (
            lambda s: s.replace(
                b"    " + ENGINE, b'<Connector protocol="AJP/1.3"/>' * 2 + b"\n    " + ENGINE
            ),
            {"ajp": Ajp(8009, "192.168.232.5", "geheim")},
            "2 AJP connectors",
            "lines ",
        ),
        (
            lambda source: source.replace(b'port="8005"', b'port="${stop}"'),
            {"shutdown_port": 8005},
            "port of <Server> is a property",
            "line 22",
        ),
    ],
)
def test_connectors_that_are_not_plain(
    change: Change, more: dict[str, Any], what: str, where: str
) -> None:
    with pytest.raises(BadInput) as caught:
        edit_server_xml(change(SOURCE), wanted("9.0.70", **more))
    assert what in str(caught.value.what)
    assert str(caught.value.where).startswith(where)
