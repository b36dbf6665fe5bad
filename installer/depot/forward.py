"""A stream over a packed tar that cannot be led backwards or into reading without end."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from installer.depot.members import allowance, too_large
from runbook.text import T

CHUNK = 1024 * 1024
Opener = Callable[[Path, Any], Any]
"""``open``, ``gzip.open`` and their like, called with a path and "rb"."""


class Forward(io.RawIOBase):
    """The unpacked bytes of a tar, read once and forward, no more of them than is allowed."""

    def __init__(self, path: Path, opener: Opener, name: str) -> None:
        super().__init__()
        self._name = name
        self._allowed = allowance(path.stat().st_size) + 64 * CHUNK
        self._file = opener(path, "rb")
        self._at = 0
        self._last = b""

    def close(self) -> None:
        """Close the file below."""
        self._file.close()
        super().close()

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be wound forward."""
        return True

    def tell(self) -> int:
        """Bytes read so far."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Read on to a later place; an earlier one means that members overlap."""
        if whence != io.SEEK_SET or offset < self._at:
            raise tarfile.ReadError(T("the members of the archive overlap"))
        while self._at < offset:
            if not self.read(min(CHUNK, offset - self._at)):
                break
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Read exactly so much, or what is left; a bomb is refused as soon as it shows."""
        if not 0 <= size <= 16 * CHUNK:
            raise tarfile.ReadError(T("a header of the archive is too large"))
        data = cast(bytes, self._file.read(size))
        self._at += len(data)
        self._last = data
        if self._at > self._allowed:
            raise too_large(self._name, self._allowed)
        return data

    def ends_in_zeros(self) -> bool:
        """Whether the header last read, and all that follows, is the zeros that end a tar."""
        if self._last.strip(b"\0"):
            return False
        while chunk := self.read(CHUNK):
            if chunk.strip(b"\0"):
                return False
        return True
