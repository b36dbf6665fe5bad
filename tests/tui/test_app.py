"""The wizard as such: help, themes, leaving, errors, work in the background."""

from __future__ import annotations

import threading

import pytest

from installer.tui.app import CatherdApp
from runbook.errors import Failed
from tests.engine.three_hosts import ThreeHosts
from tests.tui.stage import Stage, play


def test_help_lists_the_keys_of_the_screen() -> None:
    async def story(stage: Stage) -> None:
        await stage.press("question_mark")
        assert "Leave Catherd" in stage.text()
        await stage.press("escape")
        assert "Leave Catherd" not in stage.text()

    play(story)


def test_themes_go_round() -> None:
    async def story(stage: Stage) -> None:
        seen = [stage.app.theme]
        for _ in range(3):
            await stage.press("ctrl+t")
            seen.append(stage.app.theme)
        assert seen[0] == seen[3]
        assert len(set(seen)) == 3

    play(story)


def test_an_error_in_the_background_is_told() -> None:
    async def story(stage: Stage) -> None:
        def fail() -> None:
            raise Failed("the disk is full", "tomcat1", "make room")

        stage.app.background(fail)
        await stage.until_shown("the disk is full", "tomcat1", "→ make room")
        await stage.press("enter")
        assert "the disk is full" not in stage.text()

    play(story)


def test_a_fault_of_catherd_itself_ends_the_wizard_and_is_handed_on() -> None:
    async def story(stage: Stage) -> None:
        stage.app.background(lambda: 1 // 0)
        await stage.until(lambda: stage.app.crash is not None)

    with pytest.raises(ZeroDivisionError):
        play(story)


def test_a_thread_that_asks_is_answered_even_when_the_wizard_ends() -> None:
    answers: list[object] = []

    async def story(stage: Stage) -> None:
        ask = stage.app.operator.sudo_password
        threading.Thread(
            target=lambda: answers.append(ask("tomcat1", "deploy", False)), daemon=True
        ).start()
        await stage.until_shown("sudo password of deploy on tomcat1")

    play(story)
    for _ in range(100):
        if answers:
            break
        threading.Event().wait(0.02)
    assert answers == [None]


def test_a_password_is_not_shown() -> None:
    answers: list[object] = []

    async def story(stage: Stage) -> None:
        ask = stage.app.operator.sudo_password
        threading.Thread(
            target=lambda: answers.append(ask("tomcat1", "deploy", False)), daemon=True
        ).start()
        await stage.until_shown("sudo password of deploy on tomcat1")
        await stage.type("geheim")
        assert "geheim" not in stage.text()
        await stage.press("enter")
        await stage.until(lambda: answers)

    play(story)
    assert answers == ["geheim"]


def test_a_cluster_is_opened(hosts: ThreeHosts) -> None:
    async def story(stage: Stage) -> None:
        app: CatherdApp = stage.app
        opened: list[bool] = []
        app.open_cluster(lambda: opened.append(True))
        await stage.until(lambda: opened)
        assert app.board is not None
        assert app.board.hosts == ("balancer", "tomcat1", "tomcat2")

    play(story)
