"""What the tests of the edits share: real files, answers, and the many ways to write one file."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from runbook.edits.server_xml import ClusterSettings, Peer, ServerXml
from runbook.software.tomcat import tomcat_line

Change = Callable[[bytes], bytes]

FIXTURES = Path(__file__).parents[2] / "fixtures"

RELEASES = {
    "6.0": "6.0.16",
    "7.0": "7.0.109",
    "8.5": "8.5.100",
    "9.0.70": "9.0.70",
    "10.1.55": "10.1.55",
    "11.0": "11.0.9",
}
"""Directory of the fixture, and the release that it stands for."""

SERVER_XML = {name: (FIXTURES / "tomcat" / name / "server.xml").read_bytes() for name in RELEASES}
DOCUMENT_SERVER_XML = (FIXTURES / "tomcat/6.0/document.server.xml").read_bytes()
WEB_XML = {
    str(path.relative_to(FIXTURES)): path.read_bytes()
    for path in sorted([*FIXTURES.glob("tomcat/*/*.web.xml"), *FIXTURES.glob("web/*.xml")])
}
HTTPD_CONF = (FIXTURES / "httpd/2.4.68.conf").read_bytes()


def settings(**changes: Any) -> ClusterSettings:
    """The first of three nodes."""
    nodes = [Peer(f"192.168.232.{4 + number}", 4000, number) for number in (1, 2, 3)]
    given: dict[str, Any] = {
        "name": "tomcatcluster",
        "membership": "static",
        "receiver_address": "192.168.232.5",
        "local": nodes[0],
        "peers": tuple(nodes[1:]),
    }
    return ClusterSettings(**{**given, **changes})


def wanted(
    version: str = "10.1.55", cluster: Mapping[str, Any] | None = None, **more: Any
) -> ServerXml:
    """What server.xml must say on that node."""
    given: dict[str, Any] = {
        "tomcat": tomcat_line(version),
        "route": "tomcat1",
        "cluster": settings(**(cluster or {})),
    }
    return ServerXml(**{**given, **more})


def in_encoding(source: bytes, encoding: str, mark: bytes = b"") -> bytes:
    """The same document, declared and written in another encoding."""
    text = source.decode()
    declared = re.sub(r"""(<\?xml[^>]*encoding=)(['"])[^'"]*\2""", rf"\1\2{encoding}\2", text)
    codec = {b"": encoding, codecs.BOM_UTF8: "utf-8"}.get(mark, "utf-16-le")
    return mark + declared.encode("utf-16-be" if mark == codecs.BOM_UTF16_BE else codec)


VARIANTS: dict[str, Change] = {
    "crlf": lambda source: source.replace(b"\n", b"\r\n"),
    "cr": lambda source: source.replace(b"\n", b"\r"),
    "tabs": lambda source: re.sub(rb"(?m)^ +", lambda m: b"\t" * (len(m[0]) // 2), source),
    "no newline at the end": lambda source: source.rstrip(),
    "mark": lambda source: in_encoding(source, "UTF-8", codecs.BOM_UTF8),
    "latin-1": lambda source: in_encoding(source + "<!-- Schlüssel -->".encode(), "ISO-8859-1"),
    "gb18030": lambda source: in_encoding(source + "<!-- 集群 -->".encode(), "GB18030"),
    "utf-16-le": lambda source: in_encoding(source, "UTF-16", codecs.BOM_UTF16_LE),
    "utf-16-be": lambda source: in_encoding(source, "UTF-16", codecs.BOM_UTF16_BE),
}
"""The same file as another editor would have saved it."""


def damaged(*originals: bytes) -> st.SearchStrategy[bytes]:
    """Files that somebody or something has mangled: cut, doubled, overwritten, swapped."""

    @st.composite
    def strategy(draw: st.DrawFn) -> bytes:
        data = bytearray(draw(st.sampled_from(originals)))
        for _ in range(draw(st.integers(1, 4))):
            start = draw(st.integers(0, len(data)))
            length = draw(st.integers(0, 300))
            kind = draw(st.sampled_from(["cut", "double", "bytes", "tokens", "end"]))
            if kind == "cut":
                del data[start : start + length]
            elif kind == "double":
                data[start:start] = data[start : start + length]
            elif kind == "bytes":
                data[start : start + 1] = draw(st.binary(max_size=6))
            elif kind == "tokens":
                data[start:start] = draw(st.sampled_from(TOKENS))
            else:
                del data[max(start, 40) :]
        return bytes(data)

    return strategy()


TOKENS = [
    b"<!--",
    b"-->",
    b"</Engine>",
    b"<Engine name='Standalone'>",
    b'<Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster"/>',
    b"<Cluster>",
    b'<!DOCTYPE x [<!ENTITY e "v"><!ENTITY f SYSTEM "file:///etc/passwd">]>',
    b"&e;",
    b"&#0;",
    b"<![CDATA[ <Engine> ]]>",
    b"\xff\xfe",
    b"\0",
    b"encoding='no-such'",
    b"<distributable/>",
    b"<x:y/>",
    b"\\\n",
    b"<IfModule x>\n",
    b"</IfModule>\n",
    b'"',
    b"\r",
]
