"""httpd.conf and httpd-modproxy.conf to the letter: what the document's balancer does.

Each is asked beside Catherd's own httpd, which stands before the same two Tomcats.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from bench.events import Stage
from installer.engine.visitor import Door
from runbook.probe_page import CONTEXT
from runbook.software.balancer_manager import MANAGER_PATH
from tests.document import IN_MODPROXY, MODPROXY, mended
from tests.lab import letter
from tests.lab.letter import BALANCING, Browser, Httpd, LabHosts, shown, until

pytestmark = pytest.mark.lab

PAGE = f"{CONTEXT}/"
REDIRECT = b'<% response.sendRedirect(request.getRequestURL().append("/there").toString()); %>'
VISITS, IN_TABS = 12, 40


@pytest.fixture(scope="module")
def hosts(installed: LabHosts) -> LabHosts:
    """With Catherd's probe on both nodes, which counts the visits of a session."""
    for node in ("tomcat1", "tomcat2"):
        installed.do(node, f"cat >{letter.PROBE}/redirect.jsp", REDIRECT)
        own = Browser(installed.door(node, 8080))
        until(lambda own=own: own.visit(f"{PAGE}?peek=1").ok, f"probe on {node}")  # type: ignore[misc]
    return installed


@pytest.fixture
def catherds(hosts: LabHosts) -> Door:
    """Catherd's own httpd."""
    return hosts.door("balancer", 80)


def written(*keeping: str) -> str:
    """The document's httpd-modproxy.conf with these mistakes of it."""
    return mended(MODPROXY, IN_MODPROXY, set(keeping))


@contextmanager
def running(hosts: LabHosts, *keeping: str) -> Iterator[Httpd]:
    """The document's httpd with these mistakes."""
    with letter.httpd(hosts, written(*keeping), *BALANCING) as server:
        assert server.run("-k start").code == 0
        until(lambda: Browser(server.door()).get("/").status, "httpd answers")
        yield server


def nodes(door: Door) -> list[str]:
    """Which node answers each visit of one session."""
    browser = Browser(door)
    return [browser.visit(PAGE).node for _ in range(VISITS)]


def counted(door: Door) -> int:
    """What a session has counted in the end, when four tabs asked at the same time."""
    browser = Browser(door)
    assert browser.visit(PAGE).counter == 1
    with ThreadPoolExecutor(4) as tabs:
        visits = list(tabs.map(lambda _: browser.at(door).visit(PAGE), range(IN_TABS)))
    assert all(each.ok for each in visits)
    return browser.visit(PAGE).counter


@pytest.mark.erratum("modules-missing", shows="failure")
def test_with_the_listed_modules_httpd_is_not_running(hosts: LabHosts) -> None:
    with letter.httpd(hosts, written()) as server:
        assert server.run("-t").said.endswith("Syntax OK\n")
        assert server.run("-k start").code == 0
        until(lambda: not server.lives, "httpd ends by itself")
        assert shown("modules-missing", server.log)


@pytest.mark.erratum("forum-markup", shows="failure")
def test_the_forums_markup_is_no_address(hosts: LabHosts) -> None:
    with letter.httpd(hosts, written("forum-markup"), *BALANCING) as server:
        tried = server.run("-t")
        assert tried.code != 0
        assert shown("forum-markup", tried.said)


@pytest.mark.erratum("manager-open", shows="failure")
def test_anybody_may_see_the_manager(hosts: LabHosts) -> None:
    with running(hosts, "manager-open") as server:
        assert Browser(server.door("tomcat1")).get(MANAGER_PATH).status == 200
    with letter.httpd(hosts, written("manager-open"), *BALANCING) as server:
        hosts.do("balancer", f"sed -i '/access_compat/d' {letter.ROOT}/conf/httpd.conf")
        assert shown("manager-open", server.run("-t").said)


@pytest.mark.erratum("manager-open")
def test_catherds_manager_is_closed_to_others(hosts: LabHosts) -> None:
    outside = hosts.door("balancer", 80, seen_from="tomcat1")
    assert Browser(outside).get(MANAGER_PATH).status == 403


