"""The rules that the members of an archive must keep before root unpacks it on a host."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from runbook.errors import BadInput
from runbook.text import T, Text

MAX_MEMBERS = 200_000
MAX_UNPACKED = 4 * 1024**3
MAX_RATIO = 200
FREE_OF_RATIO = 64 * 1024**2
"""Bytes that even a very small archive may unpack to."""
MAX_PATH = 1024
MAX_DEPTH = 64
_TOP = re.compile(r"([A-Za-z0-9][A-Za-z0-9._+-]{0,99})?")
"""It becomes part of a path in units, profiles and scripts, as the JDK's does."""

MemberKind = Literal["file", "directory", "link"]


def allowance(packed: int) -> int:
    """Bytes that an archive of ``packed`` bytes may hold; what holds more is taken for a bomb."""
    return min(MAX_UNPACKED, packed * MAX_RATIO + FREE_OF_RATIO)


def refused(archive: str, why: Text) -> BadInput:
    """The error for an archive that is not unpacked anywhere."""
    return BadInput(
        T("{archive} is not safe to unpack, so it is refused.", archive=archive),
        why,
        T("Fetch it again from its publisher, or repack it without that member."),
    )


def too_large(archive: str, allowed: int) -> BadInput:
    """The error for an archive that unpacks to more than its size allows."""
    return refused(
        archive,
        T("It unpacks to more than {allowed} MiB, as a bomb does.", allowed=allowed >> 20),
    )


class Tree:
    """The members seen so far; refuses one that could write or point outside, or twice.

    A link may climb with leading ``..`` only, and no member may lie below a link: then every
    link is resolved from a real directory, and none can be chained into a way out.
    """

    def __init__(self, archive: str, packed: int) -> None:
        self._archive = archive
        self._allowed = allowance(packed)
        self._kinds: dict[str, MemberKind] = {}
        self._folded: set[str] = set()
        self._folded_links: set[str] = set()
        self._links: list[tuple[str, str]] = []
        self._sizes: dict[str, int] = {}
        self._unpacked = 0
        self._dotted = False

    def directory(self, name: str) -> None:
        """Add a directory; it may be named again."""
        if path := self._clean(name + "/", directory=True):
            self._enter(path, "directory")

    def file(self, name: str, size: int) -> str:
        """Add a regular file; returns its path as the index shows it."""
        if size < 0:
            raise self._bad(name, T("its size is negative"))
        path = self._enter(self._clean(name), "file")
        self._sizes[path] = size
        self._unpacked += size
        if self._unpacked > self._allowed:
            raise too_large(self._archive, self._allowed)
        return path

    def hard_link(self, name: str, target: str) -> None:
        """Add a second name of a file that came before it."""
        original = self._clean(target)
        if self._kinds.get(original) != "file":
            raise self._bad(name, T("it is a hard link to {target}", target=repr(target)))
        self._sizes[self._enter(self._clean(name), "file")] = self._sizes[original]

    def symbolic_link(self, name: str, target: str) -> None:
        """Add a symbolic link; how far it may climb is judged when the top is known."""
        if not target or target.startswith("/") or not _plain(target):
            raise self._bad(name, T("it is a link to {target}", target=repr(target)))
        self._links.append((self._enter(self._clean(name), "link"), target))

    def finish(self, war: bool = False) -> tuple[str, dict[str, int]]:
        """The single top directory ("" where there is none) and the files below it."""
        if not self._sizes:
            raise refused(self._archive, T("There is no file in it."))
        roots = {path.partition("/")[0] for path in self._kinds}
        top = next(iter(roots)) if len(roots) == 1 else ""
        if war or top in ("WEB-INF", "META-INF") or self._kinds.get(top) != "directory":
            top = ""
        if not _TOP.fullmatch(top):
            raise refused(
                self._archive,
                T("Its top directory {top} has a name that scripts break on.", top=repr(top)),
            )
        if top and self._dotted:
            raise refused(
                self._archive,
                T("Its names begin with './', so tar would not strip {top}.", top=repr(top)),
            )
        for path, target in self._links:
            self._judge(path, target, depth=path.count("/") - bool(top))
        cut = len(top) + 1 if top else 0
        return top, {path[cut:]: size for path, size in self._sizes.items()}

    @property
    def unpacked(self) -> int:
        """Bytes of all files so far."""
        return self._unpacked

    def _enter(self, path: str, kind: MemberKind) -> str:
        if not path or len(self._kinds) >= MAX_MEMBERS:
            why = T("it has no name") if not path else T("it is one member too many")
            raise self._bad(path, why)
        parts = path.split("/")
        for end in range(1, len(parts)):
            self._place("/".join(parts[:end]), "directory")
        self._place(path, kind)
        return path

    def _place(self, path: str, kind: MemberKind) -> None:
        present = self._kinds.get(path)
        if present == kind == "directory":
            return
        if present:
            raise self._bad(path, T("it stands where another member is already"))
        folded = unicodedata.normalize("NFC", path).casefold()
        if folded in self._folded_links or (kind == "link" and folded in self._folded):
            raise self._bad(path, T("its name differs from a link's by upper and lower case only"))
        self._kinds[path] = kind
        self._folded.add(folded)
        if kind == "link":
            self._folded_links.add(folded)

    def _judge(self, path: str, target: str, depth: int) -> None:
        parts = [part for part in target.split("/") if part not in ("", ".")]
        climbs = next((i for i, part in enumerate(parts) if part != ".."), len(parts))
        if climbs > depth or ".." in parts[climbs:]:
            raise self._bad(path, T("it is a link that leads out: {target}", target=repr(target)))

    def _clean(self, name: str, directory: bool = False) -> str:
        if name.startswith("/"):
            raise self._bad(name, T("its path is absolute"))
        if not _plain(name):
            raise self._bad(name, T("its name is too long or holds forbidden characters"))
        if "//" in name.rstrip("/"):
            raise self._bad(name, T("its path has two slashes in a row"))
        parts = [part for part in name.split("/") if part not in ("", ".")]
        self._dotted = self._dotted or (name.startswith("./") and bool(parts))
        if not directory and name.rpartition("/")[2] in ("", "."):
            raise self._bad(name, T("it is named as a directory is, but is none"))
        if ".." in parts:
            raise self._bad(name, T("its path climbs with '..'"))
        if len(parts) > MAX_DEPTH:
            raise self._bad(name, T("it lies too deep"))
        return "/".join(parts)

    def _bad(self, name: str, why: Text) -> BadInput:
        shown = repr(name if len(name) <= 200 else name[:200] + "…")
        return refused(self._archive, T("Member {name}: {why}.", name=shown, why=why))


def _plain(name: str) -> bool:
    return len(name) <= MAX_PATH and not any(
        char < " " or char == "\\" or char == "\x7f" or "\ud800" <= char <= "\udfff"
        for char in name
    )
