"""The runbook, by keyboard alone: approve, watch, skip, verify, fail, retry, leave."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from installer.frontend.board import Board
from installer.tui.screens.runbook import RunbookScreen
from installer.tui.widgets.log_view import LogView
from runbook.errors import Failed
from tests.engine.three_hosts import ThreeHosts
from tests.tui.stage import LARGE, SMALL, USUAL, Stage, play

Story = Callable[[Stage], Awaitable[None]]


def on_the_runbook(story: Story, size: tuple[int, int] = SMALL) -> None:
    async def whole(stage: Stage) -> None:
        opened: list[bool] = []
        stage.app.open_cluster(lambda: opened.append(True))
        await stage.until(lambda: opened)
        stage.app.show("runbook")
        await stage.until(
            lambda: isinstance(stage.screen, RunbookScreen) and stage.screen.is_mounted
        )
        await stage.until_shown("steps done")
        await story(stage)

    play(whole, size=size)


def board(stage: Stage) -> Board:
    assert stage.app.board is not None
    return stage.app.board


def full(what: str) -> None:
    raise Failed("the disk is full", "tomcat1", "make room")


async def done(stage: Stage, *steps: str) -> None:
    await stage.until(lambda: all(board(stage).state_of(step) == "done" for step in steps))


@pytest.mark.parametrize("size", [SMALL, USUAL, LARGE])
def test_every_step_is_listed_and_the_first_due_one_is_shown(
    hosts: ThreeHosts, size: tuple[int, int]
) -> None:
    async def story(stage: Stage) -> None:
        stage.assert_fits()
        text = stage.text()
        for number in range(1, 16):
            assert f" {number} " in text
        assert "to do" in text
        assert "apt-get" in text, "the preview of the first step"

    on_the_runbook(story, size)


def test_the_five_sides_of_a_step(hosts: ThreeHosts) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("down")
        for key, shown in (
            ("1", "On each host after: Look before touching anything"),
            ("2", "configure"),
            ("3", "nothing printed yet"),
            ("4", "expected"),
            ("5", "The document"),
        ):
            await stage.press(key)
            await stage.until_shown(shown)
            stage.assert_fits()
        await stage.press("right")
        await stage.until_shown("On each host after")
        await stage.press("left")
        await stage.until_shown("The document")

    on_the_runbook(story, USUAL)


def test_a_step_runs_when_it_is_approved_and_the_next_one_is_chosen(hosts: ThreeHosts) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("a")
        await done(stage, "preflight")
        assert board(stage).state_of("httpd-build") == "todo"
        assert isinstance(stage.screen, RunbookScreen)
        assert stage.screen.steps.chosen == "httpd-build"
        await stage.press("enter")
        await done(stage, "httpd-build")

    on_the_runbook(story)


def test_other_steps_go_on_while_apache_compiles(hosts: ThreeHosts) -> None:
    compiled = threading.Event()
    hosts["balancer"].guard = threading.RLock()
    build = hosts["balancer"].build

    def slow(host: object, job: object) -> object:
        assert compiled.wait(20)
        return build(host, job)  # type: ignore[arg-type]

    hosts["balancer"].build = slow  # type: ignore[assignment]

    async def story(stage: Stage) -> None:
        await stage.press("a", "a")
        await stage.until(lambda: board(stage).state_of("httpd-build") == "running")
        await stage.until_shown("▶")
        await stage.press("down", "a")
        await done(stage, "jdk")
        assert board(stage).state_of("httpd-build") == "running"
        compiled.set()
        await done(stage, "httpd-build")

    on_the_runbook(story)


def test_all_steps_up_to_here_and_all_from_here(
    hosts: ThreeHosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: list[str] = []
    monkeypatch.setattr(RunbookScreen, "action_go", lambda screen, name: gone.append(name))

    async def story(stage: Stage) -> None:
        await stage.press("down", "down", "down", "A")
        await done(stage, "preflight", "httpd-build", "httpd-service", "jdk")
        assert board(stage).state_of("profile") == "todo"
        await stage.press("down", "u")
        await stage.until(lambda: board(stage).finished, 30)
        await stage.until(lambda: gone == ["report"])

    on_the_runbook(story)


def test_a_step_is_skipped_and_what_needs_it_can_run(hosts: ThreeHosts) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("s")
        await stage.until(lambda: "skipped" in stage.text())
        await stage.press("down", "down", "a")
        await done(stage, "jdk")

    on_the_runbook(story)


def test_an_approved_step_says_what_it_waits_for(hosts: ThreeHosts) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("down", "a", "up")
        await stage.until_shown("Approved; waits for: Look before touching anything")
        await stage.press("up", "a")
        await done(stage, "preflight", "httpd-build")

    on_the_runbook(story, USUAL)


def test_a_failure_is_told_and_the_step_is_tried_again(hosts: ThreeHosts) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("a")
        await done(stage, "preflight")
        hosts["tomcat1"].before = full
        await stage.press("down", "down", "a")
        await stage.until_shown("Failure", "the disk is full", "→ make room", "What now?")
        stage.assert_fits()
        hosts["tomcat1"].before = lambda what: None
        await stage.press("r")
        await done(stage, "jdk")
        assert isinstance(stage.screen, RunbookScreen)

    on_the_runbook(story)


def test_a_failure_is_looked_at_again_and_left(hosts: ThreeHosts) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("a")
        await done(stage, "preflight")
        hosts["tomcat1"].before = full
        await stage.press("down", "down", "a")
        await stage.until_shown("the disk is full")
        await stage.press("escape")
        await stage.until_shown("✗")
        await stage.press("f")
        await stage.until_shown("the disk is full", "not begun")
        await stage.press("escape", "escape")
        await stage.until_shown("A run is going on")
        await stage.press("down", "enter")
        await stage.until(lambda: stage.app.conductor and not stage.app.conductor.at_work)
        assert hosts["tomcat1"].holder is None

    on_the_runbook(story)


def test_what_changed_since_the_preview_is_shown_and_asked_about(hosts: ThreeHosts) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("down", "down", "down", "A")
        await done(stage, "jdk", "httpd-service")
        hosts["tomcat1"].files.put("/etc/profile", b"# somebody was here\n")
        await stage.press("down", "a")
        await stage.until_shown("tomcat1 has changed since the preview")
        assert "somebody was here" in stage.text()
        await stage.press("down", "enter")
        await done(stage, "profile")

    on_the_runbook(story, USUAL)


def test_the_checks_of_a_step_are_made_again(hosts: ThreeHosts) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("down", "down", "down", "down", "A")
        await done(stage, "profile", "httpd-service")
        hosts["tomcat1"].files.put("/etc/profile", b"# somebody was here\n")
        await stage.press("v")
        await stage.until(lambda: board(stage).cells["profile", "tomcat1"].state == "todo")
        await stage.until_shown("does not hold", "usual cause")

    on_the_runbook(story, USUAL)


def test_a_step_is_taken_back_after_a_preview_and_done_again(hosts: ThreeHosts) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("down", "down", "down", "down", "A")
        await done(stage, "profile", "httpd-service")
        await stage.press("b")
        await stage.until_shown("Rollback", "/etc/profile")
        await stage.press("t")
        await stage.until_shown("Type the name of the cluster")
        await stage.type("tomcatcluster")
        await stage.press("enter")
        await stage.until_shown("Taken back in")
        await stage.press("escape")
        await stage.until(lambda: board(stage).state_of("profile") == "undone")
        await stage.press("a")
        await done(stage, "profile")

    on_the_runbook(story, USUAL)


def test_another_operator_at_work_is_told(hosts: ThreeHosts) -> None:
    hosts["tomcat1"].holder = "somebody else"

    async def story(stage: Stage) -> None:
        await stage.press("a")
        await stage.until_shown("This did not work", "tomcat1")
        await stage.press("enter")
        await stage.until_shown("to do")
        assert board(stage).state_of("preflight") == "todo"

    on_the_runbook(story)


def test_output_is_followed_searched_and_saved(hosts: ThreeHosts, tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        lines = b"".join(b"line %d\n" % number for number in range(500))
        board(stage).write("httpd-build", "balancer", b"\x1b[31mred\n" + lines)
        await stage.press("down", "3")
        await stage.until_shown("line 499", "501 lines", "following")
        assert "\x1b[31m" not in stage.text()
        stage.assert_fits()
        await stage.press("slash")
        await stage.type("line 250")
        await stage.press("enter")
        await stage.until_shown("line 250", "paused")
        view = stage.screen.query_one(LogView)
        assert not view.following
        board(stage).write("httpd-build", "balancer", b"news\n")
        await stage.pilot.pause(0.2)
        assert "line 250" in stage.text()
        await stage.press("space")
        await stage.until_shown("news", "following")
        await stage.press("w")
        saved = list(tmp_path.rglob("*-httpd-build-balancer.log"))
        assert len(saved) == 1
        assert saved[0].read_text().endswith("line 499\nnews\n")
        assert saved[0].stat().st_mode & 0o077 == 0

    on_the_runbook(story, USUAL)


def test_quitting_while_something_runs_asks(hosts: ThreeHosts) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("a")
        await done(stage, "preflight")
        await stage.press("ctrl+q")
        await stage.until_shown("A run is going on", "Stay here")
        await stage.press("escape")
        await stage.until_shown("steps done")
        assert stage.app.conductor is not None
        assert stage.app.conductor.at_work

    on_the_runbook(story)


def test_help_tells_every_key_that_applies(hosts: ThreeHosts) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("question_mark")
        text = stage.text()
        for said in (
            "Run this step as soon as it can",
            "Approve all steps up to this one",
            "unattended",
        ):
            assert said in text

    on_the_runbook(story, LARGE)
