"""The practice lab: what can be done with it, and a machine that has no Podman."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from installer.lab.spec import LabSpec
from installer.tui.screens.lab import LabScreen
from runbook.errors import CatherdError
from runbook.text import T
from tests.tui.stage import SMALL, USUAL, Stage, play


def a_lab(tmp_path: Path, name: str = "catherd") -> None:
    """Files of a lab whose hosts do not run."""
    place = tmp_path / "state" / "catherd" / "labs" / name
    (place / "host_keys").mkdir(parents=True)
    host = {"name": "balancer", "role": "balancer", "address": "192.168.232.4", "ssh_port": 1}
    kept = {"name": name, "subnet": "192.168.232.0/24", "hosts": [host]}
    (place / "lab.json").write_text(json.dumps(kept))
    for key in ("id_ed25519", "host_keys/balancer"):
        (place / key).touch()


@pytest.fixture
def no_podman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_without_podman_it_says_what_to_install(no_podman: None, size: tuple[int, int]) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("Make a practice lab")
        stage.assert_fits()
        await stage.press("enter")
        await stage.until_shown("Podman is not installed", "→ Install it: apt-get install podman")
        stage.assert_fits()
        await stage.press("enter")
        screen = stage.app.screen
        assert isinstance(screen, LabScreen)
        assert not screen.busy

    play(story, start="lab", size=size)


@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_a_lab_that_is_there_can_be_reset_and_taken_down(
    tmp_path: Path, no_podman: None, size: tuple[int, int]
) -> None:
    a_lab(tmp_path)

    async def story(stage: Stage) -> None:
        await stage.until_shown("Bring up the lab catherd", "Reset the lab", "Take down the lab")
        stage.assert_fits()
        await stage.press("down", "enter")
        await stage.until_shown("Make all hosts of catherd bare?")
        await stage.press("enter")
        assert isinstance(stage.app.screen, LabScreen)
        await stage.press("down", "enter")
        await stage.until_shown("Take down the lab catherd?")
        await stage.press("down", "enter")
        await stage.until_shown("Podman is not installed")

    play(story, start="lab", size=size)


def test_another_lab_has_a_name_that_is_checked(tmp_path: Path, no_podman: None) -> None:
    a_lab(tmp_path)

    async def story(stage: Stage) -> None:
        await stage.until_shown("Make another lab")
        await stage.press("end", "enter")
        await stage.until_shown("Name of the new lab:")
        await stage.type("No good")
        await stage.press("enter")
        await stage.until_shown("cannot be the name of a lab")

    play(story, start="lab")


def test_a_lab_of_the_documents_time_is_asked_for_with_its_init(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[LabSpec] = []

    def up(spec: LabSpec, progress: object) -> None:
        asked.append(spec)
        raise CatherdError(T("Enough."))

    monkeypatch.setattr("installer.lab.lab.up", up)

    async def story(stage: Stage) -> None:
        await stage.until_shown("Make a lab with SysV init")
        await stage.press("down", "enter")
        await stage.until_shown("Enough.")

    play(story, start="lab")
    assert asked == [LabSpec("sysv", init="sysv")]


def test_progress_is_shown_line_by_line() -> None:
    async def story(stage: Stage) -> None:
        screen = stage.app.screen
        assert isinstance(screen, LabScreen)
        for number in range(600):
            screen._progress(T("line {number}", number=number))
        await stage.until_shown("line 599")
        assert len(screen._lines) == 500
        stage.assert_fits()

    play(story, start="lab")
