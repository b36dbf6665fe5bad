"""What an RPM package says of itself, read from its header alone.

The format is that of the Linux Standard Base: a lead, a header of signatures, the header proper;
each header is an index of tags and a store of values.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from typing import IO

from runbook.errors import BadInput
from runbook.text import T

MAGIC = b"\xed\xab\xee\xdb"
_HEADER = b"\x8e\xad\xe8\x01"
_LEAD = 96
_LARGEST = 64 << 20
"""Bytes of a header; a kernel's with all its files has three million."""
_MOST_TAGS = 65_536
_NAME, _VERSION, _RELEASE, _SIZE, _ARCH = 1000, 1001, 1002, 1009, 1022
_OLD_FILES, _FILE_SIZES, _FOLDERS_OF, _BASES, _FOLDERS = 1027, 1028, 1116, 1117, 1118
_INTEGERS = {1: "b", 2: "b", 3: "H", 4: "I", 5: "Q"}
_TEXTS = (6, 8, 9)
_PLAIN = r"[A-Za-z0-9][A-Za-z0-9._+~^-]*"
"""How packages, versions and machines are spelled: such a name is harmless in a command."""


@dataclass(frozen=True)
class Package:
    """A package as its header describes it."""

    name: str
    version: str
    release: str
    machine: str
    """As in its file name: ``i586``, ``x86_64``, ``noarch``."""
    unpacked: int
    """Bytes of all its files."""
    files: dict[str, int] = field(repr=False)
    """Sizes by absolute path; directories and links are among them."""

    @property
    def id(self) -> str:
        """What the package database calls it."""
        return f"{self.name}-{self.version}-{self.release}"


def read_package(stream: IO[bytes], name: str) -> Package:
    """Read the beginning of a package.

    :param name: what people are told it is called
    :raises BadInput: it is no package, is cut off, or is not as the format wants it
    """
    try:
        lead = _exactly(stream, _LEAD)
        if not lead.startswith(MAGIC):
            raise ValueError(T("its first bytes are not those of a package"))
        signatures = _header(stream)[1]
        _exactly(stream, -signatures % 8)
        return _package(_header(stream)[0])
    except (ValueError, struct.error, LookupError) as error:
        raise BadInput(
            T("{archive} cannot be read as an RPM package.", archive=name),
            str(error) or type(error).__name__,
            T("It is damaged or cut off: fetch it again."),
        ) from error


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size) if size else b""
    if len(data) != size:
        raise ValueError(T("it ends too early"))
    return data


Tags = dict[int, tuple[int, int, int]]
"""Type, offset and count of each tag."""


def _header(stream: IO[bytes]) -> tuple[_Values, int]:
    """The values of a header, and how many bytes its store has."""
    magic, _, tags, size = struct.unpack(">4s4sII", _exactly(stream, 16))
    if magic != _HEADER or tags > _MOST_TAGS or size > _LARGEST:
        raise ValueError(T("a header is not as it should be"))
    index: Tags = {}
    for tag, *rest in struct.iter_unpack(">IIII", _exactly(stream, 16 * tags)):
        index[tag] = (rest[0], rest[1], rest[2])
    return _Values(index, _exactly(stream, size)), size


class _Values:
    """Values by tag; what is not there is an empty list."""

    def __init__(self, index: Tags, store: bytes) -> None:
        self._index, self._store = index, store

    def texts(self, tag: int) -> list[str]:
        """Texts, each ended by a zero."""
        kind, at, count = self._index.get(tag, (8, 0, 0))
        if kind not in _TEXTS or at > len(self._store) or count > len(self._store):
            raise ValueError(T("a value is not where it should be"))
        found = []
        for _ in range(count):
            end = self._store.index(0, at)
            found.append(self._store[at:end].decode("utf-8", "surrogateescape"))
            at = end + 1
        return found

    def numbers(self, tag: int) -> list[int]:
        """Whole numbers."""
        kind, at, count = self._index.get(tag, (4, 0, 0))
        if kind not in _INTEGERS or count > len(self._store):
            raise ValueError(T("a value is not where it should be"))
        return list(struct.unpack_from(f">{count}{_INTEGERS[kind]}", self._store, at))

    def word(self, tag: int) -> str:
        """A text that is a name."""
        (text,) = self.texts(tag) or [""]
        if not re.fullmatch(_PLAIN, text, re.ASCII):
            raise ValueError(T("{word} is no name of a package", word=repr(text[:60])))
        return text


def _package(values: _Values) -> Package:
    paths = _paths(values)
    sizes = values.numbers(_FILE_SIZES) or [0] * len(paths)
    (unpacked,) = values.numbers(_SIZE)[:1] or [sum(sizes)]
    return Package(
        values.word(_NAME),
        values.word(_VERSION),
        values.word(_RELEASE),
        values.word(_ARCH),
        unpacked,
        dict(zip(paths, sizes, strict=True)),
    )


def _paths(values: _Values) -> list[str]:
    """Paths are kept as folders and names since rpm 4.0; before that each was kept whole."""
    if old := values.texts(_OLD_FILES):
        return old
    folders = values.texts(_FOLDERS)
    pairs = zip(values.texts(_BASES), values.numbers(_FOLDERS_OF), strict=True)
    return [folders[at] + base for base, at in pairs]
