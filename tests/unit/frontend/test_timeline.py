"""The chart of a run: lanes, bars, and a scale."""

from __future__ import annotations

import pytest

from installer.frontend.report import Line
from installer.frontend.timeline import LEFT, RIGHT, WIDTH, chart_of

HOSTS, STEPS = ["balancer", "tomcat1"], ["preflight", "jdk"]


def line(step: str, host: str, began: float | None, seconds: float | None) -> Line:
    return Line(step, host, "✓", "done", seconds, began)


def test_bars_stand_where_their_time_was() -> None:
    lines = [line("preflight", "balancer", 1000.0, 5.0), line("jdk", "tomcat1", 1005.0, 15.0)]
    chart = chart_of(lines, HOSTS, STEPS)
    assert chart is not None
    first, second = chart.bars
    assert (first.x, first.x + first.width) == (LEFT, second.x)
    assert second.x + second.width == WIDTH - RIGHT
    assert (first.label, second.label) == ("1", "2")
    assert second.y > first.y
    assert [name for name, _ in chart.lanes] == HOSTS
    assert str(second.title) == "2. Install the JDK, tomcat1: done, 15.0 s"


def test_without_times_there_is_no_chart() -> None:
    assert chart_of([line("jdk", "tomcat1", None, None)], HOSTS, STEPS) is None
    assert chart_of([], HOSTS, STEPS) is None


@pytest.mark.parametrize("seconds", [0.0, 0.4, 7.0, 95.0, 4000.0, 100_000.0])
def test_any_length_has_a_readable_scale(seconds: float) -> None:
    chart = chart_of([line("jdk", "tomcat1", 5.0, seconds)], HOSTS, STEPS)
    assert chart is not None
    assert 1 <= len(chart.ticks) <= 30
    assert all(LEFT <= x <= WIDTH for x, _ in chart.ticks)
    assert chart.bars[0].width >= 2


def test_steps_and_hosts_of_another_time_do_no_harm() -> None:
    lines = [line("long-gone", "balancer", 1.0, 5.0), line("jdk", "away", 1.0, 5.0)]
    chart = chart_of(lines, HOSTS, STEPS)
    assert chart is not None
    assert [bar.label for bar in chart.bars] == [""]
