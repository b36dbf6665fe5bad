"""How much room a host has left: what scripts report when they fail, read back for people."""

from __future__ import annotations

import re
from dataclasses import dataclass

ROOM = r"""
room() { # how much is left where $1 is, or is to be; asked before what was begun is taken back
  ( at=$1
  while [ ! -d "$at" ]; do at=${at%/*}; [ -n "$at" ] || at=/; done
  set -- "$(df -kP "$at" 2>/dev/null | tail -n 1)" "$(df -iP "$at" 2>/dev/null | tail -n 1)"
  echo "catherd-room / $1 / $2" )
}
"""
"""A shell function; ``Room.of`` reads what it prints."""

_LINE = re.compile(
    r"^catherd-room / .*?\s(\d+)\s+\S+%\s+(/.*?) / (?:.*?\s(\d+)\s+\d+\s+(\d+)\s+\S+\s+/.*)?",
    re.M,
)
"""What ``df`` says of a place: kilobytes left and mount point; then inodes, and those left."""
_LITTLE = 64
"""Kilobytes; where less is left, whatever failed has failed for that."""


@dataclass(frozen=True)
class Room:
    """What was left on one file system."""

    mount: str
    free: int
    """Kilobytes."""
    full_of_files: bool = False
    """No inode is left."""

    @classmethod
    def of(cls, text: str) -> Room | None:
        """The last report in an output, if there is any."""
        reports = _LINE.findall(text)
        if not reports:
            return None
        free, mount, inodes, left = reports[-1]
        return cls(mount, int(free), full_of_files=left == "0" and int(inodes) > 0)

    @property
    def short(self) -> bool:
        """Whether nothing can be written there any more."""
        return self.full_of_files or self.free < _LITTLE


def without_report(text: str) -> str:
    """An output without the reports in it."""
    return re.sub(r"^catherd-room / .*\n?", "", text, flags=re.M)
