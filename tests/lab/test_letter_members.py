"""How the document's nodes find each other, where the network is not as it was in 2007."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from runbook.assets import asset
from tests import document
from tests.lab import letter
from tests.lab.letter import Browser, LabHosts, Tomcat, shown
from tests.unit.edits.samples import SERVER_XML, WEB_XML

pytestmark = pytest.mark.lab

NODES = ("tomcat1", "tomcat2")
BESIDE = 18180
"""The port of one more Tomcat on a node."""
APPLICATION = {
    "webapps/shop/WEB-INF/web.xml": WEB_XML["web/document-after.xml"],
    "webapps/shop/index.jsp": (asset("probe") / "index.jsp").read_bytes(),
}
ITSELF = """\
<Interceptor className="org.apache.catalina.tribes.group.interceptors.StaticMembershipInterceptor">
<Member className="org.apache.catalina.tribes.membership.StaticMember" host="{address}"
port="4001" uniqueId="{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}"/>
</Interceptor>
</Channel>"""
TRANSFER = 60_000
"""Milliseconds that an application waits for the sessions of another node."""


def server_xml(*keeping: str) -> str:
    """The document's; its receiver moves from port 4000, which the installed Tomcat has."""
    text = document.server_xml(SERVER_XML["10.1.55"])
    return document.mended(text, document.IN_SERVER_XML, {"auto-bind", *keeping})


@contextmanager
def without_a_default_route(hosts: LabHosts, node: str) -> Iterator[None]:
    """A node that reaches its own network only."""
    route = hosts.do(node, "ip route show default").strip()
    hosts.do(node, "ip route del default")
    try:
        yield
    finally:
        hosts.do(node, f"ip route add {route}")


@contextmanager
def named_by_loopback(hosts: LabHosts, node: str) -> Iterator[None]:
    """A host whose own name is a name of 127.0.0.1, as many installers leave it."""
    kept = hosts.do(node, "cat /etc/hosts")
    own = re.sub(r"(?m)^(127\.0\.0\.1\s.*)$", rf"\1 {node}", kept)
    hosts.write(node, "/etc/hosts", re.sub(rf"(?m)^192.*\s{node}\n", "", own))
    try:
        yield
    finally:
        hosts.write(node, "/etc/hosts", kept)


@pytest.mark.erratum("multicast-no-route", "multicast-dual-stack", shows="failure")
def test_where_multicast_has_no_way_tomcat_does_not_start(installed: LabHosts) -> None:
    """One has no default route; the other is bound to its address, and Java prefers IPv6."""
    text = server_xml()
    bound = text.replace('address="228.0.0.4"', 'address="228.0.0.4" bind="{address}"')
    with (
        without_a_default_route(installed, "tomcat1"),
        letter.tomcat(installed, "tomcat1", text, {}) as no_route,
        letter.tomcat(installed, "tomcat2", bound, {}) as dual_stack,
    ):
        for each in (no_route, dual_stack):
            assert each.run("startup.sh").code == 0
        for each, id in ((no_route, "multicast-no-route"), (dual_stack, "multicast-dual-stack")):
            each.await_end()
            assert shown(id, each.log)


@pytest.fixture(scope="module")
def waiting(installed: LabHosts) -> Iterator[tuple[list[Tomcat], Tomcat]]:
    """Two nodes that are named by loopback, and one that has itself for a member.

    They wait for each other's sessions, and for its own; at the same time, for it takes a minute.
    """
    with ExitStack() as stack:
        looped = []
        for node in NODES:
            stack.enter_context(named_by_loopback(installed, node))
            text = server_xml("host-name-loopback")
            each = letter.tomcat(installed, node, text, APPLICATION)
            looped.append(stack.enter_context(each))
            assert looped[-1].run("startup.sh").code == 0
        text = server_xml().replace("</Channel>", ITSELF).replace("45564", "45565")
        itself = stack.enter_context(letter.tomcat(installed, "tomcat1", text, APPLICATION, BESIDE))
        assert itself.run("startup.sh").code == 0
        yield looped, itself


def milliseconds(tomcat: Tomcat) -> int:
    """How long its start took, as it says."""
    tomcat.await_started()
    found = re.search(r"Server startup in \[([\d,]+)\] milliseconds", tomcat.log)
    assert found
    return int(found[1].replace(",", ""))


@pytest.mark.erratum("host-name-loopback", shows="failure")
def test_named_by_loopback_nodes_wait_for_each_other_in_vain(
    waiting: tuple[list[Tomcat], Tomcat],
) -> None:
    """The later one does; both, where neither is late."""
    looped, _ = waiting
    assert max(map(milliseconds, looped)) >= TRANSFER
    for each in looped:
        assert re.search(r"member added:.*tcp://\{127, 0, 0, 1\}:4000", each.log)
    first, second = looped
    browser = Browser(first.door)
    begun = browser.visit("/shop/")
    assert begun.counter == 1, begun
    assert not browser.at(second.door).visit("/shop/?peek=1").existed


@pytest.mark.erratum("static-lists-itself", shows="failure")
def test_a_node_that_lists_itself_waits_for_itself(
    waiting: tuple[list[Tomcat], Tomcat],
) -> None:
    _, itself = waiting
    assert milliseconds(itself) >= TRANSFER
    own = re.escape(f"tcp://{itself.hosts.address(itself.node)}:4001")
    assert re.search(f"requesting session state from .*{own}", itself.log)
