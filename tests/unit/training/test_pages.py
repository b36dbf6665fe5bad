"""What a learner reads."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from installer.engine.change import Change
from installer.engine.plan import Finding, StepPlan
from installer.frontend.training import pages
from installer.frontend.training.pages import Line
from installer.frontend.training.trainer import Followed, lesson_of, shown_of
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
