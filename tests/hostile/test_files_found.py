"""Configuration files as they may be found on a host: edited, or refused with a reason."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from runbook.edits.httpd_conf import edit_httpd_conf
from runbook.edits.httpd_lines import parsed
from runbook.edits.profile import edit_profile
from runbook.edits.server_xml import edit_server_xml, read_server_xml
from runbook.edits.web_xml import make_distributable
from runbook.errors import BadInput, CatherdError
from tests.engine.given import RICH
from tests.engine.three_hosts import ThreeHosts, proved
from tests.hostile.values import examples, texts
from tests.unit.edits.samples import HTTPD_CONF, SERVER_XML, WEB_XML, damaged, wanted
from tests.unit.edits.test_mangled import CONF, CONFS, SERVERS, WEBS

SERVER = wanted("10.1.55")
EDITS: dict[str, Callable[[bytes], bytes]] = {
    "server.xml": lambda source: edit_server_xml(source, SERVER),
    "web.xml": make_distributable,
    "httpd.conf": lambda source: edit_httpd_conf(source, CONF),
    "profile": lambda source: edit_profile(source, "/usr/java/jdk", "/usr/local/tomcat", 17),
}
GOOD = {
    "server.xml": SERVER_XML["10.1.55"],
    "web.xml": WEB_XML["web/2.3.xml"],
    "httpd.conf": HTTPD_CONF,
    "profile": b"# /etc/profile\nexport PATH=/usr/bin\n",
}
noise = st.binary(max_size=40) | texts.map(lambda text: text.encode("utf-8", "replace"))


def tried(name: str, source: bytes) -> bytes | None:
    """The edited file, the same when edited again; None where it was refused with a reason."""
    try:
        edited = EDITS[name](source)
    except BadInput as error:
        assert str(error.what)  # noqa: PT017
        assert str(error.remedy)  # noqa: PT017
        return None
    assert EDITS[name](edited) == edited
    return edited


@examples(400)
@given(damaged(*SERVERS), noise, st.integers(0, 10_000))
def test_server_xml(source: bytes, put: bytes, at: int) -> None:
    edited = tried("server.xml", source[:at] + put + source[at:])
    if edited is not None:
        summary = read_server_xml(edited)
        assert (summary.route, len(summary.clusters)) == (SERVER.route, 1)


@examples(400)
@given(damaged(*WEBS), noise, st.integers(0, 3_000))
def test_web_xml(source: bytes, put: bytes, at: int) -> None:
    tried("web.xml", source[:at] + put + source[at:])


@examples(150)
@given(damaged(*CONFS), noise, st.integers(0, 10_000))
def test_httpd_conf(source: bytes, put: bytes, at: int) -> None:
    edited = tried("httpd.conf", source[:at] + put + source[at:])
    if edited is not None:
        parsed(edited)


@examples(600)
@given(
    st.lists(
        noise
        | st.sampled_from(
            [
                b"# >>> catherd: environment\n",
                b"# >>> catherd: environment (newline added)\n",
                b"# <<< catherd: environment\n",
                b"# >>> catherd: x\n",
                b"\r\n",
                b"\n",
                b"\0",
            ]
        ),
        max_size=8,
    ).map(b"".join)
)
def test_profile(source: bytes) -> None:
    edited = tried("profile", source)
    if edited is not None:
        assert edited.count(b"JAVA_HOME='") + edited.count(b"JAVA_HOME=/") >= 1


class _Asked(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(404)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def web() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    server = HTTPServer(("127.0.0.1", 0), type("Handler", (_Asked,), {"asked": asked}))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()


def with_entities(name: str, declared: bytes, used: bytes) -> bytes:
    """The real file with declarations in its DOCTYPE, and ``used`` in its root element."""
    source = GOOD[name]
    root = b"<Server" if name == "server.xml" else b"<web-app"
    start = source.index(root)
    head = source[: start if b"<!DOCTYPE" not in source else source.index(b"<!DOCTYPE")]
    inner = source.index(b">", start) + 1
    doctype = b"<!DOCTYPE %b [%b]>\n" % (root[1:], declared)
    return head + doctype + source[start:inner] + used + source[inner:]


@pytest.mark.parametrize("name", ["server.xml", "web.xml"])
def test_entities_are_not_fetched_and_not_read(
    name: str, tmp_path: Path, web: tuple[str, list[str]]
) -> None:
    url, asked = web
    (tmp_path / "secret").write_text("geheim")
    for system in (f"file://{tmp_path}/secret", f"{tmp_path}/secret", f"{url}/entity", "secret"):
        for declared, used in (
            ('<!ENTITY e SYSTEM "%s">', b"&e;"),
            ('<!ENTITY %% p SYSTEM "%s"> %%p;', b""),
            ('<!ENTITY e PUBLIC "-//x" "%s">', b"<x>&e;</x>"),
            ('<!ENTITY e SYSTEM "%s"><!ENTITY f "&e;">', b"&f;"),
            ('<!NOTATION n SYSTEM "%s"><!ENTITY e SYSTEM "e" NDATA n>', b""),
        ):
            edited = tried(name, with_entities(name, (declared % system).encode(), used))
            assert edited is None or b"geheim" not in edited
    dtd = GOOD[name].partition(b"<Server" if name == "server.xml" else b"<web-app")
    head = b'<!DOCTYPE x SYSTEM "%b/dtd">\n' % url.encode()
    start = dtd[0].partition(b"<!DOCTYPE")[0] + head + dtd[1] + dtd[2]
    tried(name, start.replace(b"<x ", b"<web-app "))
    assert asked == []


LEVELS = b'<!ENTITY a "%b">' % (b"ha" * 50) + b"".join(
    b'<!ENTITY %c "%b">' % (ord("b") + n, b"&%c;" % (ord("a") + n) * 10) for n in range(9)
)
BOMBS = {
    "laughs in text": (LEVELS, b"<x>&j;</x>"),
    "laughs in an attribute": (LEVELS, b'<x a="&j;"/>'),
    "one long entity many times": (b'<!ENTITY a "%b">' % (b"a" * 50_000), b"&a;" * 50_000),
    "long in attributes": (b'<!ENTITY a "%b">' % (b"a" * 50_000), b'<x a="&a;"/>' * 5_000),
    "in itself": (b'<!ENTITY a "&b;"><!ENTITY b "&a;">', b"&a;"),
    "in itself in an attribute": (b'<!ENTITY a "&b;"><!ENTITY b "&a;">', b'<x a="&a;"/>'),
    "parameters": (b"<!ENTITY % a \"<!ENTITY b 'c'>\"> %a; %a;", b"&b;"),
}


@pytest.mark.parametrize("name", ["server.xml", "web.xml"])
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_entities_are_not_expanded(name: str, bomb: tuple[bytes, bytes]) -> None:
    began = time.process_time()
    source = with_entities(name, *bomb)
    edited = tried(name, source)
    assert edited is None or len(edited) < len(source) + 5_000
    assert time.process_time() - began < 10


N = 50_000
SLOW: dict[str, dict[str, bytes]] = {
    "server.xml": {
        "space in a tag": GOOD["server.xml"].replace(b"<Engine ", b"<Engine " + b" " * N),
        "space behind a tag": GOOD["server.xml"].replace(b'port="8005"', b'port="8005"' + b" " * N),
        "space in an attribute": GOOD["server.xml"].replace(b"port=", b"port" + b" " * N + b"="),
        "space in the declaration": b"<?xml " + b" " * N + GOOD["server.xml"][6:],
        "many elements": GOOD["server.xml"].replace(b"</Service>", b"<a/>" * N + b"</Service>"),
        "many engines": GOOD["server.xml"].replace(
            b"</Service>", b'<Engine name="x" defaultHost="y"/>' * 20_000 + b"</Service>"
        ),
        "many connectors": GOOD["server.xml"].replace(
            b"</Service>", b'<Connector port="1" protocol="AJP/1.3"/>' * 5_000 + b"</Service>"
        ),
        "many attributes": GOOD["server.xml"].replace(
            b"<Engine ", b"<Engine " + b"".join(b'a%d="" ' % n for n in range(20_000))
        ),
        "many comments": GOOD["server.xml"].replace(
            b"<Engine ", b"<!-- <a -->" * 50_000 + b"<Engine "
        ),
        "a long comment": GOOD["server.xml"].replace(
            b"<Engine ", b"<!--" + b"<Cluster " * N + b"--><Engine "
        ),
        "unclosed": GOOD["server.xml"].replace(b"</Service>", b"<a>" * N),
        "a long value": GOOD["server.xml"].replace(b'"localhost"', b'"' + b"x&amp;" * N + b'"'),
        "dashes": GOOD["server.xml"].replace(b"<Engine ", b"<!--" + b"- " * N + b"--><Engine "),
        "empty lines": b"\n" * N + GOOD["server.xml"],
    },
    "web.xml": {
        "many elements": GOOD["web.xml"].replace(b"</web-app>", b"<a/>" * N + b"</web-app>"),
        "space": GOOD["web.xml"].replace(b"<web-app", b"<web-app" + b" " * N),
        "many comments": GOOD["web.xml"].replace(
            b"</web-app>", b"<!-- a -->" * 50_000 + b"</web-app>"
        ),
    },
    "httpd.conf": {
        "continued": GOOD["httpd.conf"] + b"Define a \\\n" * 50_000 + b"b\n",
        "backslashes": GOOD["httpd.conf"] + b"Define " + b"\\" * N + b"\n",
        "quotes": GOOD["httpd.conf"] + b"Define " + b"\" ' " * N + b"\n",
        "escaped quotes": GOOD["httpd.conf"] + b"Define " + b'\\" ' * N + b"\n",
        "hashes": GOOD["httpd.conf"] + b"# " * N + b"\n",
        "space": GOOD["httpd.conf"] + b"# a" + b" \t" * N + b"\nListen" + b" " * N + b"81\n",
        "sections": GOOD["httpd.conf"] + b"<IfModule a>\n" * 2_000 + b"</IfModule>\n" * 2_000,
        "many lines": GOOD["httpd.conf"] + b"Define a b\n" * 10_000,
        "many modules": GOOD["httpd.conf"] + b"#LoadModule proxy_module m\n" * 20_000,
        "empty lines": b"\n" * 30_000 + GOOD["httpd.conf"],
    },
    "profile": {
        "empty lines": b"\n" * N,
        "many marks": b"# >>> catherd: environment\n" * 50_000,
        "nearly marks": b"# >>> catherd: environmen\n" * 50_000 + b"\r" * N,
        "one line": b"#" * (20 * N),
    },
}


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, kinds in SLOW.items() for kind in kinds]
)
def test_long_files_take_no_long_time(name: str, kind: str) -> None:
    began = time.process_time()
    with suppress(BadInput):
        EDITS[name](SLOW[name][kind])
    assert time.process_time() - began < 8


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> ThreeHosts:
    """Three hosts on which the whole runbook has been carried out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("installer.engine.performing.carry_out_proof", proved)
        hosts = ThreeHosts(tmp_path_factory.mktemp("hosts"), RICH)
        assert hosts.run().ok
    return hosts


