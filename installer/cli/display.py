"""A run on a plain terminal: a line for each step that ends, and what is going on now."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field

from rich.live import Live
from rich.text import Text as Styled

from installer.cli import show
from installer.engine import events
from installer.engine.events import Event
from runbook.harmless import harmless
from runbook.step import Step
from runbook.text import T, Text, labelled

MARKS = {
    "done": ("✓", "green"),
    "unchanged": ("✓", "dim"),
    "skipped": ("-", "yellow"),
    "failed": ("✗", "bold red"),
    "blocked": ("-", "dim red"),
    "cancelled": ("-", "yellow"),
    "undone": ("↩", "green"),
}
SILENCE = 20.0
"""Seconds without output from which on it is told: a job may hang."""
LONGEST = 4096
"""Bytes that are kept of a line until its end comes."""
HEARTBEAT = 15.0
"""Seconds between two signs of life where there is no terminal."""


@dataclass
class Lane:
    """What one host is doing."""

    title: Text
    began: float
    doing: str = ""
    phase: str = ""
    lines: int = 0
    rest: bytes = field(default=b"", repr=False)
    heard: float = 0.0
    """When a long job last printed something."""

    def describe(self, host: str, width: int) -> Styled:
        """One line for the live part of the screen."""
        seconds = time.monotonic() - self.began
        line = Styled.assemble(("  ◐ ", "yellow"), (f"{host:<10} ", "cyan"), str(self.title))
        line.append(f"  {seconds:.0f} s  {self.activity}", style="dim")
        line.truncate(width, overflow="ellipsis")
        return line

    @property
    def activity(self) -> str:
        """The phase of a long job, else the change under way."""
        if not self.phase:
            return self.doing
        shown = str(T("{phase}, {lines} lines", phase=self.phase, lines=self.lines))
        silent = time.monotonic() - self.heard
        if silent < SILENCE:
            return shown
        return str(T("{shown}, no output for {seconds:.0f} s", shown=shown, seconds=silent))


class RunDisplay:
    """Takes events from any thread and draws them from one."""

    def __init__(self, steps: tuple[Step, ...], live: bool) -> None:
        self._numbers = {step.id: (number, step) for number, step in enumerate(steps, 1)}
        self._queue: queue.Queue[Event | None] = queue.Queue()
        self._lanes: dict[str, Lane] = {}
        self._live = live
        self._spoke = time.monotonic()
        self._thread = threading.Thread(target=self._draw, name="display", daemon=True)
        self.failures: list[events.StepDone] = []
        self.trials: list[events.Tried] = []

    def emit(self, event: Event) -> None:
        """Hand an event over; never waits."""
        self._queue.put(event)

    def settle(self) -> None:
        """Wait until everything handed over so far is on the screen."""
        self._queue.join()

    def __enter__(self) -> RunDisplay:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._queue.put(None)
        self._thread.join()

    def _draw(self) -> None:
        console = show.out()
        if not self._live:
            self._drain(None)
            return
        with Live(console=console, refresh_per_second=8, transient=True) as live:
            self._drain(live)

    def _drain(self, live: Live | None) -> None:
        while True:
            try:
                event = self._queue.get(timeout=0.125)
                if event is not None:
                    self._take(event)
                self._queue.task_done()
                if event is None:
                    return
            except queue.Empty:
                pass
            if live is not None:
                width = show.out().width
                lines = [lane.describe(host, width) for host, lane in self._lanes.items()]
                live.update(Styled("\n").join(lines))
            elif self._lanes and time.monotonic() - self._spoke > HEARTBEAT:
                self._heartbeat()

    def _heartbeat(self) -> None:
        self._spoke = time.monotonic()
        for host, lane in self._lanes.items():
            show.out().print(lane.describe(host, 200))

    def _take(self, event: Event) -> None:
        match event:
            case events.StepStarted(step, host):
                self._lanes[host] = Lane(self._named(step)[1], time.monotonic())
                self._spoke = time.monotonic()
            case events.ChangeStarted(_, host, _, _, change):
                self._lane(host).doing = str(change.summary)
                self._lane(host).phase = ""
            case events.Uploading(_, host, name, done, total):
                percent = 100 * done // max(total, 1)
                self._lane(host).doing = str(
                    T("upload {name} {percent} %", name=name, percent=percent)
                )
            case events.JobJoined(_, host):
                self._joined(self._lane(host), event)
            case events.Output(_, host, data):
                self._output(self._lane(host), data)
            case events.Tried():
                self._trial(event)
            case events.StepDone(_, host):
                self._lanes.pop(host, None)
                self._ended(event)
            case _:
                pass

    def _named(self, step: str) -> tuple[str, Text]:
        """Number and title; a step that is none of the runbook's goes by its id."""
        if step not in self._numbers:
            return "", step
        number, known = self._numbers[step]
        return str(number), known.title

    def _lane(self, host: str) -> Lane:
        return self._lanes[host]

    @staticmethod
    def _joined(lane: Lane, event: events.JobJoined) -> None:
        where = event.joined
        lane.phase, lane.lines = harmless(where.phase) or event.title, where.lines
        lane.heard = time.monotonic() - where.silent
        text = T(
            "{title} has been going on for {seconds:.0f} s; watching it again",
            title=event.title,
            seconds=where.running,
        )
        show.out().print(Styled.assemble(("↻ ", "yellow"), (f"{event.host} ", "cyan"), str(text)))

    @staticmethod
    def _output(lane: Lane, data: bytes) -> None:
        lane.heard = time.monotonic()
        *lines, rest = (lane.rest + data).split(b"\n")
        lane.rest = rest[:LONGEST]
        lane.lines += len(lines)
        for line in lines:
            if line.startswith(b"== "):
                lane.phase, lane.lines = harmless(line[3:].decode("utf-8", "replace")), 0

    def _trial(self, event: events.Tried) -> None:
        self.trials.append(event)
        mark, style = ("✓", "green") if event.ok else ("✗", "bold red")
        line = Styled.assemble(
            (f"     {mark} ", style), str(labelled(event.title, "")), (str(event.seen), "dim")
        )
        show.out().print(line)

    def _ended(self, event: events.StepDone) -> None:
        self._spoke = time.monotonic()
        mark, style = MARKS[event.outcome]
        number, title = self._named(event.step)
        seconds = f"{event.seconds:.1f} s" if event.outcome != "blocked" else ""
        words = "" if event.outcome in ("done", "failed") else str(_outcome(event.outcome))
        line = Styled.assemble(
            (f"{mark} ", style), f"{number:>2} ", (f"{event.host:<10} ", "cyan"), str(title)
        )
        line.append(f"  {seconds}  {words}", style="dim")
        show.out().print(line)
        if event.outcome == "failed":
            self.failures.append(event)
            if event.error is not None:
                show.out().print(Styled(_indent(str(event.error)), style="red"))


def _outcome(outcome: str) -> object:
    return {
        "unchanged": T("nothing to do"),
        "skipped": T("skipped"),
        "blocked": T("not reached: something before it failed"),
        "cancelled": T("stopped"),
        "undone": T("taken back"),
    }[outcome]


def _indent(text: str) -> str:
    return "\n".join(f"       {line}" for line in text.splitlines())
