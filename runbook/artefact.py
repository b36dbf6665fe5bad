"""What is known of an archive before it is on any host; read from the archive, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Format = Literal["tar", "zip", "bin", "rpm", "rpm-bin"]
"""``bin`` and ``rpm-bin`` are programs that unpack themselves: to a directory, or to packages
that they install."""

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
    format: Format = "tar"


@dataclass(frozen=True)
class Java:
    """What the archive of a JDK tells of it before it is on any host."""

    machine: str = ""
    """Whose programs they are, as ``uname -m`` calls it; i386 stands for i386 to i686."""
    loader: str = ""
    """The program that must be there to start them, such as ``/lib/ld-linux.so.2``."""
    home: str = ""
    """Where packages put it; empty where the archive's top directory is its name."""
    packages: tuple[str, ...] = ()
    """What the package database will call them, such as ``jdk-1.6.0_04-fcs``."""
    glibc: str = ""
    """The oldest C library that its programs run on, such as ``2.38``; empty: any, or unknown."""


class Archives(Protocol):
    """Reads members of verified archives, so that a preview can show edits of their files."""

    def read(self, artefact: Artefact, member: str) -> bytes | None:
        """Bytes of a regular file inside (path without the top directory), or None."""

    def names(self, artefact: Artefact) -> frozenset[str]:
        """Paths of all regular files inside, without the top directory."""
