"""``catherd train`` where no lab is needed: lists, questions, hints, what was learnt."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.frontend.training import progress
from installer.frontend.training.progress import Progress
from runbook.errors import BadInput
from runbook.training.faults import DRILLS
from runbook.training.lessons import LESSONS
from tests.engine.three_hosts import ThreeHosts
from tests.unit.cli.conftest import Run, document


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hosts: ThreeHosts) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def begin(kind: progress.Kind, id: str) -> None:
    known = Progress()
    known.begin(kind, id)
    progress.save(known)


def test_lessons_and_drills_are_listed(catherd_says: Run) -> None:
    lessons = document(catherd_says("train", "lessons", "--json"))["lessons"]
    assert [each["id"] for each in lessons] == [each.step for each in LESSONS]
    drills = document(catherd_says("train", "drills", "--json"))["drills"]
    assert len(drills) == len(DRILLS)
    assert "Internal Server Error" in catherd_says("train", "drills").output
    assert "proxypass-slash" in catherd_says("train", "document").output


@pytest.mark.parametrize("words", [("lesson", "nothing"), ("drill", "nothing"),
                                   ("document", "nothing"), ("document", "mv-nests")])  # fmt: skip
def test_what_there_is_not_is_told(catherd_says: Run, words: tuple[str, ...]) -> None:
    error = catherd_says("train", *words).exception
    assert isinstance(error, BadInput)
    assert "nothing" in str(error) or "cannot be shown" in str(error)
    assert error.remedy


@pytest.mark.parametrize("word", ["check", "hint", "solution", "watch", "reset", "question"])
def test_without_anything_under_way_one_is_told_how_to_begin(catherd_says: Run, word: str) -> None:
    error = catherd_says("train", word).exception
    assert isinstance(error, BadInput)
    assert "catherd train lesson" in str(error.remedy)


def test_questions_are_answered_by_their_numbers(catherd_says: Run) -> None:
    begin("lesson", "httpd-build")
    right = LESSONS[1].questions[0].right + 1
    wrong = right % 3 + 1
    assert catherd_says("train", "question", "1", str(wrong)).exit_code == 1
    told = catherd_says("train", "question", "1", str(right))
    assert told.exit_code == 0
    assert "✓ Right. " in told.output
    assert "✓ 1. " in catherd_says("train", "question").output
    for words in (("3", "1"), ("1", "4")):
        assert isinstance(catherd_says("train", "question", *words).exception, BadInput)
    assert progress.load().entry("lesson", "httpd-build").wrong_answers == 1


def test_three_hints_and_no_more(catherd_says: Run) -> None:
    begin("drill", "wrong-route")
    said = [catherd_says("train", "hint").output for _ in range(4)]
    assert [each[:11] for each in said[:3]] == ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3"]
    assert "no more hints" in said[3]
    assert "Hints: 3" in catherd_says("train", "summary").output
    assert document(catherd_says("train", "summary", "--json"))["current"] == "wrong-route"


def test_what_was_learnt_is_forgotten_when_that_is_wanted(catherd_says: Run) -> None:
    begin("drill", "wrong-route")
    assert isinstance(catherd_says("train", "forget").exception, BadInput)
    assert progress.load().current == "wrong-route"
    assert catherd_says("train", "forget", "--yes").exit_code == 0
    assert progress.load() == Progress()
