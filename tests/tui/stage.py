"""Stories that a keyboard tells to the wizard, and what it shows then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from rich.cells import cell_len
from textual import events
from textual.pilot import Pilot
from textual.screen import Screen

from installer.frontend.where import Where
from installer.tui.app import CatherdApp

SMALL, USUAL, LARGE = (80, 24), (120, 40), (200, 60)


class Stage:
    """One wizard and its keyboard."""

    def __init__(self, pilot: Pilot[int], app: CatherdApp) -> None:
        self.pilot, self.app = pilot, app

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other, as somebody would who looks up in between."""
        for key in keys:
            await self.pilot.press(key)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type a line of text."""
        await self.press(*("space" if each == " " else each for each in text))

    async def paste(self, text: str) -> None:
        """Paste a line of text, as a terminal hands it over."""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def until(self, so: Callable[[], object], seconds: float = 45.0) -> None:
        """Wait for something to become true."""
        deadline = time.monotonic() + seconds
        while not so():
            assert time.monotonic() < deadline, f"never true on this screen:\n{self.text()}"
            await self.pilot.pause(0.02)
        await self.pilot.pause()

    async def until_shown(self, *texts: str, seconds: float = 45.0) -> None:
        """Wait until all of these stand on the screen."""
        await self.until(lambda: all(text in self.text() for text in texts), seconds)

    async def until_shown_any(self, *texts: str, seconds: float = 45.0) -> None:
        """Wait until one of these stands on the screen."""
        await self.until(lambda: any(text in self.text() for text in texts), seconds)

    @property
    def screen(self) -> Screen[object]:
        return self.app.screen

    def lines(self) -> list[str]:
        """What stands on the screen, line by line, without colours."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    def text(self) -> str:
        return "\n".join(self.lines())

    def assert_fits(self) -> None:
        """No line is wider or narrower than the screen, wide characters counted as two."""
        width, height = self.app.size
        lines = self.lines()
        assert len(lines) == height
        assert {cell_len(line) for line in lines} == {width}


def play(
    story: Callable[[Stage], Awaitable[None]],
    *,
    start: str = "home",
    size: tuple[int, int] = SMALL,
    where: Where | None = None,
) -> CatherdApp:
    """Open the wizard at a screen, let the story happen, and close it."""
    app = CatherdApp(where or Where(), start)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await story(Stage(pilot, app))
        if app.conductor is not None:
            app.conductor.leave()
        if app.crash is not None:
            raise app.crash

    asyncio.run(run())
    return app
