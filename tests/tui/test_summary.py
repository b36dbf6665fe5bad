"""The summary: conflicts lead to their page, and hosts are tried over a real sshd."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from installer.frontend.beginning import begin
from installer.frontend.where import Where
from installer.tui.screens.answers import AnswersScreen
from installer.tui.screens.summary import SummaryScreen
from runbook.writing import written
from tests.tui.stage import SMALL, USUAL, Stage, play
from tests.tui.test_answers import given, page
from tests.unit.remote.sshd import USER_KEY, Sshd

PATH = Path("cluster.toml")


@pytest.fixture
def sshd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sshd]:
    home = tmp_path / "me"
    (home / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    USER_KEY.write_private_key_file(str(home / "key"))
    server = Sshd(tmp_path, users={"alice": USER_KEY})
    yield server
    server.close()


def on(sshd: Sshd, tmp_path: Path) -> dict[str, Any]:
    """Answers whose hosts are all that sshd."""
    answers = given()
    for host in answers["hosts"]:
        host["ssh"] = {
            "host": "127.0.0.1",
            "port": sshd.port,
            "user": "alice",
            "key": str(tmp_path / "me" / "key"),
        }
    return answers


async def at_the_summary(stage: Stage) -> None:
    await stage.until(lambda: page(stage))
    await stage.press("ctrl+s")
    await stage.until(
        lambda: any(isinstance(each, SummaryScreen) for each in stage.app.screen_stack)
    )


@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_an_unknown_key_is_shown_and_accepted(
    sshd: Sshd, tmp_path: Path, size: tuple[int, int]
) -> None:
    PATH.write_text(written(on(sshd, tmp_path)))

    async def story(stage: Stage) -> None:
        await at_the_summary(stage)
        await stage.until_shown("Is this the key of", "SHA256:")
        stage.assert_fits()
        for _ in range(3):
            await stage.until_shown("Is this the key of")
            await stage.press("down", "enter")
        for host in ("balancer", "tomcat1", "tomcat2"):
            await stage.until_shown(f"✓ {host}", "Debian GNU/Linux 12", "sudo without a")
        stage.assert_fits()

    play(story, start="answers", size=size)
    assert sshd.logins >= 3


def test_a_key_that_is_not_accepted_is_told(sshd: Sshd, tmp_path: Path) -> None:
    PATH.write_text(written(on(sshd, tmp_path)))

    async def story(stage: Stage) -> None:
        await at_the_summary(stage)
        for _ in range(3):
            await stage.until_shown("Is this the key of")
            await stage.press("enter")
        await stage.until_shown("✗ balancer", "its key is not accepted")

    play(story, start="answers")


def test_sudo_that_asks_is_answered_in_a_dialog(sshd: Sshd, tmp_path: Path) -> None:
    sshd.sudo_mode("password", "geheim")
    answers = on(sshd, tmp_path)
    PATH.write_text(written(answers))

    async def story(stage: Stage) -> None:
        await at_the_summary(stage)
        for _ in range(6):
            await stage.until_shown_any("Is this the key of", "sudo password of")
            if "Is this the key" in stage.text():
                await stage.press("down", "enter")
            else:
                await stage.type("geheim")
                assert "geheim" not in stage.text()
                await stage.press("enter")
        await stage.until_shown("✓ balancer", "✓ tomcat1", "✓ tomcat2", "sudo asks for a")

    play(story, start="answers")


@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_conflicts_lead_to_their_page(size: tuple[int, int]) -> None:
    answers = given(options={"members": "ajp"})
    answers["hosts"][2] |= {"http_port": 9000, "ajp_port": 9000}
    PATH.write_text(written(answers))
    with pytest.raises(Exception, match="9000"):
        raise begin(Where(PATH)).problem or AssertionError

    async def story(stage: Stage) -> None:
        await stage.until(lambda: page(stage))
        screen = stage.app.screen
        assert isinstance(screen, AnswersScreen)
        screen.walk.pass_by()
        screen.walk.answers = copy.deepcopy(answers)
        screen.revisit("cluster")
        await stage.until(lambda: page(stage) == "cluster")
        await stage.press("ctrl+s")
        await stage.until_shown("✗ These answers do not fit together", "9000")
        stage.assert_fits()
        assert "Write cluster.toml" not in stage.text()
        await stage.press("enter")
        await stage.until(lambda: page(stage) == "more-tomcats")

    play(story, start="answers", size=size)
