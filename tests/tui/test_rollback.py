"""A rollback with the keyboard: previewed, decided about, confirmed by name, carried out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from installer.frontend.undoing import Scope
from installer.tui.screens.rollback import RollbackScreen
from runbook.errors import Failed, Unreachable
from tests.engine.three_hosts import Outside, ThreeHosts
from tests.tui.stage import SMALL, USUAL, Stage, play

SIZES = pytest.mark.parametrize("size", [SMALL, USUAL])
NAME = "tomcatcluster"


def play_rollback(
    story: Callable[[Stage], Any], size: tuple[int, int] = SMALL, scope: Scope | None = None
) -> None:
    async def opened(stage: Stage) -> None:
        stage.app.push_screen(RollbackScreen("Everything", scope or Scope()))
        await stage.pilot.pause()
        await story(stage)

    play(opened, start="history", size=size)


async def confirm(stage: Stage, name: str = NAME) -> None:
    await stage.press("t")
    await stage.until_shown("Type the name of the cluster")
    await stage.type(name)
    await stage.press("enter")


@pytest.fixture
def bare(hosts: ThreeHosts) -> dict[str, Outside]:
    """What the hosts were before everything was installed on them."""
    before = hosts.outside()
    assert hosts.run().ok
    return before


@SIZES
def test_everything_is_taken_back(
    hosts: ThreeHosts, bare: dict[str, Outside], size: tuple[int, int]
) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("things are taken back on 3 hosts", "○ to do")
        stage.assert_fits()
        await confirm(stage)
        await stage.until_shown("Taken back in", "↩ taken back", seconds=30)
        stage.assert_fits()

    play_rollback(story, size)
    assert hosts.outside() == bare


def test_archives_are_not_needed(
    hosts: ThreeHosts, bare: dict[str, Outside], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise Failed("The archive is gone")

    monkeypatch.setattr("installer.frontend.session.Session.plan", gone)

    async def story(stage: Stage) -> None:
        await stage.until_shown("things are taken back on 3 hosts")
        await confirm(stage)
        await stage.until_shown("Taken back in", seconds=30)

    play_rollback(story)
    assert hosts.outside() == bare


def test_a_wrong_name_takes_nothing_back(hosts: ThreeHosts, bare: dict[str, Outside]) -> None:
    installed = hosts.outside()

    async def story(stage: Stage) -> None:
        await stage.until_shown("things are taken back")
        await confirm(stage, "another")
        await stage.until_shown("That is not “tomcatcluster”.")
        await stage.press("escape")
        await stage.until_shown("○ to do")

    play_rollback(story)
    assert hosts.outside() == installed


def test_one_step_is_taken_back_and_warned_of_what_builds_on_it(
    hosts: ThreeHosts, bare: dict[str, Outside]
) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("! these build on “", "things are taken back on 2 hosts")
        await confirm(stage)
        await stage.until_shown("Taken back in", seconds=30)

    play_rollback(story, scope=Scope(frozenset({"jdk"})))
    assert not any(path.startswith("/usr/java") for path in hosts["tomcat1"].files)
    assert any(path.startswith("/usr/local/tomcat") for path in hosts["tomcat1"].files)


def test_only_what_was_done_since_a_moment_is_taken_back(
    hosts: ThreeHosts, bare: dict[str, Outside]
) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("There is nothing to take back.")
        await stage.press("t")
        assert "Type the name" not in stage.text()
        stage.assert_fits()

    play_rollback(story, scope=Scope(since=4e9))


async def to_conflict(stage: Stage) -> None:
    """Move the cursor to what somebody changed."""
    await stage.until_shown("1 of them somebody has changed since")
    for _ in range(60):
        screen = stage.app.screen
        assert isinstance(screen, RollbackScreen)
        if (row := screen._row) is not None and row.decidable:
            return
        await stage.press("down")
    raise AssertionError(stage.text())


@SIZES
def test_what_somebody_changed_is_kept(
    hosts: ThreeHosts, bare: dict[str, Outside], size: tuple[int, int]
) -> None:
    hosts["tomcat1"].state.files.put("/etc/profile", b"# somebody was here\n")

    async def story(stage: Stage) -> None:
        await to_conflict(stage)
        await stage.until_shown("! kept", "has changed since", "-# somebody was here")
        stage.assert_fits()
        await confirm(stage)
        await stage.until_shown("! tomcat1: left as it is: /etc/profile", seconds=30)
        stage.assert_fits()

    play_rollback(story, size)
    assert hosts["tomcat1"].files["/etc/profile"].data == b"# somebody was here\n"


@SIZES
def test_what_somebody_changed_is_overwritten_and_a_copy_kept(
    hosts: ThreeHosts, bare: dict[str, Outside], size: tuple[int, int]
) -> None:
    hosts["tomcat1"].state.files.put("/etc/profile", b"# somebody was here\n")

    async def story(stage: Stage) -> None:
        await to_conflict(stage)
        await stage.press("o")
        await stage.until_shown("! overwritten", "a copy of it is kept at")
        await stage.press("k")
        await stage.until_shown("! kept")
        await stage.press("o")
        await stage.until_shown("! overwritten")
        await confirm(stage)
        await stage.until_shown("Taken back in", seconds=30)
        stage.assert_fits()

    play_rollback(story, size)
    profile = bare["tomcat1"].files["/etc/profile"]
    assert hosts["tomcat1"].files["/etc/profile"].data == profile.data
    copies = [file.data for path, file in hosts["tomcat1"].files.items() if "/kept/" in path]
    assert b"# somebody was here\n" in copies


@SIZES
def test_one_that_fails_half_way_goes_on_from_there(
    hosts: ThreeHosts, bare: dict[str, Outside], size: tuple[int, int]
) -> None:
    def full(what: str) -> None:
        if "RestoreFile /etc/profile" in what:
            raise Failed("no space left on device", "tomcat1", "make room")

    hosts["tomcat1"].before = full

    async def story(stage: Stage) -> None:
        await stage.until_shown("things are taken back on 3 hosts")
        await confirm(stage)
        await stage.until_shown("✗ Not finished", "✗ failed", "no space left", seconds=30)
        stage.assert_fits()
        hosts["tomcat1"].before = lambda what: None
        await stage.press("r")
        await stage.until_shown("things are taken back on 1 hosts")
        await confirm(stage)
        await stage.until_shown("Taken back in", seconds=30)

    play_rollback(story, size)
    assert hosts.outside() == bare


def test_a_host_that_is_gone_is_told_and_asked_again(
    hosts: ThreeHosts, bare: dict[str, Outside], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise Unreachable("tomcat1 cannot be reached")

    monkeypatch.setattr(hosts["tomcat1"], "connect", gone)

    async def story(stage: Stage) -> None:
        await stage.until_shown("tomcat1 cannot be reached")
        await stage.press("enter")
        await stage.until_shown("r asks again")
        stage.assert_fits()
        monkeypatch.setattr(hosts["tomcat1"], "connect", lambda: None)
        await stage.press("r")
        await stage.until_shown("things are taken back on 3 hosts")

    play_rollback(story)


def test_it_is_reached_from_history(hosts: ThreeHosts, bare: dict[str, Outside]) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("run")
        await stage.press("b", "down", "enter")
        await stage.until_shown("Everything that Catherd has done", "things are taken back")
        await confirm(stage)
        await stage.until_shown("Taken back in", seconds=30)
        await stage.press("escape")
        await stage.until_shown("✓ rollback")

    play(story, start="history")
