"""Home: it recognises what is here, and each choice leads somewhere."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from installer.frontend.where import Where
from installer.tui.app import CatherdApp
from installer.tui.screens.answers import AnswersScreen
from installer.tui.screens.home import HomeScreen
from installer.tui.screens.lab import LabScreen
from runbook.writing import written
from tests.engine.three_hosts import ThreeHosts
from tests.tui.stage import LARGE, SMALL, USUAL, Stage, play
from tests.unit.answers.samples import GOOD


def answered(text: str = "") -> None:
    Path("cluster.toml").write_text(text or written(copy.deepcopy(GOOD)))


def ids(app: CatherdApp) -> list[str]:
    screen = app.screen
    assert isinstance(screen, HomeScreen)
    return [each.id for each in screen.offered]


@pytest.mark.parametrize("size", [SMALL, USUAL, LARGE])
def test_nothing_is_here_yet(size: tuple[int, int]) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("Nothing is here yet", "New installation", "Practice lab")
        stage.assert_fits()
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, AnswersScreen))
        await stage.until_shown("Name of the cluster")

    play(story, size=size)


@pytest.mark.parametrize("size", [SMALL, USUAL, LARGE])
def test_answers_are_here(size: tuple[int, int]) -> None:
    answered()

    async def story(stage: Stage) -> None:
        await stage.until_shown("Install this cluster", "tomcatcluster", "Change answers")
        stage.assert_fits()

    play(story, size=size)


def test_a_faulty_file_is_told_with_its_remedy_and_leads_to_the_faulty_value() -> None:
    answered(written(copy.deepcopy(GOOD)).replace("192.168.232.6", "300.1.1.1"))

    async def story(stage: Stage) -> None:
        await stage.until_shown("300.1.1.1", "→ Give an address", "Change answers")
        stage.assert_fits()
        await stage.press("enter")
        await stage.until_shown("Tomcat 2 of 2", "300.1.1.1")

    play(story)


def test_home_looks_again_when_one_comes_back() -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("New installation")
        await stage.press("p")
        await stage.until(lambda: isinstance(stage.app.screen, LabScreen))
        answered()
        await stage.press("escape")
        await stage.until_shown("Install this cluster")

    play(story)


def test_keys_of_what_is_not_offered_do_nothing() -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("New installation")
        await stage.press("v", "c", "b", "h", "l")
        assert isinstance(stage.app.screen, HomeScreen)

    play(story)


def test_continue_opens_the_runbook_after_a_run(hosts: ThreeHosts, tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("Install this cluster")
        await stage.press("enter")
        await stage.until(lambda: type(stage.app.screen).__name__ == "PreflightScreen")
        await stage.press("escape")
        await stage.until_shown("Install this cluster")

    (tmp_path / "cluster.toml").write_text(written(copy.deepcopy(GOOD)))
    play(story, where=Where(tmp_path / "cluster.toml"))


def test_verify_shows_the_steps_that_do_not_hold(hosts: ThreeHosts, tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("Verify")
        await stage.press("v")
        await stage.until(lambda: type(stage.app.screen).__name__ == "RunbookScreen")

    (tmp_path / "cluster.toml").write_text(written(copy.deepcopy(GOOD)))
    play(story, where=Where(tmp_path / "cluster.toml"))


def test_verify_says_that_all_holds(hosts: ThreeHosts, tmp_path: Path) -> None:
    assert hosts.run().ok

    async def story(stage: Stage) -> None:
        await stage.until_shown("Verify")
        await stage.press("v")
        await stage.until_shown("✓ All is as installed", "checks on 3 hosts hold")
        await stage.press("enter")
        assert isinstance(stage.app.screen, HomeScreen)

    (tmp_path / "cluster.toml").write_text(written(copy.deepcopy(GOOD)))
    play(story, where=Where(tmp_path / "cluster.toml"))


def test_hosts_that_cannot_be_opened_are_told(hosts: ThreeHosts, tmp_path: Path) -> None:
    from installer.frontend.session import Session
    from runbook.errors import Unreachable

    def refused(session: Session, chosen: object, run_id: str = "") -> None:
        raise Unreachable("tomcat1 does not answer", "192.168.232.5", "Is it switched on?")

    (tmp_path / "cluster.toml").write_text(written(copy.deepcopy(GOOD)))

    async def story(stage: Stage) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Session, "plan", refused)
            await stage.until_shown("Verify")
            await stage.press("v")
            await stage.until_shown("tomcat1 does not answer", "→ Is it switched on?")
            await stage.press("down", "enter")
            await stage.until(lambda: isinstance(stage.app.screen, AnswersScreen))

    play(story, where=Where(tmp_path / "cluster.toml"))


def test_q_leaves() -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("New installation")
        await stage.press("q")
        await stage.until(lambda: stage.app.return_code is not None)

    assert play(story).return_value == 0
