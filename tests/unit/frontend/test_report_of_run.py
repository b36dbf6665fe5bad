"""The evidence of one run: what was recorded while it went, and how it is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.engine import events
from installer.engine.secrecy import DOTS
from installer.engine.witness import FIRST, LAST, Witness
from installer.frontend.report_files import as_json, markdown
from installer.frontend.report_of_run import chosen_run, report_of_run
from installer.frontend.report_page import html
from installer.frontend.session import Session
from installer.frontend.where import Where
from runbook.errors import BadInput, Failed
from tests.engine.sessions import sessions_in_memory
from tests.engine.three_hosts import ThreeHosts
from tests.unit.export.test_documents import Page


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ThreeHosts:
    return sessions_in_memory(tmp_path, monkeypatch)


@pytest.fixture
def session(hosts: ThreeHosts) -> Iterator[Session]:
    session = Session(Where(), None)  # type: ignore[arg-type]
    yield session
    session.journal.close()


def test_it_tells_who_when_and_what_each_step_did(hosts: ThreeHosts, session: Session) -> None:
    ran = hosts.run(session.journal)
    assert ran.ok
    session.journal.end_run("run1", True)
    report = report_of_run(session, chosen_run(session, None))
    assert report.run is not None
    assert report.run.ok
    lines = {(line.step, line.host): line for line in report.lines}
    assert set(lines) == set(ran.outcomes())
    assert "jvmRoute" in lines["server-xml", "tomcat1"].changes[-1].diff
    assert lines["httpd-build", "balancer"].changes[0].done
    assert report.looked
    assert not report.failed
    told = {(told.step, told.host, told.finding.check.id) for told in report.checks}
    assert ("jdk", "tomcat2", "jdk-version") in told
    assert ("preflight", "tomcat1", "ports") in told, "a step with nothing to do was looked at too"


def test_what_failed_says_what_was_seen(hosts: ThreeHosts, session: Session) -> None:
    def full(what: str) -> None:
        raise Failed("the disk is full")

    hosts["tomcat1"].before = full
    assert not hosts.run(session.journal).ok
    report = report_of_run(session, chosen_run(session, None))
    assert not report.run or report.run.ok is not True
    assert "the disk is full" in html(report)
    assert "✗ failed" in markdown(report)


def test_no_secret_is_in_it(hosts: ThreeHosts, session: Session) -> None:
    hosts.run(session.journal)
    report = report_of_run(session, chosen_run(session, None))
    secrets = hosts.secrets()
    assert secrets
    for text in (html(report), as_json(report), markdown(report)):
        assert not any(secret in text for secret in secrets.values())
    assert DOTS in html(report)


def test_the_page_is_whole(hosts: ThreeHosts, session: Session) -> None:
    hosts.run(session.journal)
    page = Page(html(report_of_run(session, chosen_run(session, None))))
    assert page.outside == []
    assert set(page.links) == {"timeline", "done", "checks", "proof", "evidence"}
    assert set(page.links) <= set(page.ids)


def test_programs_get_the_same(hosts: ThreeHosts, session: Session) -> None:
    hosts.run(session.journal)
    run = chosen_run(session, None)
    document = json.loads(as_json(report_of_run(session, run)))
    assert document["run"]["id"] == run.id
    build = next(each for each in document["steps"] if each["step"] == "httpd-build")
    assert build["changes"][0]["done"] is True
    assert {each["ok"] for each in document["checks"]} == {True}


def test_a_run_is_found_by_its_name(hosts: ThreeHosts, session: Session) -> None:
    with pytest.raises(BadInput, match="Nothing was done"):
        chosen_run(session, None)
    hosts.run(session.journal)
    hosts.run(session.journal)
    assert chosen_run(session, None).id == "run2"
    assert chosen_run(session, "run1").id == "run1"
    with pytest.raises(BadInput, match="There is no run nothing"):
        chosen_run(session, "nothing")


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"output": 1, "checks": 2}', '{"trials": [1]}'])
def test_damaged_evidence_is_passed_over(hosts: ThreeHosts, session: Session, damage: str) -> None:
    hosts.run(session.journal)
    session.journal._write("update evidence set seen = ?", (damage,))
    report = report_of_run(session, chosen_run(session, None))
    assert report.lines
    assert report.checks == ()
    assert html(report)


def test_a_run_of_an_older_catherd_says_that_nothing_was_kept(
    hosts: ThreeHosts, session: Session
) -> None:
    hosts.run(session.journal)
    session.journal._write("delete from evidence", ())
    assert "No checks of it were kept." in html(report_of_run(session, chosen_run(session, None)))


def heard(session: Session, *chunks: bytes) -> str:
    session.journal.begin_run("r", "run", "{}", "0")
    witness = Witness(session.journal, "r", str, lambda event: None)
    witness(events.Output("jdk", "tomcat1", b"before it began"))
    witness(events.StepStarted("jdk", "tomcat1"))
    for chunk in chunks:
        witness(events.Output("jdk", "tomcat1", chunk))
    witness(events.StepDone("jdk", "tomcat1", "done", 1.0))
    return str(session.journal.evidence("r")["jdk", "tomcat1"]["output"])


def test_what_was_printed_is_kept(session: Session) -> None:
    assert heard(session, b"caf\xc3", b"\xa9\n") == "café\n"


def test_of_endless_output_beginning_and_end_are_kept(session: Session) -> None:
    output = heard(session, b"first\n", *[b"x" * 9_999 + b"\n"] * 100, b"last\n")
    assert output.startswith("first\n")
    assert output.endswith("last\n")
    assert len(output) < FIRST + 2 * LAST + 100
    assert "…" in output


def test_what_cannot_be_kept_does_not_end_a_run(hosts: ThreeHosts, session: Session) -> None:
    session.journal._write("drop table evidence", ())
    assert hosts.run(session.journal).ok
