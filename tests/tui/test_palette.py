"""The palette and the help: all that can be done now, in the operator's language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.tui.screens.answers import AnswersScreen
from installer.tui.screens.home import HomeScreen
from runbook import text
from tests.engine.three_hosts import ThreeHosts
from tests.tui.stage import SMALL, USUAL, Stage, play


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    yield
    text.use_language(None)


@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_it_finds_what_is_typed(size: tuple[int, int]) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("New installation")
        await stage.press("ctrl+p")
        await stage.until_shown("Type what you are looking for", "Practice lab")
        stage.assert_fits()
        await stage.type("light")
        await stage.press("enter")
        await stage.until(lambda: stage.app.theme == "catherd-light")
        assert isinstance(stage.app.screen, HomeScreen)

    play(story, size=size)


def test_what_is_not_there_is_told() -> None:
    async def story(stage: Stage) -> None:
        await stage.press("ctrl+p")
        await stage.type("xyzzy")
        await stage.until_shown("Nothing is called so.")
        await stage.press("enter", "escape")
        assert isinstance(stage.app.screen, HomeScreen)

    play(story)


def test_it_does_what_a_key_does() -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("New installation")
        await stage.press("ctrl+p")
        await stage.type("questions for a new")
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, AnswersScreen))

    play(story)


def test_it_goes_home_from_anywhere() -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("New installation")
        await stage.press("n")
        await stage.until_shown("Name of the cluster")
        await stage.press("ctrl+p")
        await stage.type("back to what can be done")
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, HomeScreen))

    play(story)


def test_a_screenshot_is_saved() -> None:
    async def story(stage: Stage) -> None:
        await stage.press("ctrl+p")
        await stage.type("screenshot")
        await stage.press("enter")
        await stage.until(lambda: list(Path().glob("catherd-*.svg")))

    play(story)
    (file,) = Path().glob("catherd-*.svg")
    assert file.read_text().startswith("<svg")


def test_the_language_changes_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("ctrl+p")
        await stage.type("中文")
        await stage.press("enter")
        await stage.until(lambda: text._language == "zh")
        await stage.until(lambda: len(stage.app.screen_stack) == 2)
        assert isinstance(stage.app.screen, HomeScreen)

    play(story)


def test_help_has_no_keys_that_are_not_ours() -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("New installation")
        await stage.press("question_mark")
        await stage.until_shown("Recognise again")
        for leftover in ("Focus Next", "Copy selected text", "Cursor", "Move cursor"):
            assert leftover not in stage.text()

    play(story)


def test_the_runbook_is_saved_as_documents(
    hosts: ThreeHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async def story(stage: Stage) -> None:
        await stage.until_shown("Report on the cluster")
        await stage.press("ctrl+p")
        await stage.type("runbook as a document")
        await stage.press("enter")
        await stage.until((tmp_path / "runbook-tomcatcluster.html").exists)

    play(story, start="report", size=USUAL)
    text = (tmp_path / "runbook-tomcatcluster.md").read_text("utf-8")
    assert text.startswith("# Runbook of the cluster tomcatcluster")
    assert (tmp_path / "runbook-tomcatcluster.html").stat().st_size > len(text)
