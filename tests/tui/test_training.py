"""Training in the wizard: lists, a lesson that is done, a drill that is found, a shell."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from installer.engine.events import Tried
from installer.frontend.session import Session
from installer.frontend.training import faults, progress
from installer.frontend.training.classroom import Classroom
from installer.frontend.training.trainer import Trainer
from installer.tui.app import CatherdApp
from installer.tui.screens.exercise import ExerciseScreen
from installer.tui.screens.training import TrainingScreen
from runbook.errors import Failed
from runbook.step import Step
from runbook.steps import RUNBOOK
from runbook.training.fault import On
from runbook.training.lessons import LESSONS
from tests.engine.three_hosts import ThreeHosts
from tests.tui.stage import SMALL, USUAL, Stage, play

CONF = "/usr/local/apache/conf/extra/httpd-modproxy.conf"


def a_lab(place: Path) -> None:
    """Files of a lab; its hosts are in memory."""
    place = place / "state" / "catherd" / "labs" / "training"
    (place / "host_keys").mkdir(parents=True)
    hosts = [
        {"name": name, "role": role, "address": f"192.168.232.{at}", "ssh_port": at,
         "asks_password": name == "tomcat2"}
        for at, (name, role) in enumerate(
            [("balancer", "balancer"), ("tomcat1", "tomcat"), ("tomcat2", "tomcat")], 4)
    ]  # fmt: skip
    kept = {"name": "training", "subnet": "192.168.232.0/24", "hosts": hosts}
    (place / "lab.json").write_text(json.dumps(kept))
    (place / "sudo_password").write_text("secret-word\n")
    for key in ("id_ed25519", *(f"host_keys/{host['name']}" for host in hosts)):
        (place / key).touch()


@pytest.fixture
def room(tmp_path: Path, hosts: ThreeHosts, monkeypatch: pytest.MonkeyPatch) -> ThreeHosts:
    """A classroom whose hosts are in memory: what Podman would do, the engine does there."""
    a_lab(tmp_path)

    def at_lesson(room: Classroom, step: Step) -> None:
        for before in RUNBOOK[: RUNBOOK.index(step)]:
            assert room.run(before)

    def installed(room: Classroom, options: object = None) -> None:
        assert room.run()

    def carry_out(session: Session, wanted: Iterable[On]) -> str:
        files = hosts.hosts["balancer"].files
        data = files[CONF].data or b""
        broken = b"nofailover=On" in data
        old, new = (b"=On\n", b"=Off\n") if broken else (b"nofailover=Off", b"nofailover=On")
        files.put(CONF, data.replace(old, new) if not broken else data.replace(
            b"nofailover=On", b"nofailover=Off"))  # fmt: skip
        return ""

    monkeypatch.setattr(Classroom, "at_lesson", at_lesson)
    monkeypatch.setattr(Classroom, "stand", lambda room: None)
    monkeypatch.setattr(Classroom, "installed", installed)
    monkeypatch.setattr(faults, "carry_out", carry_out)
    return hosts


@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_three_lists_and_how_far_one_is(size: tuple[int, int]) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("Do each step of the runbook yourself", "Install the JDK",
                                f"Lessons: 0/{len(LESSONS)}")  # fmt: skip
        stage.assert_fits()
        await stage.press("d")
        await stage.until_shown("Somebody reports a fault", "The start page comes up")
        stage.assert_fits()
        await stage.press("w")
        await stage.until_shown("The document says this", "ProxyPass / balancer://tomcatcluster")
        stage.assert_fits()
        await stage.press("s")
        await stage.until_shown("What you have learnt", "Lessons: 0 of")
        stage.assert_fits()

    play(story, start="training", size=size)


def test_home_leads_there() -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("Training")
        await stage.press("t")
        await stage.until(lambda: isinstance(stage.app.screen, TrainingScreen))

    play(story)


@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_a_lesson_is_judged_hinted_shown_and_done(room: ThreeHosts, size: tuple[int, int]) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("Do each step")
        await stage.press("down", "down", "down", "down", "enter")
        await stage.until_shown("The hosts are ready")
        stage.assert_fits()
        await stage.press("c")
        await stage.until_shown("✗ tomcat1: a login shell runs this JDK",
                                "Checks that do not hold yet",
                                "Questions that are still open: 1")  # fmt: skip
        stage.assert_fits()
        await stage.press("h")
        await stage.until_shown("Hint 1 of 3: /etc/profile is shell")
        await stage.press("d")
        await stage.until_shown("+JAVA_HOME=")
        stage.assert_fits()
        await stage.press("q")
        await stage.until_shown("For whom does it hold?")
        stage.assert_fits()
        await stage.press("enter")
        await stage.until_shown("✗ No; think of it again.", "For whom does it hold?")
        await stage.press("down", "enter")
        await stage.until_shown("✓ Right. Only login shells read the file.")
        await stage.press("w")
        await stage.until_shown("✓ All checks hold: 2.", "Done by Catherd")
        await stage.press("n")
        await stage.until_shown("Lesson 6: Install Tomcat")
        await stage.until_shown("The hosts are ready")
        await stage.press("escape")
        await stage.until_shown(f"Lessons: 1/{len(LESSONS)}")

    play(story, start="training", size=size)
    entry = progress.load().lessons["profile"]
    assert (entry.way, entry.hints, entry.wrong_answers) == ("shown", 3, 1)


@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_a_drill_does_not_tell_where_and_explains_afterwards(
    room: ThreeHosts, size: tuple[int, int]
) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("Do each step")
        await stage.press("d")
        await stage.until_shown("Somebody reports a fault")
        await stage.press("down", "down", "down", "enter")
        await stage.until_shown("Drill 4: somebody reports", "It is broken now")
        stage.assert_fits()
        await stage.press("c")
        await stage.until_shown("Checks that do not hold yet")
        assert "as installed" not in stage.text()
        faults.carry_out(None, ())  # type: ignore[arg-type]  # what the learner does in a shell
        await stage.press("c")
        await stage.until_shown("Done in ", "nofailover=On: sessions of a dead node")
        stage.assert_fits()

    play(story, start="training", size=size)
    assert progress.load().drills["nofailover-on"].way == "self"


def test_a_drill_is_not_done_until_the_proof_holds(
    room: ThreeHosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials = [trial(ok=False, seen="a new session"), trial(ok=True, seen="the same session")]
    monkeypatch.setattr(Classroom, "prove", lambda room: (trials.pop(0),))

    async def story(stage: Stage) -> None:
        drill = ExerciseScreen(trainer_of(stage), "drill", "nofailover-on")
        stage.app.push_screen(drill)
        await stage.until_shown("It is broken now")
        faults.carry_out(None, ())  # type: ignore[arg-type]  # what the learner does in a shell
        await stage.press("c")
        await stage.until_shown("All checks hold", "✗ a node dies", "seen: a new session")
        assert "Done in" not in stage.text()
        await stage.press("c")
        await stage.until_shown("The proof holds: 1 trials", "Done in ")

    play(story, start="training", size=USUAL)
    assert progress.load().drills["nofailover-on"].tries == 2


def trial(*, ok: bool, seen: str) -> Tried:
    return Tried("proof", "balancer", "a node dies", "kill", "the same session", seen, ok, 1.0)


def test_where_a_terminal_cannot_be_lent_the_command_is_told(room: ThreeHosts) -> None:
    async def story(stage: Stage) -> None:
        stage.app.push_screen(ExerciseScreen(trainer_of(stage), "lesson", "profile"))
        await stage.until_shown("The hosts are ready")
        await stage.press("o")
        await stage.until_shown("On which host?", "tomcat1", "tomcat2")
        assert "balancer" not in stage.text().partition("On which host?")[2][:200]
        await stage.press("down", "enter")
        await stage.until_shown("Elsewhere, type:", "ssh -F")

    play(story, start="training", size=USUAL)


def test_what_is_under_way_is_taken_up_and_not_thrown_away_unasked(room: ThreeHosts) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("Do each step")
        await stage.press("down", "down", "down", "down", "enter")
        await stage.until_shown("The hosts are ready")
        await stage.press("h", "escape")
        await stage.until_shown("Environment of login shells  begun")
        began = progress.load().lessons["profile"].began
        await stage.press("enter")
        await stage.until_shown("“Environment of login shells” is under way", "Begin this one")
        stage.assert_fits()
        await stage.press("enter")
        await stage.until_shown("Lesson 5: Environment of login shells", "The hosts are ready")
        entry = progress.load().lessons["profile"]
        assert (entry.began, entry.hints) == (began, 1), "it goes on, and does not begin anew"
        await stage.press("escape", "d", "enter")
        await stage.until_shown("is under way", "Begin this one")
        await stage.press("escape")
        await stage.until_shown("Somebody reports a fault")
        assert progress.load().current == "profile"

    play(story, start="training", size=SMALL)


def test_the_trainer_does_one_thing_at_a_time_whatever_screen_one_is_on(
    room: ThreeHosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, begun = threading.Event(), list[str]()

    def at_lesson(room: Classroom, step: Step) -> None:
        begun.append(step.id)
        assert go.wait(30)

    monkeypatch.setattr(Classroom, "at_lesson", at_lesson)

    async def story(stage: Stage) -> None:
        await stage.until_shown("Do each step")
        await stage.press("down", "down", "enter")
        await stage.until_shown("Bringing the hosts to the start")
        await stage.press("escape", "down", "enter")
        await stage.until_shown("Something is running on the hosts")
        await stage.press("enter")
        go.set()
        await stage.until(lambda: progress.load().current == "httpd-service")

    play(story, start="training", size=SMALL)
    assert begun == ["httpd-service"]


def test_what_could_not_begin_is_begun_again_by_a_key(
    room: ThreeHosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = Classroom.at_lesson
    asked = list[str]()

    def at_lesson(room: Classroom, step: Step) -> None:
        asked.append(step.id)
        if len(asked) == 1:
            raise Failed("No space left for the lab.")
        there(room, step)

    monkeypatch.setattr(Classroom, "at_lesson", at_lesson)

    async def story(stage: Stage) -> None:
        stage.app.push_screen(ExerciseScreen(trainer_of(stage), "lesson", "profile"))
        await stage.until_shown("This did not work", "Close")
        await stage.press("enter")
        await stage.until_shown("r tries again", "Reset")
        await stage.press("r")
        await stage.until_shown("The hosts are ready")
        assert "No space left" not in stage.text()

    play(story, start="training", size=SMALL)
    assert asked == ["profile", "profile"]


@pytest.mark.parametrize(("size", "told"), [(SMALL, True), ((120, 90), False)])
def test_tasks_that_are_out_of_sight_are_pointed_at(
    room: ThreeHosts, size: tuple[int, int], told: bool
) -> None:
    async def story(stage: Stage) -> None:
        stage.app.push_screen(ExerciseScreen(trainer_of(stage), "lesson", "profile"))
        await stage.until_shown("The hosts are ready")
        if told:
            await stage.until_shown("further down")
            await stage.press("end")
        await stage.until_shown("What is to be done")
        assert ("further down" in stage.text()) is told

    play(story, start="training", size=size)


@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_all_keys_of_a_lesson_have_room(room: ThreeHosts, size: tuple[int, int]) -> None:
    async def story(stage: Stage) -> None:
        stage.app.push_screen(ExerciseScreen(trainer_of(stage), "lesson", "profile"))
        await stage.until_shown("The hosts are ready")
        assert all(each in stage.lines()[-1] for each in ("Questions", "Watch", "Reset"))
        await stage.press("w")
        await stage.until_shown("Done by Catherd")
        assert all(each in stage.lines()[-1] for each in ("Questions", "Reset", "Next"))
        assert "Watch" not in stage.lines()[-1], "it is done"

    play(story, start="training", size=size)


@pytest.mark.parametrize(("code", "told"), [(255, True), (0, False), (1, False), (127, False)])
def test_a_shell_that_could_not_be_opened_is_told(
    room: ThreeHosts, monkeypatch: pytest.MonkeyPatch, code: int, told: bool
) -> None:
    def ended(words: list[str], *, check: bool) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(words, code)

    resumed: list[bool] = []

    @contextmanager
    def suspend(app: CatherdApp) -> Iterator[None]:
        """As Textual's: what is raised within leaves the screen dark."""
        yield
        resumed.append(True)

    monkeypatch.setattr(CatherdApp, "suspend", suspend)
    monkeypatch.setattr(subprocess, "run", ended)

    async def story(stage: Stage) -> None:
        stage.app.push_screen(ExerciseScreen(trainer_of(stage), "lesson", "profile"))
        await stage.until_shown("The hosts are ready")
        await stage.press("o")
        await stage.until_shown("On which host?")
        await stage.press("enter")
        await stage.until_shown("Mend the lab:" if told else "c checks")
        assert ("No shell on tomcat1" in stage.text()) is told
        assert resumed == [True]
        stage.assert_fits()

    play(story, start="training", size=SMALL)


def trainer_of(stage: Stage) -> Trainer:
    screen = stage.app.screen
    assert isinstance(screen, TrainingScreen)
    assert screen.trainer is not None
    return screen.trainer


def test_what_was_learnt_and_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = progress.progress_file()
    path.parent.mkdir(parents=True)
    path.write_text("{")

    async def story(stage: Stage) -> None:
        await stage.until_shown("cannot be read", "Move this file away")

    play(story, start="training")
