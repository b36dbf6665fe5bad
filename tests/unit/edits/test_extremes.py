"""Files that nobody writes, but that must not make an edit fail or hang."""

from __future__ import annotations

import contextlib
import time

import pytest

from runbook.edits.httpd_conf import HttpdConf, edit_httpd_conf
from runbook.edits.server_xml import edit_server_xml
from runbook.edits.web_xml import make_distributable
from runbook.errors import BadInput
from runbook.software.httpd import required_modules
from tests.unit.edits.samples import HTTPD_CONF, SERVER_XML, wanted

ENGINE = b'<Engine name="Catalina" defaultHost="localhost">'
CLUSTER = b'<Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster">'
DEEP = b"<a>" * 5000 + b"</a>" * 5000
CONF = HttpdConf(modules=required_modules("http", True))


@pytest.mark.parametrize(
    "inside", [DEEP, CLUSTER + DEEP + b"</Cluster>", b"<!--" + CLUSTER + DEEP + b"</Cluster>-->"]
)
def test_deep_nesting_in_server_xml(inside: bytes) -> None:
    source = SERVER_XML["9.0.70"].replace(ENGINE, ENGINE + inside)
    if inside.startswith(b"<!--"):
        assert inside in edit_server_xml(source, wanted("9.0.70"))
        return
    with pytest.raises(BadInput, match="nested too deeply"):
        edit_server_xml(source, wanted("9.0.70"))


def test_deep_nesting_in_web_xml() -> None:
    with pytest.raises(BadInput, match="nested too deeply"):
        make_distributable(b"<web-app>" + DEEP + b"</web-app>")
    inside = b"<a>" * 190 + b"</a>" * 190
    assert inside in make_distributable(b"<web-app>" + inside + b"</web-app>")


@pytest.mark.parametrize(
    "name", ["idna", "utf-7", "rot13", "base64", "unicode_escape", "undefined", "mbcs", "hz", "x"]
)
def test_encodings_that_no_xml_file_has(name: str) -> None:
    source = f'<?xml version="1.0" encoding="{name}"?><web-app/>'.encode()
    with pytest.raises(BadInput) as refusal:
        make_distributable(source)
    assert name in str(refusal.value)


@pytest.mark.parametrize("name", ["UTF-8", "us-ascii", "ISO-8859-15", "windows-1252", "GB2312"])
def test_encodings_that_xml_files_have(name: str) -> None:
    source = f'<?xml version="1.0" encoding="{name}"?><web-app/>'.encode()
    assert b"<distributable/>" in make_distributable(source)


@pytest.mark.parametrize(
    "line",
    [
        b"# a b" + b" " * 20_000 + b"c",
        b"#" * 20_000,
        b"# " + b"w" * 20_000,
        b'Foo "' + b"\\" * 20_001,
    ],
)
def test_long_lines_take_no_long_time(line: bytes) -> None:
    begun = time.process_time()
    edited = edit_httpd_conf(HTTPD_CONF + line + b"!\n", CONF)
    assert edited.endswith(line + b"!\n")
    assert time.process_time() - begun < 3


def test_entities_are_never_expanded() -> None:
    levels = b"".join(
        b'<!ENTITY %c "%s">' % (ord("b") + n, b"&%c;" % (ord("a") + n) * 10) for n in range(9)
    )
    bomb = b'<!DOCTYPE web-app [<!ENTITY a "ha">' + levels + b"]><web-app><x>&j;</x></web-app>"
    begun = time.process_time()
    with contextlib.suppress(BadInput):
        assert bomb[:60] in make_distributable(bomb)
    assert time.process_time() - begun < 3
