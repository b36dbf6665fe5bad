"""What a learner reads."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from installer.engine.change import Change
from installer.engine.plan import Finding, StepPlan
from installer.frontend.training import pages
from installer.frontend.training.pages import Line
from installer.frontend.training.progress import Progress
from installer.frontend.training.syllabus import lesson_of, shown_of
from installer.frontend.training.trainer import Followed
from runbook.check import Check, Verdict


def told(lines: Iterable[Line]) -> str:
    return "\n".join(str(line.text) for line in lines)


def test_what_http_says_is_shown_without_the_ends_of_its_lines() -> None:
    id = "proxypass-slash"
    seen = Followed("HTTP/1.1 500 Internal Server Error\r\n\r\nAH01144", True, ())
    said = told(pages.followed_page(id, shown_of(id), seen))
    assert "Internal Server Error\n" in said
    assert "\ufffd" not in said


@pytest.mark.parametrize("holds", [True, False])
def test_nothing_is_missing_where_the_checks_hold_whatever_catherd_would_do(holds: bool) -> None:
    change = Change(kind="unpack", target="/usr/java", summary="unpack it", why="")
    check = Check(id="jdk", title="", probes=(), judge=lambda seen: Verdict(holds, ""), expected="",
                  usual_cause="", remedy="")  # fmt: skip
    finding = Finding(check, Verdict(holds, ""))
    plan = StepPlan(lesson_of("jdk")[1], "tomcat1", (change,), (finding,))
    assert ("unpack it" in told(pages.tasks_page([plan]))) is not holds
    assert ("Nothing is missing." in told(pages.tasks_page([plan]))) is holds


def test_lessons_and_drills_are_numbered_as_their_pages_are() -> None:
    progress = Progress()
    titles = [str(row.title) for row in pages.lesson_rows(progress)]
    assert titles[0].startswith("1. ")
    assert str(pages.drill_rows(progress)[1].title).startswith("2. ")
    for title in titles:
        step = lesson_of(pages.lesson_rows(progress)[titles.index(title)].id)[1]
        assert f"Lesson {title.partition('.')[0]}: " in told(pages.lesson_page(step, None))


def test_lines_are_explained_after_what_is_to_be_done() -> None:
    described, step = lesson_of("modproxy")
    change = Change(kind="put", target="/etc/a", summary="write it", why="because")
    lines = list(pages.lesson_page(step, [StepPlan(step, "balancer", (change,), ())]))
    heading = next(n for n, each in enumerate(lines) if str(each.text) == "What the lines mean")
    assert "write it" in told(lines[:heading])
    explained = lines[heading + 1 :]
    assert [each.kind for each in explained] == ["code", "more"] * len(described.lines)
    assert [each.text for each in explained[::2]] == [each.text for each in described.lines]
    assert [each.text for each in explained[1::2]] == [each.why for each in described.lines]
    assert "What the lines mean" not in told(pages.lesson_page(step, None))


def test_where_no_lines_are_written_none_are_explained() -> None:
    _, step = lesson_of("start-httpd")
    assert "What the lines mean" not in told(pages.lesson_page(step, []))
