"""Screenshots of the wizard in a real run, as SVG, for README and docs.

    python docs/screenshots.py [DIRECTORY]        (make screenshots)

A practice lab of its own is made bare, the wizard installs the cluster on it with keys alone, one
step fails on purpose and is mended, the proof is run. Each main screen is taken in both languages;
at 120x40 for the documentation (docs/screenshots), and with DIRECTORY at three sizes, to look at.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

from installer import lab
from installer.frontend.where import Where
from installer.lab.cluster import write_answers
from installer.lab.hosts import container_name
from installer.lab.lab import open_podman
from installer.tui.app import CatherdApp
from runbook.text import Text, use_language
from tests.tui.stage import LARGE, SMALL, USUAL, Stage

NAME = "screens"
LANGUAGES = ("en", "zh")
COMPILE, RUN = 300.0, 600.0
"""Seconds that a compile, and all that follows, may take."""
FONTS = re.compile(r"\s*@font-face \{.*?\}\n", re.DOTALL)
"""Fonts that would be fetched from elsewhere: the reader's own monospace font does."""
SHIP = Path(__file__).resolve().parent / "screenshots"


class Camera:
    """Takes the screen that is shown, at one size or at all."""

    def __init__(self, stage: Stage, language: str, place: Path | None) -> None:
        self._stage, self._language, self._place = stage, language, place

    async def take(self, name: str) -> None:
        """One screen; whoever watches is told."""
        sizes = (SMALL, LARGE, USUAL) if self._place else (USUAL,)
        for width, height in sizes:
            await self._stage.pilot.resize_terminal(width, height)
            await self._stage.pilot.pause(0.6)
            self._stage.assert_fits()
            file = f"{name}-{self._language}"
            if self._place is None:
                path = SHIP / f"{file}.svg"
            else:
                path = self._place / f"{file}-{width}x{height}.svg"
            drawn = self._stage.app.export_screenshot(title="catherd")
            path.write_text(FONTS.sub("\n", drawn), "utf-8")
        print(f"  {self._language}: {name}", flush=True)


async def run(stage: Stage, camera: Camera, hosts: lab.Lab) -> None:
    """From bare hosts to the proof, and half the way back."""
    app = stage.app
    await stage.pilot.pause(1.5)
    await camera.take("home")
    app.show("answers")
    await stage.pilot.pause(1.5)
    await camera.take("answers")
    await stage.press("escape")
    app.show("preflight")
    await stage.until(lambda: app.board is not None, 60)
    await camera.take("preflight")
    await stage.press("c")
    await stage.pilot.pause(1)
    for _ in range(6):
        await stage.press("down")
    await camera.take("preview")
    await stage.press("5")
    await camera.take("document")
    board = app.board
    assert board is not None
    await stage.press("home", "3", "u")
    await stage.until(lambda: board.state_of("jdk") == "running", RUN)
    in_the_way(hosts, "systemd-run -q --unit=squatter python3 -m http.server 8080")
    await stage.until(lambda: board.state_of("start-tomcat") == "failed", RUN)
    await stage.pilot.pause(1)
    await camera.take("failure")
    in_the_way(hosts, "systemctl stop squatter")
    await stage.press("escape", "home", "down")
    if board.state_of("httpd-build") == "running":
        await camera.take("output")
    await stage.press("f", "r")
    await stage.until(lambda: board.state_of("start-tomcat") == "done", RUN)
    await stage.until(lambda: board.state_of("httpd-build") == "done", RUN)
    if not board.finished:
        await stage.press("home", "u")
    await stage.until(lambda: board.finished, RUN)
    await stage.pilot.pause(2)
    await camera.take("report")
    await stage.press("escape", "4", "end")
    await camera.take("checks")
    app.show("cluster")
    await stage.pilot.pause(8)
    await camera.take("cluster")
    await stage.press("escape")
    app.show("history")
    await stage.pilot.pause(3)
    await camera.take("history")


def few_modules(answers: Path) -> None:
    """Apache with the few modules that it needs compiles in half the time."""
    text = answers.read_text("utf-8")
    answers.write_text(text.replace("[software.httpd]", '[software.httpd]\nmodules = "few"'))


def in_the_way(hosts: lab.Lab, script: str) -> None:
    """Do something to a node, past Catherd."""
    container = container_name(hosts, hosts.host("tomcat2"))
    open_podman().do("exec", container, "sh", "-c", script)


async def session(language: str, hosts: lab.Lab, place: Path | None) -> None:
    """One run in one language."""
    use_language(language)
    os.chdir(hosts.directory)  # whose cluster.toml is then called just so
    app = CatherdApp(Where(Path("cluster.toml"), sudo_password_file=hosts.sudo_password))
    async with app.run_test(size=USUAL) as pilot:
        stage = Stage(pilot, app)
        try:
            await run(stage, Camera(stage, language, place), hosts)
        except AssertionError:
            print(stage.text(), file=sys.stderr)
            raise
    if app.conductor is not None:
        app.conductor.leave()
    if app.crash is not None:
        raise app.crash


def main() -> None:
    """Both languages, each on bare hosts; the lab is taken away in the end."""
    place = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
    (place or SHIP).mkdir(parents=True, exist_ok=True)

    def say(text: Text) -> None:
        print(f"  {text}", flush=True)

    hosts = lab.up(lab.LabSpec(NAME), say)
    try:
        for language in LANGUAGES:
            hosts = lab.reset(NAME, say)
            few_modules(write_answers(hosts, say))
            asyncio.run(session(language, hosts, place))
    finally:
        lab.down(NAME)


if __name__ == "__main__":
    main()
