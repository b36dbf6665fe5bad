"""Files of the operator: written whole or not at all, the one before kept aside."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from runbook.errors import BadInput
from runbook.text import T


def draft_of(path: Path) -> Path:
    """Where answers are kept until all are given."""
    return path.with_name(f"{path.name}.draft")


def write_whole(path: Path, text: str) -> None:
    """Replace a file by a finished one; raises ``BadInput`` where that is not possible."""
    path = path.resolve()
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o644)
            os.replace(name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        raise unwritable(path, error) from None


def keep_aside(path: Path) -> Path | None:
    """Copy what lies there to ``NAME~``; the copy's path, or None where there was nothing."""
    if not path.exists():
        return None
    kept = path.with_name(f"{path.name}~")
    try:
        kept.write_bytes(path.read_bytes())
    except OSError as error:
        raise unwritable(kept, error) from None
    return kept


def unwritable(path: Path, error: OSError) -> BadInput:
    """The error for a place that cannot be written to."""
    return BadInput(
        T("{path} cannot be written: {why}", path=path, why=error.strerror or error),
        remedy=T("Choose a directory that exists and is yours"),
    )
