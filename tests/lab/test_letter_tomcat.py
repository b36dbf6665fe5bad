"""server.xml and web.xml to the letter, mended only in what keeps Tomcat from starting."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from runbook.assets import asset
from runbook.edits.web_xml import make_distributable
from runbook.probe_page import Visit
from tests import document
from tests.lab import letter
from tests.lab.letter import Browser, LabHosts, Tomcat, shown
from tests.unit.edits.samples import SERVER_XML, WEB_XML

pytestmark = pytest.mark.lab

IT_STARTS_WITH = {
    "engine-standalone",
    "cluster-twice",
    "farm-in-engine",
    "replication-not-waited-for",
    "auto-bind",
}
NODES = ("tomcat1", "tomcat2")
SESSIONS = 100
AJP = '<Connector protocol="AJP/1.3" address="0.0.0.0" port="8009" redirectPort="8443"{}/>'
PAGE = (asset("probe") / "index.jsp").read_bytes()
KEEPS_A_THREAD = b'<% session.setAttribute("worker", Thread.currentThread()); %>'
DOCUMENTS = WEB_XML["web/document-after.xml"]
NOT_DISTRIBUTABLE = WEB_XML["web/document-before.xml"]
BELOW_WEB_APP = b"""\
<!DOCTYPE web-app PUBLIC "-//Sun Microsystems, Inc.//DTD Web Application 2.3//EN"
  "http://java.sun.com/dtd/web-app_2_3.dtd">
<web-app>
<distributable/>
<display-name>old</display-name>
</web-app>
"""
VALIDATED = b'<Context xmlValidation="true"/>'


def jar(**files: bytes) -> bytes:
    """A library with these files in META-INF."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"META-INF/{name}.xml", content)
    return data.getvalue()


COMPLETE_LIBRARY = b"<web-fragment><distributable/></web-fragment>"
FILES = {
    "webapps/shop/WEB-INF/web.xml": DOCUMENTS,
    "webapps/shop/index.jsp": PAGE,
    "webapps/shop/thread.jsp": KEEPS_A_THREAD,
    "webapps/forgotten/WEB-INF/web.xml": NOT_DISTRIBUTABLE,
    "webapps/forgotten/index.jsp": PAGE,
    "webapps/library/WEB-INF/web.xml": DOCUMENTS,
    "webapps/library/WEB-INF/lib/a.jar": jar(**{"web-fragment": b"<web-fragment/>"}),
    "webapps/library/index.jsp": PAGE,
    "webapps/mended-library/WEB-INF/web.xml": DOCUMENTS,
    "webapps/mended-library/WEB-INF/lib/a.jar": jar(**{"web-fragment": COMPLETE_LIBRARY}),
    "webapps/mended-library/index.jsp": PAGE,
    "webapps/mended-old/WEB-INF/web.xml": make_distributable(
        BELOW_WEB_APP.replace(b"<distributable/>\n", b"")
    ),
    "webapps/mended-old/META-INF/context.xml": VALIDATED,
    "webapps/mended-old/index.jsp": PAGE,
    "webapps/old/WEB-INF/web.xml": BELOW_WEB_APP,
    "webapps/old/META-INF/context.xml": VALIDATED,
    "webapps/old/index.jsp": PAGE,
    "conf/Catalina/localhost/elsewhere.xml": b'<Context docBase="${catalina.base}/webapps/shop"/>',
}


def server_xml(secret: str) -> str:
    text = document.server_xml(SERVER_XML["10.1.55"])
    text = document.mended(text, document.IN_SERVER_XML, IT_STARTS_WITH)
    return text.replace("<!-- You should set", f"{AJP.format(secret)}\n    <!-- You should set")


@pytest.fixture(scope="module")
def pair(installed: LabHosts) -> Iterator[list[Tomcat]]:
    """The document's Tomcats, started at once; the second one's AJP connector has a secret."""
    secrets = {"tomcat1": "", "tomcat2": ' secret="right"'}
    with ExitStack() as stack, ThreadPoolExecutor() as at_once:
        both = [
            stack.enter_context(letter.tomcat(installed, node, server_xml(secret), FILES))
            for node, secret in secrets.items()
        ]
        for done in at_once.map(lambda each: each.run("startup.sh"), both):
            assert done.code == 0
        for each in both:
            each.await_started()
        yield both


def seen_elsewhere(pair: list[Tomcat], application: str, sessions: int = 1) -> list[Visit]:
    """What the second node knows, a second later, of sessions that were begun on the first."""
    first, second = pair
    browsers = [Browser(first.door) for _ in range(sessions)]
    for browser in browsers:
        begun = browser.visit(f"/{application}/?put=here")
        assert begun.payload == "here", begun
    time.sleep(1)
    return [each.at(second.door).visit(f"/{application}/?peek=1") for each in browsers]


