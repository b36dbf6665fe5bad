"""The same demands on every line of Tomcat, whatever the file went through before.

The result is well formed, has one cluster of the right kind, a second edit changes nothing, and
outside the lines that are meant every byte stays.
"""

from __future__ import annotations

import codecs
import difflib
import re

import pytest
from lxml import etree

from runbook.edits.server_xml import Ajp, ServerXml, edit_server_xml, read_server_xml
from runbook.edits.web_xml import is_distributable, make_distributable
from runbook.errors import BadInput
from runbook.software.tomcat import tomcat_line
from tests.unit.edits.samples import (
    DOCUMENT_SERVER_XML,
    FIXTURES,
    RELEASES,
    SERVER_XML,
    VARIANTS,
    Change,
    in_encoding,
    wanted,
)

ENGINE = b'<Engine name="Catalina" defaultHost="localhost">'
BARE = b'<Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster"/>'
SLEEPING = re.compile(rb"<!--\s*" + re.escape(BARE) + rb"\s*-->")
(DETAILED,) = re.findall(rb"<Cluster [^>]*[^/]>.*?</Cluster>", DOCUMENT_SERVER_XML, re.S)
MEANT = re.compile(
    r"<(Server|Service|Engine|Cluster|Connector)\b|</Cluster>|<!--|-->"
    r"|^\s*((name|defaultHost|backgroundProcessorDelay|jvmRoute|port|protocol|address|redirectPort"
    r'|secret|requiredSecret|bindOnInit)\s*=\s*("[^"]*"|\'[^\']*\')\s*)*/?>?\s*$'
)
"""Lines that the edit may touch: those elements, their attributes, the comments around them."""


def awake(source: bytes, engine: bytes) -> bytes:
    """``source`` with another real Engine; the one in the comment stays."""
    at = source.rindex(ENGINE)
    return source[:at] + engine + source[at + len(ENGINE) :]


def as_the_document_leaves_it(source: bytes) -> bytes:
    """The document followed to the letter: renamed Engine, bare Cluster and the detailed one."""
    renamed = awake(
        source, b'<Engine name="Standalone" defaultHost="localhost" jvmRoute="tomcatX">'
    )
    return SLEEPING.sub(lambda _: BARE + b"\n      " + DETAILED, renamed)


STARTS: dict[str, Change] = {
    "as released": bytes,
    "trailing spaces": lambda source: re.sub(rb"(?m)(?<=>)$", b"  ", source),
    "attributes on several lines": lambda source: awake(
        source, b"<Engine\n        name = 'Catalina'\n        defaultHost = 'localhost'\n    >"
    ),
    "an Engine that somebody made his own": lambda source: awake(
        source,
        b'<Engine name="Catalina" defaultHost="localhost" backgroundProcessorDelay="5"'
        b' jvmRoute="worker7">\n      <!-- ours: ask Li before you change this -->',
    ),
    "the bare Cluster": lambda source: SLEEPING.sub(BARE, source),
    "the document's Cluster": lambda source: SLEEPING.sub(lambda _: DETAILED, source),
    "the document's result": as_the_document_leaves_it,
}
MEMBERSHIPS = ("static", "multicast")


def plan(name: str, membership: str = "static", **more: object) -> ServerXml:
    return wanted(RELEASES[name], {"membership": membership}, **more)


def whole_plan(name: str) -> ServerXml:
    """Every documented line at once."""
    return plan(
        name,
        http_port=8180,
        shutdown_port=8105,
        drain_millis=7000,
        ajp=Ajp(8109, "192.168.232.5", "geheim"),
    )


