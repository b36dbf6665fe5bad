"""Preflight, by keyboard alone: checks by hosts, cause and remedy, what is missing installed."""

from __future__ import annotations

import pytest

from installer.tui.screens.runbook import RunbookScreen
from runbook.errors import Faults, Unreachable
from tests.engine.three_hosts import ThreeHosts
from tests.tui.stage import SMALL, USUAL, Stage, play


@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_checks_by_hosts_and_what_fails_explained(hosts: ThreeHosts, size: tuple[int, int]) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("balancer", "tomcat1", "tomcat2", "✗ fails", "✓ holds")
        await stage.until_shown("do not hold yet", "usual cause")
        stage.assert_fits()

    play(story, start="preflight", size=size)


def test_what_is_missing_is_installed_after_a_preview(hosts: ThreeHosts) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("✗ fails")
        await stage.press("i")
        await stage.until_shown("Let Catherd do this?", "apt-get")
        await stage.press("down", "enter")
        await stage.until_shown("All 24 checks hold")
        await stage.press("c")
        await stage.until(lambda: isinstance(stage.screen, RunbookScreen))

    play(story, start="preflight", size=USUAL)


def test_hosts_that_cannot_be_reached_are_told_and_looked_at_again(
    hosts: ThreeHosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = hosts["tomcat2"]
    answering = host.survey

    def silent(probes: object) -> object:
        raise Faults([Unreachable("tomcat2 does not answer", "port 22", "is it switched on?")])

    monkeypatch.setattr(host, "survey", silent)

    async def story(stage: Stage) -> None:
        await stage.until_shown("tomcat2 does not answer", "→ is it switched on?", "r looks again")
        monkeypatch.setattr(host, "survey", answering)
        await stage.press("r")
        await stage.until_shown("✗ fails", "do not hold yet")

    play(story, start="preflight")
