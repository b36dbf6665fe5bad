"""Reads tar and zip archives without unpacking them anywhere: index, safety, single members."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Literal, cast

from installer.depot import rpm
from installer.depot.forward import Forward, Opener
from installer.depot.installers import (
    SHEBANG,
    check_payload,
    link_target,
    packages_in,
)
from installer.depot.members import Tree, refused
from runbook.artefact import Format
from runbook.errors import BadInput
from runbook.text import T

KEPT_SIZE = 256 * 1024
_KEPT = re.compile(
    r"(docs/)?conf/.+|release|RELEASE-NOTES|include/ap_release\.h|bin/[^/]+\.sh"
    r"|(webapps/[^/]+/)?(WEB-INF/web|META-INF/context)\.xml"
)
_OPENERS: tuple[tuple[bytes, Opener], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ", lzma.open),
)
_CHUNK = 1024 * 1024
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    RuntimeError,
    MemoryError,
)
"""What the libraries raise for archives that are cut off, broken or made to break them."""


@dataclass(frozen=True)
class Index:
    """What is in an archive: paths are those below ``top``."""

    format: Format
    top: str
    unpacked: int
    files: dict[str, int]
    kept: dict[str, bytes]
    """Bytes of the small texts that previews and checks read."""


def inspect(path: Path, name: str = "") -> Index:
    """Index an archive and make sure that unpacking it as root is safe.

    :param name: what people are told it is called, and whose ``.war`` means "no top directory"
    :raises BadInput: it is damaged, no archive, or could write outside its own directory
    """
    name = name or path.name
    with _damage_told(name):
        match _kind(path, name):
            case "rpm":
                (package,) = packages_in(path, name)
                return Index("rpm", "", package.unpacked, package.files, {})
            case "zip":
                return _inspect_zip(path, name)
            case "bin":
                return _inspect_installer(path, name)
            case opener:
                return _inspect_tar(path, opener, name)


def read_member(path: Path, member: str) -> bytes | None:
    """Bytes of a regular file by its full path inside an archive that passed ``inspect``."""
    with _damage_told(path.name):
        kind = _kind(path, path.name)
        if kind == "rpm":
            return None
        if kind in ("zip", "bin"):
            with zipfile.ZipFile(path) as archive:
                found = next((i for i in archive.infolist() if _tidy(i.filename) == member), None)
                return archive.read(found) if found and not found.is_dir() else None
        with tarfile.open(path) as tar:
            entry = next((i for i in tar if _tidy(i.name) == member), None)
            content = tar.extractfile(entry) if entry and not entry.issym() else None
            return content.read() if content else None


def _inspect_tar(path: Path, opener: Opener, name: str) -> Index:
    tree = Tree(name, path.stat().st_size)
    kept: dict[str, bytes] = {}
    with Forward(path, opener, name) as stream:
        with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r:") as tar:
            for member in tar:
                _add_tar_member(tree, member, name)
                if member.isreg() and _keeps(member.name, member.size):
                    content = tar.extractfile(member)
                    kept[_tidy(member.name)] = content.read() if content else b""
        if not stream.ends_in_zeros():
            raise refused(name, T("Something unreadable stands between or after its members."))
    return _index("tar", tree, kept, war=False)


def _add_tar_member(tree: Tree, member: tarfile.TarInfo, name: str) -> None:
    if member.isdir():
        tree.directory(member.name)
    elif member.issym():
        tree.symbolic_link(member.name, member.linkname)
    elif member.islnk():
        tree.hard_link(member.name, member.linkname)
    elif (
        member.type in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
        and member.sparse is None
    ):
        if member.mode & (stat.S_ISUID | stat.S_ISGID):
            raise refused(name, T("Member {name} is set-uid or set-gid.", name=repr(member.name)))
        # tarfile drops a slash at the end of a pax path, by which tar makes a directory.
        tree.file(member.pax_headers.get("path", member.name), member.size)
    else:
        raise refused(name, T("Member {name} is no file.", name=repr(member.name)))


def _inspect_zip(path: Path, name: str, links: bool = False) -> Index:
    tree = Tree(name, path.stat().st_size)
    kept: dict[str, bytes] = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if links and (target := link_target(archive, member)) is not None:
                tree.symbolic_link(member.filename, target)
            else:
                _add_zip_member(tree, member, name)
        for member in archive.infolist():
            # Read each one to its end: the two headers must agree, and so must the checksum.
            with archive.open(member) as content:
                while chunk := content.read(_CHUNK):
                    if _keeps(member.filename, member.file_size):
                        tidy = _tidy(member.filename)
                        kept[tidy] = kept.get(tidy, b"") + chunk
    return _index("zip", tree, kept, war=name.endswith(".war"))


def _inspect_installer(path: Path, name: str) -> Index:
    check_payload(path, name)
    if packages := packages_in(path, name):
        sizes = {package.id: package.unpacked for package in packages}
        return Index("rpm-bin", "", sum(sizes.values()), sizes, {})
    index = _inspect_zip(path, name, links=True)
    if not index.top:
        raise refused(name, T("It does not unpack to one directory."))
    return replace(index, format="bin")


def _add_zip_member(tree: Tree, member: zipfile.ZipInfo, name: str) -> None:
    kind = stat.S_IFMT(member.external_attr >> 16) if member.create_system == 3 else 0
    wrong = (
        not member.filename
        or member.orig_filename != member.filename
        or member.flag_bits & 0x1
        or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        or kind not in (0, stat.S_IFDIR if member.is_dir() else stat.S_IFREG)
    )
    if wrong:
        told = repr(member.orig_filename)
        raise refused(name, T("Member {name} is encrypted, a link or no file.", name=told))
    if member.is_dir():
        tree.directory(member.filename)
    else:
        tree.file(member.filename, member.file_size)


def _index(kind: Format, tree: Tree, kept: dict[str, bytes], war: bool) -> Index:
    top, files = tree.finish(war)
    cut = len(top) + 1 if top else 0
    below = {path[cut:]: data for path, data in kept.items() if path[cut:] in files}
    return Index(kind, top, tree.unpacked, files, below)


def _keeps(name: str, size: int) -> bool:
    tidy = _tidy(name)
    return 0 < size <= KEPT_SIZE and any(
        _KEPT.fullmatch(path) for path in (tidy, tidy.partition("/")[2])
    )


def _tidy(name: str) -> str:
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _kind(path: Path, name: str) -> Literal["rpm", "zip", "bin"] | Opener:
    """What a file is, judged by its first bytes; of a tar, how it is opened."""
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(rpm.MAGIC):
        return "rpm"
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    if head.startswith(SHEBANG):
        return "bin"
    for magic, opener in _OPENERS:
        if head.startswith(magic):
            return opener
    if head[257:262] == b"ustar":
        return open
    raise BadInput(
        T("{archive} is no tar, no zip, no RPM package and no installer.", archive=name),
        T("It begins with {head}.", head=repr(head[:16])),
        T("A page of a web site saved by mistake looks like this: open it in an editor."),
    )


@contextmanager
def _damage_told(name: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise BadInput(
            T("{archive} cannot be read to its end.", archive=name),
            str(error) or type(error).__name__,
            T("It is damaged or cut off: fetch it again."),
        ) from error
