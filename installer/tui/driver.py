"""The terminal under the wizard, which may vanish while it is written to."""

from __future__ import annotations

from contextlib import suppress
from typing import IO, Any

from textual.drivers.linux_driver import LinuxDriver


class Vanishing:
    """A terminal's file; what it no longer takes is dropped."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write where somebody still reads."""
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """Hand over what is written."""
        with suppress(OSError):
            self._file.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class TerminalDriver(LinuxDriver):
    """Textual's own; its writing thread outlives the terminal.

    That thread ends by the first write to a closed terminal. From then on nobody empties its short
    queue, and whoever writes to that waits for ever.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._file: Any = Vanishing(self._file)
