"""When each host did what, as a chart: a lane for each host, a bar for each step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from installer.frontend.report import Line
from runbook.text import T, Text

WIDTH, LEFT, RIGHT = 960, 120, 20
LANE, BAR, TOP = 34, 22, 10
LEAST = 2.0
"""Width of a bar that would be too thin to be seen."""
KINDS = {"✓": "good", "✗": "bad", "?": "bad"}
"""Class of a bar by its step's glyph; any other is plain."""


@dataclass(frozen=True)
class Bar:
    """A step on a host."""

    x: float
    y: int
    width: float
    kind: str
    label: str
    """Its number, where there is room."""
    title: Text


@dataclass(frozen=True)
class Chart:
    """Where everything stands; the template draws."""

    height: int
    lanes: tuple[tuple[str, int], ...]
    """Host and the middle of its lane."""
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]


def chart_of(lines: Sequence[Line], hosts: Sequence[str], steps: Sequence[str]) -> Chart | None:
    """The chart of all steps whose times are known; None where there are none.

    :param steps: ids in order: bars carry their numbers
    """
    known = [line for line in lines if line.when is not None and line.seconds is not None]
    if not known:
        return None
    began = min(line.when or 0.0 for line in known)
    whole = max((line.when or 0.0) + (line.seconds or 0.0) for line in known) - began
    scale = (WIDTH - LEFT - RIGHT) / max(whole, 1.0)
    names = [name for name in hosts if any(line.host == name for line in known)]
    lanes = {name: TOP + number * LANE for number, name in enumerate(names)}
    bars = tuple(
        _bar(line, began, scale, lanes[line.host], steps) for line in known if line.host in lanes
    )
    middles = tuple((name, y + BAR // 2) for name, y in lanes.items())
    return Chart(TOP + len(lanes) * LANE + 26, middles, bars, tuple(_ticks(max(whole, 1.0), scale)))


def _bar(line: Line, began: float, scale: float, y: int, steps: Sequence[str]) -> Bar:
    width = max(LEAST, (line.seconds or 0.0) * scale)
    number = str(steps.index(line.step) + 1) if line.step in steps else ""
    title = T(
        "{number}. {title}, {host}: {outcome}, {seconds:.1f} s",
        number=number or "–",
        title=line.title,
        host=line.host,
        outcome=line.outcome,
        seconds=line.seconds or 0.0,
    )
    x = LEFT + ((line.when or 0.0) - began) * scale
    label = number if width > 8 * len(number) + 4 else ""
    return Bar(round(x, 1), y, round(width, 1), KINDS.get(line.glyph, ""), label, title)


def _ticks(whole: float, scale: float) -> Iterator[tuple[float, str]]:
    """Marks of the scale: about eight, at round numbers of seconds."""
    step = next(
        (each for each in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800) if whole / each <= 9), 3600
    )
    moment = 0
    while moment <= whole:
        yield round(LEFT + moment * scale, 1), f"{moment // 60}:{moment % 60:02d}"
        moment += step
