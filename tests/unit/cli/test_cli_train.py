"""``catherd train`` where no lab is needed: lists, questions, hints, what was learnt."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

import pytest

from installer.cli import asking, training
from installer.cli.opening import Unattended
from installer.frontend.training import faults, progress
from installer.frontend.training.classroom import Classroom
from installer.frontend.training.progress import Progress
from installer.frontend.training.trainer import Trainer
from runbook.errors import BadInput
from runbook.text import Text
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
    shown = catherd_says("train", "drills").output
    assert "1. “The start page comes up" in shown
    assert not [each.id for each in DRILLS if each.id in shown], "a name gives its drill away"
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


def test_a_drill_is_named_by_its_number_as_its_name_gives_it_away(
    catherd_says: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Classroom, "installed", lambda room, options: None)
    monkeypatch.setattr(faults, "plant", lambda session, fault: None)
    monkeypatch.setattr(Classroom, "open", lambda room: nullcontext())
    assert "Drill 2: somebody reports" in catherd_says("train", "drill", "2").output
    assert progress.load().current == DRILLS[1].id
    error = catherd_says("train", "drill", str(len(DRILLS) + 1)).exception
    assert isinstance(error, BadInput)
    assert "catherd train drills" in str(error.remedy)


class Answers:
    """Somebody at the menus: chooses by what an entry says, and keeps what was offered."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: str | bool) -> None:
        self.left, self.offered, self.likely = list(answers), list[str](), list[str | None]()
        monkeypatch.setattr(asking, "choose", self.choose)
        monkeypatch.setattr(asking, "confirm", self.confirm)

    def choose(self, label: Text, choices: Mapping[str, Text], default: str | None = None) -> str:
        wanted = self.left.pop(0)
        self.offered += [str(label), *(str(each) for each in choices.values())]
        self.likely.append(default)
        return next(id for id, words in choices.items() if str(wanted) in str(words))

    def confirm(self, label: Text, default: bool) -> bool:
        self.offered.append(str(label))
        answer = self.left.pop(0)
        assert isinstance(answer, bool)
        return answer


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A classroom in which nothing happens; what would have happened there."""
    done: list[str] = []
    monkeypatch.setattr(Classroom, "stand", lambda room: None)
    monkeypatch.setattr(Classroom, "at_lesson", lambda room, step: done.append(step.id))
    monkeypatch.setattr(Trainer, "solution", lambda trainer, step: ())
    monkeypatch.setattr(Trainer, "hosts", lambda trainer, step="": ("tomcat1",))
    monkeypatch.setattr(training, "shell", lambda trainer, host: done.append(host))
    return done


def menu() -> None:
    training.menu(Trainer(Unattended(), lambda text: None))


def test_the_menu_goes_on_with_a_drill_without_giving_it_away(
    room: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin("drill", "wrong-route")
    somebody = Answers(monkeypatch, "Go on with “Drill 2”", "shell on tomcat1", "Back", "Leave")
    menu()
    assert room == ["tomcat1"]
    assert somebody.likely[2] == "check", "who leaves a shell wants to know"
    assert not any("wrong-route" in each for each in somebody.offered)


def test_the_menu_throws_no_work_away_unasked(
    room: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin("lesson", "jdk")
    somebody = Answers(monkeypatch, "Lessons", "Install Tomcat", False, "Go on",
                       "Back to the start", False, "Back to the start", True,
                       "Back to the menu", "Leave")  # fmt: skip
    menu()
    assert room == ["jdk"]
    assert any("“Install the JDK” is not done" in each for each in somebody.offered)


def test_a_question_can_be_left_for_later(room: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    begin("lesson", "jdk")
    Answers(monkeypatch, "Go on", "Answer the questions", "Later", "Back to the menu", "Leave")
    menu()
    assert progress.load().lessons["jdk"].answered == []
