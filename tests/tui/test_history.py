"""History: runs with their steps and diffs, and the choice of what is taken back."""

from __future__ import annotations

import re

import pytest

from installer.engine.journal import Journal
from tests.engine.three_hosts import ThreeHosts
from tests.tui.stage import LARGE, SMALL, USUAL, Stage, play

SIZES = pytest.mark.parametrize("size", [SMALL, USUAL, LARGE])


@SIZES
def test_without_a_journal_there_is_a_word_about_it(
    hosts: ThreeHosts, size: tuple[int, int]
) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("Nothing was done to this cluster")
        stage.assert_fits()

    play(story, start="history", size=size)


@SIZES
def test_a_run_opens_and_shows_its_steps_with_their_diffs(
    hosts: ThreeHosts, size: tuple[int, int]
) -> None:
    journal = hosts.journal()
    hosts.run(journal)
    journal.end_run("run1", True)

    async def story(stage: Stage) -> None:
        await stage.until_shown("✓ run", "succeeded", "Catherd 0")
        await stage.press("enter")
        await stage.until_shown("✓ tomcat1")
        for _ in range(60):
            if "edit /etc/profile" in stage.text():
                break
            await stage.press("down")
        await stage.until_shown("edit /etc/profile")
        await stage.press("tab", "end")
        await stage.until_shown("+")
        stage.assert_fits()

    play(story, start="history", size=size)


def test_a_failed_step_tells_its_error(hosts: ThreeHosts) -> None:
    from runbook.errors import Failed

    def full(what: str) -> None:
        raise Failed("disk full")

    hosts["tomcat1"].before = full
    hosts.run()

    async def story(stage: Stage) -> None:
        await stage.until_shown("? run", "✗ tomcat1", "disk full")
        stage.assert_fits()

    play(story, start="history")


def test_history_needs_no_archives_and_asks_no_host(
    hosts: ThreeHosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts.run()
    before = {name: host.surveys for name, host in hosts.hosts.items()}

    def gone(*_: object) -> None:
        raise AssertionError("the plan needs archives")

    monkeypatch.setattr("installer.frontend.session.Session.plan", gone)

    async def story(stage: Stage) -> None:
        await stage.until_shown("run")
        await stage.press("enter", "down")
        await stage.until(lambda: re.search("✓ (done|nothing to do)  ", stage.text()))

    play(story, start="history")
    assert {name: host.surveys for name, host in hosts.hosts.items()} == before


def test_what_is_taken_back_is_chosen_from_where_one_stands(hosts: ThreeHosts) -> None:
    hosts.run()

    async def story(stage: Stage) -> None:
        await stage.until_shown("run")
        await stage.press("b")
        await stage.until_shown("What is taken back?", "and all since", "Everything")
        assert "Only" not in stage.text()
        await stage.press("escape", "enter", "down", "down", "down", "b")
        await stage.until_shown("Only “", "All that comes after “")
        stage.assert_fits()
        await stage.press("escape", "b")
        await stage.until_shown("Only “", "All that comes after “")

    play(story, start="history")


def test_a_damaged_journal_is_told(hosts: ThreeHosts) -> None:
    hosts.run()
    journal = Journal(hosts.place / "journal.db")
    journal._write("update run set began = 'never'", ())

    async def story(stage: Stage) -> None:
        await stage.until_shown("records are damaged")

    play(story, start="history")
