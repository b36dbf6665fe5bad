"""Output of scripts, kept to a limit."""

from __future__ import annotations

from runbook.harmless import cut


class Tail:
    """The last bytes of an output; adding is cheap however much comes."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._data = bytearray()

    def add(self, chunk: bytes) -> None:
        """Take in what came next."""
        self._data += chunk
        if len(self._data) > 2 * self._kept:
            del self._data[: len(self._data) - self._kept]

    @property
    def data(self) -> bytes:
        """The last bytes."""
        return bytes(self._data[max(0, len(self._data) - self._kept) :])

    @property
    def text(self) -> str:
        """The last lines, for people."""
        return last_lines(self.data.decode("utf-8", "replace"), 10)


def last_lines(text: str, most: int = 8) -> str:
    """The end of what a host said, as much of it as people read."""
    return cut("\n".join(text.strip().splitlines()[-most:]))