MANGLED = [
    ("balancer", "/usr/local/apache/conf/httpd.conf"),
    ("balancer", "/usr/local/apache/conf/extra/httpd-modproxy.conf"),
    ("balancer", "/etc/systemd/system/httpd.service"),
    ("balancer", "/usr/local/apache/.catherd"),
    ("tomcat1", "/etc/profile"),
    ("tomcat1", "/etc/systemd/system/tomcat.service"),
    ("tomcat1", "/usr/local/tomcat/conf/server.xml"),
    ("tomcat1", "/usr/local/tomcat/webapps/ROOT/WEB-INF/web.xml"),
    ("tomcat1", "/usr/local/tomcat/.catherd"),
    ("tomcat1", "/var/lib/catherd/secrets/ajp"),
    ("tomcat1", "/var/lib/catherd/secrets/replication"),
]


@examples(80)
@given(st.sampled_from(MANGLED), st.data())
def test_a_host_on_which_somebody_mangled_a_file(
    installed: ThreeHosts, place: tuple[str, str], data: st.DataObject
) -> None:
    """The plan says what is wrong and what would mend it; no other error comes out."""
    name, path = place
    states = installed.states()
    file = installed[name].files[path]
    mangled = data.draw(damaged(file.data or b"x") | noise | st.just(b"\xff\xfe\0"))
    try:
        installed[name].files.put(path, replace(file, data=mangled))
        plan = installed.plan()
        for step in plan.steps:
            assert step.error is None or isinstance(step.error, CatherdError)
            for change in step.changes:
                assert str(change.summary)
                assert isinstance(change.diff, str)
            for finding in step.findings:
                assert str(finding.verdict.seen) or finding.verdict.ok
    finally:
        installed.restore(states)


def test_what_comes_out_is_read_by_a_parser_that_knows_nothing_of_us() -> None:
    for source in SERVER_XML.values():
        etree.fromstring(EDITS["server.xml"](source), etree.XMLParser(no_network=True))
