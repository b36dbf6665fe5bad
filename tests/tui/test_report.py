"""The report screen: from the journal alone, after a look, saved."""

from __future__ import annotations

import json
import stat

import pytest

from installer.engine.events import Tried
from installer.frontend.proof_run import ProofRun
from tests.engine.three_hosts import ThreeHosts
from tests.tui.stage import LARGE, SMALL, USUAL, Stage, play

SIZES = pytest.mark.parametrize("size", [SMALL, USUAL, LARGE])


@SIZES
def test_what_was_done_is_told_and_checked_after_a_look(
    hosts: ThreeHosts, size: tuple[int, int]
) -> None:
    hosts.run()

    async def story(stage: Stage) -> None:
        await stage.until_shown("Report on the cluster tomcatcluster", "✓ done", "tomcat2")
        stage.assert_fits()
        await stage.press("end")
        await stage.until_shown("No proof was seen", "journal.db")
        stage.assert_fits()
        await stage.press("r", "end")
        await stage.until(lambda: stage.app.board is not None)
        await stage.press("end")
        await stage.until_shown("checks, all as they should be.")
        stage.assert_fits()

    play(story, start="report", size=size)


def test_what_fails_is_told_with_its_remedy(hosts: ThreeHosts) -> None:
    hosts.run()
    hosts["tomcat1"].state.files.put("/etc/profile", b"# somebody was here\n")

    async def story(stage: Stage) -> None:
        await stage.until_shown("Report on the cluster")
        await stage.press("r")
        await stage.until(lambda: stage.app.board is not None)
        await stage.press("end")
        await stage.until_shown("✗ tomcat1:", "usual cause:", "remedy:")
        stage.assert_fits()

    play(story, start="report", size=USUAL)


@SIZES
def test_it_is_saved_and_says_where(hosts: ThreeHosts, size: tuple[int, int]) -> None:
    hosts.run()

    async def story(stage: Stage) -> None:
        await stage.until_shown("Report on the cluster")
        await stage.press("s")
        await stage.until_shown("✓ Saved, for you only to read:", "report-")
        stage.assert_fits()

    play(story, start="report", size=size)
    (document,) = hosts.place.glob("report-*.json")
    assert stat.S_IMODE(document.stat().st_mode) == 0o600
    assert json.loads(document.read_text("utf-8"))["cluster"] == "tomcatcluster"
    (page,) = hosts.place.glob("report-*.md")
    assert "tomcatcluster" in page.read_text("utf-8")


def test_the_trials_of_the_proof_stand_in_a_table(hosts: ThreeHosts) -> None:
    trial = Tried("proof", "balancer", "A session survives", "kill", "200", "502", False, 1.0)

    async def story(stage: Stage) -> None:
        await stage.until_shown("Report on the cluster")
        assert stage.app.conductor is not None
        stage.app.conductor.proof = ProofRun([trial], ok=False)
        stage.app.show("report")
        await stage.until_shown("✗ A session survives", "502", "expected: 200", "1.0 s")
        stage.assert_fits()

    play(story, start="report")


def test_without_anything_done_it_says_so(hosts: ThreeHosts) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("Nothing yet.", "not been looked at", "No proof was seen")
        stage.assert_fits()

    play(story, start="report")