@pytest.mark.erratum("proxypass-slash", shows="failure")
def test_without_the_slash_only_the_first_page_is_served(hosts: LabHosts) -> None:
    with running(hosts, "proxypass-slash") as server:
        assert Browser(server.door()).get("/").status == 200
        assert Browser(server.door()).get(PAGE).status == 500
        assert shown("proxypass-slash", server.log)


@pytest.mark.erratum("manager-swallowed", shows="failure")
def test_the_manager_is_asked_of_tomcat(hosts: LabHosts) -> None:
    with running(hosts, "manager-swallowed") as server:
        reply = Browser(server.door()).get(MANAGER_PATH)
        assert (reply.status, b"Tomcat" in reply.body) == (404, True)


@pytest.mark.erratum("proxypass-slash", "manager-swallowed", "modules-missing", "forum-markup")
def test_catherds_balancer_serves_all_of_it(catherds: Door) -> None:
    for path in ("/", PAGE, MANAGER_PATH):
        assert Browser(catherds).get(path).status == 200


@pytest.mark.erratum("no-route", shows="failure")
def test_without_routes_sessions_bounce_and_lose_updates(hosts: LabHosts) -> None:
    with running(hosts, "no-route") as server:
        assert set(nodes(server.door())) == {"tomcat1", "tomcat2"}
        assert counted(server.door()) < 1 + IN_TABS + 1


@pytest.mark.erratum("stickysession-case", shows="failure")
def test_a_misspelt_cookie_is_not_found(hosts: LabHosts) -> None:
    with running(hosts, "stickysession-case") as server:
        assert set(nodes(server.door())) == {"tomcat1", "tomcat2"}


@pytest.mark.erratum("no-route", "stickysession-case")
def test_sessions_stick_behind_catherds_balancer(catherds: Door) -> None:
    assert len(set(nodes(catherds))) == 1


@pytest.mark.erratum("no-proxypassreverse", shows="failure")
def test_redirects_tell_the_nodes_own_address(hosts: LabHosts) -> None:
    with running(hosts, "no-proxypassreverse") as server:
        location = redirected(server.door())
        assert location.startswith("http://")
        assert ":8080/" in location


@pytest.mark.erratum("no-proxypassreverse")
def test_behind_catherds_balancer_redirects_name_it(catherds: Door) -> None:
    assert redirected(catherds).startswith(f"http://{catherds.address}/")


def redirected(door: Door) -> str:
    """Where a page sends whoever asks for it."""
    return dict(Browser(door).get(f"{PAGE}redirect.jsp").headers)["Location"]


@pytest.mark.erratum("manager-referer", shows="failure")
def test_a_question_without_a_referer_is_not_answered(hosts: LabHosts, catherds: Door) -> None:
    """Of Catherd's own httpd: the document opens the page, and a program that does is not heard."""
    reply = Browser(catherds).get(f"{MANAGER_PATH}?xml=1")
    assert (reply.status, reply.body[:9]) == (200, b"<!DOCTYPE")
    assert shown("manager-referer", hosts.do("balancer", f"cat {letter.APACHE}/logs/error_log"))


@pytest.mark.erratum("nofailover", shows="failure")
@pytest.mark.erratum("nofailover", "tomcat-before-apache")
def test_the_sessions_of_a_dead_node_are_lost_for_the_document_alone(
    hosts: LabHosts, catherds: Door
) -> None:
    """And Catherd's balancer, which runs all the time, finds the node when it is back."""
    with running(hosts, "nofailover") as server:
        browser = Browser(server.door())
        begun = browser.visit(PAGE)
        stage = Stage(hosts.lab)
        stage.kill(begun.node)
        try:
            for _ in range(3):
                assert browser.get(PAGE).status == 503
                time.sleep(0.5)
            assert Browser(server.door()).visit(PAGE).ok, "others are served"
            moved = browser.at(catherds).visit(PAGE)
            assert moved.node not in ("", begun.node)
            assert moved.counter == begun.counter + 1
        finally:
            stage.start(begun.node)
            letter.await_in_service(stage)
