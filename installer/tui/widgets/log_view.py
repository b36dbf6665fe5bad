"""Output as it comes: follows its end until one scrolls back; draws only the lines one sees."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from installer.frontend.output import OutputLog

LOOK = 1 / 22
"""Seconds between two looks at whether something has come."""
MEASURE = 0.5
"""Seconds between two times that the scrollbars are told how much there is."""


class LogView(ScrollView, can_focus=True):
    """Shows one ``OutputLog``; lines that are no longer kept are no longer there."""

    DEFAULT_CSS: ClassVar[str] = "LogView { height: 1fr; }"
    following: reactive[bool] = reactive(True)
    looked_for: reactive[str] = reactive("")

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._log = OutputLog()
        self._seen = (-1, -1)
        self._width = 1
        self._measured = 0.0
        self._gone = 0
        """Lines that were dropped since the scrollbars were told."""
        self._style = Style()
        self._in_sight: Sequence[str] = ()

    def on_mount(self) -> None:
        """Begin to look."""
        self.set_interval(LOOK, self._look)

    def show(self, log: OutputLog) -> None:
        """Show another log, from its end."""
        if log is not self._log:
            self._log, self._seen, self._width = log, (-1, -1), 1
            self._measured, self._gone = 0.0, 0
            self.following = True
            self._look()

    @property
    def log_shown(self) -> OutputLog:
        """The log that is shown."""
        return self._log

    def _look(self) -> None:
        if not self.is_on_screen:
            return
        log = self._log
        state = (log.dropped, log.total)
        news = state != self._seen
        if news:
            lines = log.slice(max(self._seen[1], log.dropped), log.total)
            self._width = max([self._width, *map(len, lines)])
            self._gone += log.dropped - max(0, self._seen[0])
            self._seen = state
            self.refresh()
        rested = time.monotonic() - self._measured > MEASURE
        if rested and self.virtual_size != (self._width, len(log)):
            self._measure()
        elif self.following and self.scroll_offset.y < self.max_scroll_y:
            self.scroll_end(animate=False, immediate=True, x_axis=False)

    def _measure(self) -> None:
        """Let the scrollbars know how much there is; this lays out the whole screen."""
        self._measured = time.monotonic()
        gone, self._gone = self._gone, 0
        self.virtual_size = Size(self._width, len(self._log))
        if self.following:
            self.scroll_end(animate=False, immediate=True, x_axis=False)
        elif gone > 0:
            self.scroll_to(y=max(0, self.scroll_y - gone), animate=False, immediate=True)

    def watch_scroll_y(self, old: float, new: float) -> None:
        """Scrolling back pauses; coming to the end follows again."""
        super().watch_scroll_y(old, new)
        if new != old:
            self.following = new >= self.max_scroll_y

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines in sight; what all of them share is looked up once."""
        self._style = self.rich_style
        log, height = self._log, self.size.height
        top = log.dropped + self.scroll_offset.y
        if self.following:  # the end may be further on than the scrollbar knows
            top = max(top, log.total - height)
        self._in_sight = log.slice(top, top + height)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line, with what is looked for marked."""
        left, width, base = self.scroll_offset.x, self.size.width, self._style
        if y >= len(self._in_sight):
            return Strip.blank(width, base)
        segments = self._segments(self._in_sight[y], base)
        return Strip(segments).crop_extend(left, left + width, base)

    def _segments(self, line: str, base: Style) -> list[Segment]:
        wanted = self.looked_for.casefold()
        at = line.casefold().find(wanted) if wanted else -1
        if at < 0:
            return [Segment(line, base)]
        end = at + len(wanted)
        mark = base + Style(reverse=True)
        return [Segment(line[:at], base), Segment(line[at:end], mark), Segment(line[end:], base)]

    def find_next(self, backwards: bool = False) -> bool:
        """Go to the next line with what is looked for; whether there is one."""
        wanted = self.looked_for.casefold()
        here = int(self.scroll_y)
        lines = self._log.last(len(self._log))
        order = range(here - 1, -1, -1) if backwards else range(here + 1, len(lines))
        for number in order:
            if wanted in lines[number].casefold():
                self.following = False
                self.scroll_to(y=number, animate=False, immediate=True)
                return True
        return False