@pytest.mark.erratum("start-at-once", shows="failure")
def test_started_at_once_one_misses_the_sessions_of_the_other(pair: list[Tomcat]) -> None:
    """It was asked before its application was there, or waited while it asked itself."""
    asked, waited = "start-at-once", "No session state sent at"
    assert any(shown(asked, each.log) or waited in each.log for each in pair)


@pytest.mark.erratum("engine-standalone", shows="failure")
def test_an_engine_of_another_name_reads_other_files(pair: list[Tomcat]) -> None:
    for each in pair:
        assert Browser(each.door).get("/elsewhere/").status == 404
        assert not re.search(r"(?m)^localhost\.", each.on_host("ls logs"))


@pytest.mark.erratum("engine-standalone")
def test_catherds_engine_reads_what_it_always_read(installed: LabHosts) -> None:
    """Its page of the health check is deployed from conf/Catalina/localhost."""
    for node in NODES:
        assert Browser(installed.door(node, 8080)).get("/catherd-drain/state").status == 200


@pytest.mark.erratum("cluster-twice", "auto-bind", shows="failure")
def test_one_of_two_clusters_wins_and_its_receiver_moves(pair: list[Tomcat]) -> None:
    """The installed Tomcat has port 4000; nothing is said of the Cluster that is dropped."""
    for each in pair:
        assert each.log.count("Cluster is about to start") == 1
        bound = re.findall(r"Receiver Server Socket bound to:\[\S*/(\S+)\]", each.log)
        assert bound == [f"{each.hosts.address(each.node)}:4001"]
        assert "WARNING" not in each.log.partition("Cluster is about to start")[0]


@pytest.mark.erratum("cluster-twice", "auto-bind", "farm-in-engine")
def test_catherds_cluster_is_one_on_the_port_that_was_said(installed: LabHosts) -> None:
    """At its first start, by Catherd: hosts that boot at once start their Tomcats at once."""
    for node in NODES:
        log = installed.do(node, f"cat {letter.TOMCAT}/logs/catalina.*.log")
        boot = log[log.index("Server version name") :].partition("Server startup in")[0]
        bound = re.findall(r"Receiver Server Socket bound to:\[\S*/(\S+)\]", boot)
        assert bound == [f"{installed.address(node)}:4000"]
        assert "SEVERE" not in boot


@pytest.mark.erratum("farm-in-engine", shows="failure")
def test_the_deployer_complains(pair: list[Tomcat]) -> None:
    for each in pair:
        assert shown("farm-in-engine", each.log)


@pytest.mark.erratum("replication-not-waited-for", shows="failure")
def test_sessions_are_lost(pair: list[Tomcat]) -> None:
    lost = [each for each in seen_elsewhere(pair, "shop", SESSIONS) if each.payload != "here"]
    assert 0 < len(lost) < SESSIONS


@pytest.mark.erratum("distributable-missing", shows="failure")
def test_an_application_that_was_left_out_keeps_its_sessions(pair: list[Tomcat]) -> None:
    (there,) = seen_elsewhere(pair, "forgotten")
    assert (there.ok, there.existed) == (True, False)


@pytest.mark.erratum("web-fragment", shows="failure")
def test_a_library_turns_replication_off(pair: list[Tomcat]) -> None:
    (there,) = seen_elsewhere(pair, "library")
    assert (there.ok, there.existed) == (True, False)


@pytest.mark.erratum("not-serializable", shows="failure")
def test_what_cannot_be_copied_throws(pair: list[Tomcat]) -> None:
    reply = Browser(pair[0].door).get("/shop/thread.jsp")
    assert reply.status == 500
    assert shown("not-serializable", reply.body.decode())


@pytest.mark.erratum("distributable-place", shows="failure")
def test_below_web_app_is_not_where_the_old_dtd_wants_it(pair: list[Tomcat]) -> None:
    for each in pair:
        assert Browser(each.door).get("/old/").status == 404
        assert shown("distributable-place", each.log)


@pytest.mark.erratum("web-fragment", "distributable-place")
@pytest.mark.parametrize("application", ["mended-library", "mended-old"])
def test_mended_they_are_replicated(pair: list[Tomcat], application: str) -> None:
    """By a library that says so too, and by the place that Catherd chooses."""
    (there,) = seen_elsewhere(pair, application)
    assert there.existed


@pytest.mark.erratum("ajp-or-http", shows="failure")
def test_ajp_without_the_right_secret_answers_nobody(pair: list[Tomcat]) -> None:
    """The first node has no secret, and its port listens all the same; the second has another."""
    hosts = pair[0].hosts
    assert ":8009" in hosts.do("tomcat1", "ss -ltn")
    members = "".join(
        f"ProxyPass /{each.node}/ ajp://{hosts.address(each.node)}:8009/ secret=wrong ping=20\n"
        for each in pair
    )
    with letter.httpd(hosts, members, *letter.BALANCING) as server:
        assert server.run("-k start").code == 0
        client = Browser(server.door())
        letter.until(lambda: client.get("/").status, "httpd answers")
        answers = [client.get(f"/{each.node}/shop/").status for each in pair]
    assert answers == [503, 403]
