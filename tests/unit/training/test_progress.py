"""What was learnt: kept between two calls, and summed up."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import pytest

from installer.frontend.training import pages, progress
from installer.frontend.training.pages import Line
from installer.frontend.training.progress import Progress
from runbook.errors import BadInput
from runbook.training.faults import DRILLS
from runbook.training.lessons import LESSONS


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def test_nothing_is_known_at_first() -> None:
    assert progress.load() == Progress()


def test_what_was_begun_and_done_is_kept() -> None:
    known = Progress()
    known.begin("lesson", "jdk").answered.append(0)
    known.entry("lesson", "jdk").hints = 2
    known.finish("self")
    known.begin("drill", "wrong-route")
    known.hosts = "installed"
    progress.save(known)
    assert progress.load() == known
    entry = progress.load().begin("lesson", "jdk")
    assert not entry.done
    assert entry.answered == [0], "who answered once need not do so again"


def test_the_first_way_in_which_it_was_done_counts() -> None:
    known = Progress()
    known.begin("drill", "wrong-route")
    assert known.finish("shown").way == "shown"
    assert known.finish("self").way == "shown"


def test_who_begins_again_keeps_what_was_done() -> None:
    known = Progress()
    known.begin("lesson", "jdk")
    known.finish("self")
    known.begin("lesson", "jdk")
    assert known.unfinished
    row = next(each for each in pages.lesson_rows(known) if each.id == "jdk")
    assert (row.mark, str(row.note)) == ("✓", "begun again")
    assert "Lessons: 1 of 15; 1 of them by yourself." in told(pages.summary_page(known))
    known.finish("shown")
    known.begin("lesson", "jdk")
    assert known.entry("lesson", "jdk").earlier == "self", "the better way counts"


ODD = '{"lessons": {"jdk": {"x": 1}}, "drills": {}, "kind": null, "current": "", "hosts": ""}'


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"lessons": 1}', ODD])
def test_a_file_that_is_none_of_ours_is_told(text: str) -> None:
    progress.save(Progress())
    progress.progress_file().write_text(text)
    with pytest.raises(BadInput, match="cannot be read"):
        progress.load()
    progress.forget()
    assert progress.load() == Progress()


def told(lines: Iterable[Line]) -> str:
    return "\n".join(str(line.text) for line in lines)


def test_the_summary_counts_lessons_drills_time_and_hints() -> None:
    known = Progress()
    done: list[tuple[Literal["lesson", "drill"], str, Literal["self", "shown"], float]] = [
        ("lesson", "jdk", "self", 65.0),
        ("lesson", "profile", "shown", 5.0),
        ("drill", "wrong-route", "self", 60.0),
        ("drill", "no-such-drill-any-more", "self", 0.0),
    ]
    for kind, id, way, seconds in done:
        entry = known.begin(kind, id)
        entry.hints = 1
        known.finish(way)
        entry.seconds = seconds
    said = told(pages.summary_page(known))
    assert f"Lessons: 2 of {len(LESSONS)}; 1 of them by yourself." in said
    assert f"Drills: 2 of {len(DRILLS)}; 2 of them by yourself." in said
    assert "Time: 2:10. Hints: 4." in said
    assert "✓ Install the JDK" in said


def test_a_drill_that_is_not_done_does_not_give_its_fault_away() -> None:
    known = Progress()
    titles = {row.id: str(row.title) for row in pages.drill_rows(known)}
    for fault in DRILLS:
        assert str(fault.title) not in titles[fault.id]
    known.begin("drill", "wrong-route")
    known.finish("self")
    (row,) = [each for each in pages.drill_rows(known) if each.id == "wrong-route"]
    assert row.mark == "✓"
    assert "the route of a member" in str(row.title)
