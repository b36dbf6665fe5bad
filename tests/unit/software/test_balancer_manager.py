from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.errors import BadInput
from runbook.software.balancer_manager import MemberState, parse_members, parse_nonce

PAGES = Path(__file__).parent / "manager"


@pytest.mark.parametrize("page", ["2.4.71.xml", "2.4.71.html"])
def test_both_forms_of_the_page_say_the_same(page: str) -> None:
    body = (PAGES / page).read_bytes()
    assert parse_members(body) == (
        MemberState("tomcatcluster", "http://127.0.0.1:8081", "tomcat1", 1.0, "Init Ok", 1),
        MemberState("tomcatcluster", "http://127.0.0.1:8082", "tomcat2", 2.0, "Init Ok", 3),
    )
    assert parse_nonce(body, "tomcatcluster") == "f0c93580-67a8-5055-1d9e-e144ea5c45a3"
    assert parse_nonce(body, "another") is None


def test_the_page_of_2_2() -> None:
    body = (PAGES / "2.2.34.html").read_bytes()
    first, second = parse_members(body)
    assert (first.route, first.usable, first.loadfactor, first.elected) == ("tomcat1", True, 1, 12)
    assert (second.balancer, second.usable) == ("tomcatcluster", False)
    assert second.flags == {"Dis", "Err"}
    assert parse_nonce(body, "tomcatcluster") == "6f0a"


def test_a_draining_member() -> None:
    body = (PAGES / "2.4.71.xml").read_bytes().replace(b"Init Ok", b"Init Drn Ok", 1)
    first, second = parse_members(body)
    assert first.draining
    assert first.usable
    assert not second.draining


def test_an_xml_page_without_a_nonce() -> None:
    lines = (PAGES / "2.4.71.xml").read_bytes().splitlines()
    body = b"\n".join(line for line in lines if b"nonce" not in line)
    assert len(parse_members(body)) == 2
    assert parse_nonce(body, "tomcatcluster") is None


@pytest.mark.parametrize(
    "body", [b"", b"<html>HTTP Status 404</html>", b"{}", b"<?xml version='1.0'?><a/>", b"\0"]
)
def test_another_page_is_told(body: bytes) -> None:
    with pytest.raises(BadInput, match="not the page of the balancer manager"):
        parse_members(body)


def test_entities_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("told")
    page = (PAGES / "2.4.71.xml").read_bytes()
    entity = f"<!DOCTYPE x [<!ENTITY e SYSTEM '{secret}'>]><httpd:manager".encode()
    body = page.replace(b"<httpd:manager", entity, 1).replace(b">tomcat1<", b">&e;<")
    assert "told" not in repr(parse_members(body))


@given(st.data())
def test_broken_pages_raise_nothing_else(data: st.DataObject) -> None:
    body = bytearray(
        (PAGES / data.draw(st.sampled_from(["2.4.71.xml", "2.2.34.html"]))).read_bytes()
    )
    for _ in range(data.draw(st.integers(1, 8))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadInput):
        parse_members(bytes(body))
        parse_nonce(bytes(body), "tomcatcluster")
