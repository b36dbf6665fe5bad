"""The report of an installation, and the files that it is saved to."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.engine.events import Tried
from installer.frontend.board import Board
from installer.frontend.conductor import Conductor
from installer.frontend.report import Report, report_of
from installer.frontend.report_files import as_json, markdown
from installer.frontend.report_saving import save
from installer.frontend.session import Session
from installer.frontend.where import Where
from runbook.errors import Failed
from runbook.text import use_language
from tests.engine.sessions import sessions_in_memory
from tests.engine.three_hosts import ThreeHosts

TRIAL = Tried("proof", "balancer", "A session survives", "kill | it", "200", "200 *x*", True, 1.5)


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ThreeHosts:
    return sessions_in_memory(tmp_path, monkeypatch)


@pytest.fixture
def session(hosts: ThreeHosts) -> Iterator[Session]:
    session = Session(Where(), None)  # type: ignore[arg-type]
    yield session
    session.journal.close()


def looked(session: Session) -> Board:
    return Board(Conductor(session, lambda event: None, lambda *_: True).look())


def line(report: Report, step: str, host: str) -> tuple[str, str]:
    found = next(each for each in report.lines if (each.step, each.host) == (step, host))
    return found.glyph, str(found.outcome)


def test_before_anything_was_done_it_says_so(session: Session) -> None:
    report = report_of(session, None)
    assert report.lines == ()
    assert not report.looked
    assert "not been looked at" in markdown(report)
    assert "No proof was seen" in markdown(report)


def test_what_was_done_comes_from_the_journal(hosts: ThreeHosts, session: Session) -> None:
    hosts.run(session.journal)
    report = report_of(session, None)
    assert line(report, "jdk", "tomcat1") == ("✓", "done")
    assert [each.host for each in report.lines if each.step == "jdk"] == ["tomcat1", "tomcat2"]
    assert all(each.seconds is not None for each in report.lines if each.outcome == "done")
    assert report.lines[0].step == "preflight"


def test_what_was_taken_back_since_is_told(hosts: ThreeHosts, session: Session) -> None:
    hosts.run(session.journal)
    hosts.rollback(wanted=lambda record: record.step == "profile", journal=session.journal)
    assert line(report_of(session, None), "profile", "tomcat1") == ("↩", "taken back")


def test_checks_come_from_a_look_at_the_hosts(hosts: ThreeHosts, session: Session) -> None:
    hosts.run(session.journal)
    report = report_of(session, looked(session))
    assert report.looked
    assert report.checks
    assert not report.failed
    hosts["tomcat1"].state.files.put("/etc/profile", b"# somebody was here\n")
    report = report_of(session, looked(session))
    assert {told.host for told in report.failed} == {"tomcat1"}
    text = markdown(report)
    assert f"{len(report.failed)} failed" in text
    for told in report.failed:
        assert str(told.finding.check.remedy).split()[0] in text
    assert line(report, "profile", "tomcat1") == ("○", "to do")


def test_a_failure_is_told_with_its_error(hosts: ThreeHosts, session: Session) -> None:
    def full(what: str) -> None:
        raise Failed("disk ``` full")

    hosts["tomcat1"].before = full
    hosts.run(session.journal)
    report = report_of(session, None)
    assert any("disk ``` full" in each.error for each in report.lines)
    assert "````\ndisk ``` full" in markdown(report)


def test_trials_stand_in_a_table_that_they_cannot_break(session: Session) -> None:
    text = markdown(report_of(session, None, [TRIAL]))
    (row,) = (each for each in text.splitlines() if "A session survives" in each)
    assert row == ("| ✓ | A session survives | kill \\| it | 200 | 200 \\*x\\* | 1.5 s |")


def test_programs_are_told_the_same_outcome_in_every_language(
    hosts: ThreeHosts, session: Session
) -> None:
    hosts.run(session.journal)
    report = report_of(session, None)
    use_language("zh")
    try:
        steps = json.loads(as_json(report))["steps"]
    finally:
        use_language(None)
    assert {each["outcome"] for each in steps} == {"done", "nothing to do"}
    assert "检查集群" in {each["title"] for each in steps}


def test_the_same_is_there_for_programs(hosts: ThreeHosts, session: Session) -> None:
    hosts.run(session.journal)
    document = json.loads(as_json(report_of(session, looked(session), [TRIAL])))
    assert document["cluster"] == "tomcatcluster"
    assert {each["outcome"] for each in document["steps"]} == {"done"}
    assert document["trials"][0]["ok"] is True
    assert all(check["ok"] or check["advice"] for check in document["checks"])
    assert document["evidence"][0]["place"].endswith("journal.db")


def test_saved_it_is_for_the_operator_only_and_part_of_the_evidence(
    session: Session, tmp_path: Path
) -> None:
    place = session.journal.path.parent
    paths = save(report_of(session, None, [TRIAL]), place)
    assert [path.suffix for path in paths] == [".md", ".html", ".json"]
    for path in paths:
        assert path.parent == place
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "A session survives" in paths[0].read_text("utf-8")
    assert "A session survives" in paths[1].read_text("utf-8")
    assert json.loads(paths[2].read_text("utf-8"))["trials"]
    evidence = {where for _, where in report_of(session, None).evidence}
    assert {str(path) for path in paths} <= evidence


def test_a_place_that_cannot_be_written_is_told(session: Session, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Failed, match="cannot be written"):
        save(report_of(session, None), tmp_path / "file" / "reports")