def lines(source: bytes) -> list[str]:
    text = source.decode("utf-16" if source[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    return text.splitlines(keepends=True)


def touched(before: bytes, after: bytes) -> list[str]:
    """The lines of ``before`` that are not in ``after`` as they were."""
    one, two = lines(before), lines(after)
    codes = difflib.SequenceMatcher(None, one, two, autojunk=False).get_opcodes()
    return [line for tag, i, j, _, _ in codes if tag != "equal" for line in one[i:j]]


def is_right(before: bytes, settings: ServerXml) -> bytes:
    after = edit_server_xml(before, settings)
    root = etree.fromstring(after)
    (engine,) = root.findall("Service/Engine")
    assert (engine.get("name"), engine.get("jvmRoute")) == ("Catalina", "tomcat1")
    assert len(engine.findall("Cluster")) == 1
    assert edit_server_xml(after, settings) == after
    return after


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@pytest.mark.parametrize("membership", MEMBERSHIPS)
@pytest.mark.parametrize("name", RELEASES)
def test_route_and_cluster(name: str, membership: str, start: Change) -> None:
    before = start(SERVER_XML[name])
    after = is_right(before, plan(name, membership))
    begin, end = before.rindex(b"<Engine"), before.rindex(b"</Engine>")
    assert after.startswith(before[:begin])
    assert after.endswith(before[end:])
    # Within the Engine, all that is neither its own tag nor a Cluster.
    host = before[before.rindex(b"<Realm className", 0, end) : end]
    assert host in after
    if start in (STARTS["as released"], STARTS["trailing spaces"]):
        sleeping = SLEEPING.search(before)
        assert sleeping
        undone = re.sub(rb"<Cluster .*</Cluster>", lambda _: sleeping[0], after, flags=re.S)
        assert undone.replace(b' jvmRoute="tomcat1"', b"") == before
    if start is STARTS["an Engine that somebody made his own"]:
        assert b'backgroundProcessorDelay="5"' in after
        assert b"<!-- ours: ask Li before you change this -->" in after


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@pytest.mark.parametrize("name", RELEASES)
def test_every_documented_line_at_once(name: str, start: Change) -> None:
    before = start(SERVER_XML[name])
    after = is_right(before, whole_plan(name))
    summary = read_server_xml(after)
    ports = {(each.kind, each.port, each.has_secret) for each in summary.connectors}
    assert ports == {("http", "8180", False), ("ajp", "8109", True)}
    assert summary.shutdown_port == "8105"
    secret = tomcat_line(RELEASES[name]).ajp_secret_attribute
    assert f' {secret}="geheim"'.encode() in after
    cluster = "".join(lines(DETAILED) + lines(BARE))
    strange = [
        line
        for line in touched(before, after)
        if not MEANT.search(line) and line.strip() not in cluster
    ]
    assert strange == []


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
@pytest.mark.parametrize("start", ["as released", "the document's result"])
@pytest.mark.parametrize("name", RELEASES)
def test_as_another_editor_would_have_saved_it(name: str, start: str, variant: Change) -> None:
    before = STARTS[start](SERVER_XML[name])
    for settings in (plan(name), whole_plan(name)):
        after = is_right(variant(before), settings)
        if variant is not VARIANTS["tabs"]:
            assert after == variant(edit_server_xml(before, settings))


@pytest.mark.parametrize("name", RELEASES)
def test_a_strangers_cluster_is_left_alone_unless_it_is_said(name: str) -> None:
    strange = BARE.replace(b"/>", b' heartbeatBackgroundEnabled="true"/>')
    before = SLEEPING.sub(strange, SERVER_XML[name])
    with pytest.raises(BadInput, match="neither the document's nor Catherd's"):
        edit_server_xml(before, plan(name))
    after = edit_server_xml(before, plan(name), replace_foreign=True)
    assert strange not in after
    assert edit_server_xml(after, plan(name)) == after


@pytest.mark.parametrize("name", RELEASES)
def test_moving_to_another_line_leaves_nothing_of_the_old_one(name: str) -> None:
    """The file of a node that is updated: its Cluster is rewritten for the new Tomcat."""
    once = edit_server_xml(SERVER_XML[name], plan(name))
    for other in RELEASES:
        moved = edit_server_xml(once, plan(other))
        names = {each.get("className") for each in etree.fromstring(moved).iter("*")}
        interceptor = tomcat_line(RELEASES[other]).dispatch_interceptor
        assert {each for each in names if each and "MessageDispatch" in each} == {interceptor}


WEB = {name: (FIXTURES / "tomcat" / name / "ROOT.web.xml").read_bytes() for name in RELEASES}


@pytest.mark.parametrize("name", RELEASES)
def test_the_web_xml_of_each_line_is_of_its_generation(name: str) -> None:
    root = etree.fromstring(WEB[name])
    generation = tomcat_line(RELEASES[name]).web_xml
    assert root.tag == f"{{{generation.namespace}}}web-app"
    assert root.get("version") == generation.version


WEB_STARTS: dict[str, Change] = {
    **VARIANTS,
    "as released": bytes,
    "trailing spaces": lambda source: re.sub(rb"(?m)$", b"  ", source),
    "windows-1252": lambda source: in_encoding(source, "windows-1252"),
    "utf-16 and crlf": lambda source: in_encoding(
        source.replace(b"\n", b"\r\n"), "UTF-16", codecs.BOM_UTF16_LE
    ),
    "root on one line": lambda source: re.sub(
        rb"<web-app[^>]*>", lambda found: b" ".join(found[0].split()), source
    ),
}


@pytest.mark.parametrize("start", WEB_STARTS.values(), ids=WEB_STARTS)
@pytest.mark.parametrize("name", RELEASES)
def test_distributable(name: str, start: Change) -> None:
    before = start(WEB[name])
    after = make_distributable(before)
    assert is_distributable(after)
    assert make_distributable(after) == after
    assert [str(each.tag).rpartition("}")[2] for each in etree.fromstring(after).iter("*")].count(
        "distributable"
    ) == 1
    assert touched_bytes(before, after) == b""


def touched_bytes(before: bytes, after: bytes) -> bytes:
    """What of ``before`` is missing in ``after``: an insertion takes nothing away."""
    common = 0
    while common < len(before) and before[common] == after[common]:
        common += 1
    return b"" if after.endswith(before[common:]) else before[common:]
