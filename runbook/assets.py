"""Where the files that Catherd ships with lie, in a checkout and in an installed wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


def asset(name: str) -> Path:
    """Path of the shipped file or directory ``name``, such as ``locale`` or ``probe/index.jsp``."""
    return _root() / name


@cache
def _root() -> Path:
    packaged = _HERE / "_assets"
    return packaged if packaged.is_dir() else _HERE.parent / "assets"
