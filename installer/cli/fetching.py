"""Shows how artefacts arrive on this machine; silent when all of them are here already."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import PurePath

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)

from installer.cli import show
from runbook.text import Text

QUIET_SECONDS = 0.3
"""What is quicker than this needs no bar."""


class Fetching:
    """A progress bar for each artefact that takes its time."""

    def __init__(self) -> None:
        self._bars: Progress | None = None

    def __enter__(self) -> Fetching:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars is not None:
            self._bars.stop()

    def say(self, text: Text) -> None:
        """A line about what is being done, for what has no measure."""
        show.err().print(f"  {text}", style="dim", markup=False)

    def progress(self, source: str) -> Callable[[int, int], None]:
        """A callback that takes bytes done and bytes in all."""
        began = time.monotonic()
        bar: list[int] = []

        def update(done: int, total: int) -> None:
            if not bar:
                if time.monotonic() - began < QUIET_SECONDS:
                    return
                bar.append(self._started().add_task(PurePath(source).name, total=total))
            self._started().update(TaskID(bar[0]), completed=done)

        return update

    def _started(self) -> Progress:
        if self._bars is None:
            self._bars = Progress(
                TextColumn("  {task.description}", markup=False),
                BarColumn(),
                DownloadColumn(),
                TransferSpeedColumn(),
                console=show.err(),
                transient=True,
            )
            self._bars.start()
        return self._bars
