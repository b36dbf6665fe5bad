"""Reads what /balancer-manager shows: the members of a balancer and what httpd thinks of them.

httpd 2.4.10 and later answer ``?xml=1`` with XML (the nonce is in it from 2.4.68 only). Without
it, or without a Referer that names the server, the same comes as HTML tables; 2.2 knows no other.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from math import isfinite
from urllib.parse import parse_qs, urlsplit

from lxml import etree

from runbook.errors import BadInput
from runbook.text import T

MANAGER_PATH = "/balancer-manager"


@dataclass(frozen=True)
class MemberState:
    """One member of a balancer, as httpd sees it at this moment."""

    balancer: str
    """Name of its balancer, without ``balancer://``."""
    worker_url: str
    route: str
    loadfactor: float
    status: str
    """In httpd's own words: some of Init, Ok, Err, Drn, Dis, Stop, HcFl, Ign, Stby, Spar."""
    elected: int

    @property
    def flags(self) -> frozenset[str]:
        """The words of the status."""
        return frozenset(self.status.split())

    @property
    def usable(self) -> bool:
        """Whether httpd sends it the requests of its sessions."""
        return "Ok" in self.flags

    @property
    def stands_by(self) -> bool:
        """Whether it is sent requests only when no other member can take them."""
        return "Stby" in self.flags

    @property
    def draining(self) -> bool:
        """Whether it keeps its sessions and gets no new ones."""
        return "Drn" in self.flags


def parse_members(body: bytes) -> tuple[MemberState, ...]:
    """The members on a page, XML or HTML, in the page's order.

    :raises BadInput: this is another page
    """
    tree = _tree(body)
    members = () if tree is None else tuple(_from_xml(tree)) or tuple(_from_html(tree))
    if not members and b"Load Balancer Manager" not in body and b":balancers" not in body:
        raise BadInput(
            T("This is not the page of the balancer manager."),
            T("It begins with {head}.", head=repr(body[:60])),
            T("{path} must be excluded from what goes to Tomcat.", path=MANAGER_PATH),
        )
    return members


def parse_nonce(body: bytes, balancer: str) -> str | None:
    """The secret of a balancer without which it ignores changes; None where none is shown."""
    tree = _tree(body)
    if tree is None:
        return None
    for node in tree.iter("{*}balancer"):
        if _bare(_text(node, "name")) == balancer:
            return _text(node, "nonce") or None
    for link in tree.iter("a"):
        query = _query(link)
        if query.get("b") == [balancer] and "nonce" in query:
            return query["nonce"][0]
    return None


def _tree(body: bytes) -> etree._Element | None:
    parser: etree.XMLParser | etree.HTMLParser
    if body.lstrip().startswith(b"<?xml"):
        parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    else:
        parser = etree.HTMLParser(no_network=True, recover=True)
    try:
        return etree.fromstring(body, parser)
    except (etree.LxmlError, ValueError):
        return None


def _from_xml(tree: etree._Element) -> list[MemberState]:
    return [
        MemberState(
            balancer=_bare(_text(balancer, "name")),
            worker_url=_text(worker, "name"),
            route=_text(worker, "route"),
            loadfactor=_number(_text(worker, "loadfactor")),
            status=_text(worker, "status"),
            elected=int(_number(_text(worker, "elected"))),
        )
        for balancer in tree.iter("{*}balancer")
        for worker in balancer.iter("{*}worker")
    ]


def _from_html(tree: etree._Element) -> list[MemberState]:
    members: list[MemberState] = []
    for table in tree.iter("table"):
        rows = [
            [_all_text(cell) for cell in row if cell.tag in ("td", "th")]
            for row in table.iter("tr")
        ]
        if not rows or "Worker URL" not in rows[0]:
            continue
        link = next(table.iter("a"), None)
        query = _query(link) if link is not None else {}
        for cells in (dict(zip(rows[0], row, strict=False)) for row in rows[1:]):
            members.append(
                MemberState(
                    balancer=query.get("b", [""])[0],
                    worker_url=cells.get("Worker URL", ""),
                    route=cells.get("Route", ""),
                    loadfactor=_number(cells.get("Factor", "")),
                    status=cells.get("Status", ""),
                    elected=int(_number(cells.get("Elected", ""))),
                )
            )
    return members


def _query(link: etree._Element) -> dict[str, list[str]]:
    with suppress(ValueError):
        return parse_qs(urlsplit(link.get("href", "")).query)
    return {}


def _text(node: etree._Element, name: str) -> str:
    found = node.find(f"{{*}}{name}")
    return (found.text or "").strip() if found is not None else ""


def _all_text(node: etree._Element) -> str:
    return "".join(str(part) for part in node.itertext()).strip()


def _bare(name: str) -> str:
    return name.removeprefix("balancer://")


def _number(text: str) -> float:
    with suppress(ValueError):
        if isfinite(number := float(text)):
            return number
    return 0.0
