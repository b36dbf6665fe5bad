from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from runbook.edits.web_xml import (
    COMMENT,
    is_distributable,
    make_distributable,
    minimal_web_xml,
)
from runbook.errors import BadInput
from runbook.software.tomcat import tomcat_line
from tests.unit.edits.samples import FIXTURES, RELEASES, VARIANTS, WEB_XML

CHINESE = "此应用将与群集服务器复制Session"
ADDED = f"<!-- {COMMENT} -->".encode()


@pytest.mark.parametrize("name", [name for name in WEB_XML if "document-after" not in name])
def test_two_lines_are_added_and_nothing_else(name: str) -> None:
    before = WEB_XML[name]
    after = make_distributable(before)
    assert not is_distributable(before)
    assert is_distributable(after)
    assert make_distributable(after) == after
    lines = after.splitlines(keepends=True)
    new = next(number for number, line in enumerate(lines) if line.strip() == ADDED)
    assert lines[new + 1].strip() == b"<distributable/>"
    assert b"".join(lines[:new] + lines[new + 2 :]) == before


def test_what_the_document_did_is_left_as_it_is() -> None:
    source = WEB_XML["web/document-after.xml"]
    assert is_distributable(source)
    assert make_distributable(source) == source


def test_a_broken_file_before_does_not_matter() -> None:
    for source in (b"<web-app>&none;</web-app>", WEB_XML["web/document-before.xml"]) * 2:
        with contextlib.suppress(BadInput):
            make_distributable(source)
    assert is_distributable(make_distributable(WEB_XML["web/document-before.xml"]))


def test_the_documents_example_gets_the_documents_lines() -> None:
    edited = make_distributable(WEB_XML["web/document-before.xml"], comment=CHINESE)
    assert b'version="2.5"> \n  <!-- ' in edited
    # The file is declared to be Latin-1, where the document's comment cannot be written.
    assert ADDED in edited


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_encoding_newlines_and_mark_stay(variant: Callable[[bytes], bytes]) -> None:
    source = variant(WEB_XML["tomcat/10.1.55/manager.web.xml"])
    edited = make_distributable(source)
    assert make_distributable(edited) == edited
    if variant is not VARIANTS["tabs"]:
        assert edited == variant(make_distributable(WEB_XML["tomcat/10.1.55/manager.web.xml"]))


def test_a_comment_that_the_encoding_can_hold() -> None:
    source = VARIANTS["gb18030"](WEB_XML["tomcat/10.1.55/manager.web.xml"])
    assert f"<!-- {CHINESE} -->".encode("gb18030") in make_distributable(source, comment=CHINESE)


@pytest.mark.parametrize("comment", ["a -- b", "ends-"])
def test_a_comment_that_would_end_too_early(comment: str) -> None:
    assert ADDED in make_distributable(b"<web-app/>", comment=comment)


FRAGMENTS = {
    b"<web-app/>": b"<web-app>\n  %s\n  <distributable/>\n</web-app>",
    b"<web-app></web-app>": b"<web-app>\n  %s\n  <distributable/>\n</web-app>",
    b"<web-app>\r\n</web-app>": b"<web-app>\r\n  %s\r\n  <distributable/>\r\n</web-app>",
    b"<web-app version='4.0' ><servlet/></web-app>": (
        b"<web-app version='4.0' >\n  %s\n  <distributable/>\n  <servlet/></web-app>"
    ),
    b"<j:web-app xmlns:j='u'>\n\t<j:icon/>\n\t<j:servlet/>\n</j:web-app>": (
        b"<j:web-app xmlns:j='u'>\n\t<j:icon/>\n\t%s\n\t<j:distributable/>\n"
        b"\t<j:servlet/>\n</j:web-app>"
    ),
    b"<web-app><display-name>x</display-name></web-app>": (
        b"<web-app><display-name>x</display-name>\n  %s\n  <distributable/>\n</web-app>"
    ),
}


@pytest.mark.parametrize("source", FRAGMENTS)
def test_the_layout(source: bytes) -> None:
    assert make_distributable(source) == FRAGMENTS[source] % ADDED


@pytest.mark.parametrize("generation", ["2_2", "2_3"])
@pytest.mark.erratum("distributable-place")
def test_the_place_is_the_one_that_the_dtd_wants(generation: str) -> None:
    dtd = etree.DTD(str(FIXTURES / f"web/web-app_{generation}.dtd"))
    first = ["<icon/>", "<display-name>x</display-name>", "<description>y</description>"]
    param = "<context-param><param-name>n</param-name><param-value>v</param-value></context-param>"
    for count in range(len(first) + 1):
        for head in itertools.combinations(first, count):
            for tail in ("", param):
                source = f"<web-app>{''.join(head)}<!-- c -->{tail}</web-app>"
                edited = make_distributable(source.encode())
                assert dtd.validate(etree.fromstring(edited)), dtd.error_log


@pytest.mark.parametrize("name", ["2.2", "2.3"])
def test_a_file_with_a_dtd_stays_valid(name: str) -> None:
    dtd = etree.DTD(str(FIXTURES / f"web/web-app_{name.replace('.', '_')}.dtd"))
    edited = make_distributable(WEB_XML[f"web/{name}.xml"])
    assert dtd.validate(etree.fromstring(edited)), dtd.error_log


@pytest.mark.parametrize("version", RELEASES.values())
def test_an_application_without_a_web_xml_gets_one(version: str) -> None:
    line = tomcat_line(version)
    source = minimal_web_xml(line)
    root = etree.fromstring(source)
    assert root.tag == f"{{{line.web_xml.namespace}}}web-app"
    assert root.get("version") == line.web_xml.version
    assert make_distributable(source) == source
    assert not is_distributable(minimal_web_xml(line, distributable=False))


@pytest.mark.parametrize(
    ("source", "what", "where"),
    [
        (b"\n<web-fragment/>", "its root is <web-fragment>", "line 2"),
        (b"<web-app>\n<a></web-app>", "mismatched tag", "line 2"),
        (b"", "no element found", "line 1"),
        (
            b'<!DOCTYPE web-app [<!ENTITY more SYSTEM "more.xml">]>\n<web-app>\n&more;</web-app>',
            "elsewhere: &more;",
            "line 3",
        ),
    ],
)
def test_refused_with_place_and_reason(source: bytes, what: str, where: str) -> None:
    for function in (make_distributable, is_distributable):
        with pytest.raises(BadInput) as caught:
            function(source)
        assert what in str(caught.value.what)
        assert caught.value.where is not None
        assert str(caught.value.where) == where


@given(st.lists(st.sampled_from(["icon", "description", "servlet", "listener"]), max_size=6))
def test_it_comes_before_everything_but_the_three(children: list[str]) -> None:
    source = "<web-app>" + "".join(f"<{name}/>" for name in children) + "</web-app>"
    root = etree.fromstring(make_distributable(source.encode()))
    order = [str(child.tag) for child in root.iterchildren("*")]
    at = order.index("distributable")
    assert order[:at] + order[at + 1 :] == children
    assert set(order[:at]) <= {"icon", "description"}
    assert order[at + 1 : at + 2] not in (["icon"], ["description"])
