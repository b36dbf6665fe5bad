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
