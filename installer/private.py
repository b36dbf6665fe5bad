"""Directories on this machine that nobody else may enter."""

from __future__ import annotations

from pathlib import Path

import platformdirs


def private(directory: Path) -> Path:
    """Make the directory, and what is missing above it, 0700; one of Catherd's own becomes so."""
    own = (platformdirs.user_state_path("catherd"), platformdirs.user_cache_path("catherd"))
    for each in (*reversed(directory.parents), directory):
        if not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)
        elif (each in own or each == directory) and each.stat().st_mode & 0o077:
            each.chmod(0o700)
    return directory
