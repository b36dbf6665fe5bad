"""What is known of an archive before it is on any host; read from the archive, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

RECEIPT = ".catherd"
"""The file in a directory that Catherd unpacked or built: what it was made from."""


@dataclass(frozen=True)
class Artefact:
    """A verified archive in the depot of this machine."""

    name: str
    """File name, such as ``apache-tomcat-10.1.60.tar.gz``."""
    sha256: str
    size: int
    """Bytes of the archive."""
    unpacked: int
    """Bytes of the files inside."""
    top: str
    """The single directory at its top, or an empty string where there is none."""
    format: Literal["tar", "zip"] = "tar"


class Archives(Protocol):
    """Reads members of verified archives, so that a preview can show edits of their files."""

    def read(self, artefact: Artefact, member: str) -> bytes | None:
        """Bytes of a regular file inside (path without the top directory), or None."""

    def names(self, artefact: Artefact) -> frozenset[str]:
        """Paths of all regular files inside, without the top directory."""
