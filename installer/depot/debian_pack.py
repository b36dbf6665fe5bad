"""Archives that come out the same, byte for byte, whenever they are packed."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_TIME = 946684800
"""One time for all members: the first second of 2000, late enough for every tool."""


@dataclass(frozen=True)
class Member:
    """A file with its content, a directory (no content), or a link (its target as text)."""

    content: bytes | Path | str | None
    mode: int


def pack(archive: Path, top: str, members: Mapping[str, Member], *, level: int) -> Path:
    """Write a tar.gz of ``members`` below the directory ``top``, owned by root."""
    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", level, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for name in sorted({"", *members}):
            member = members.get(name, Member(None, 0o755))
            info = tarfile.TarInfo(f"{top}/{name}".rstrip("/"))
            info.mode, info.mtime, info.uname, info.gname = member.mode, _TIME, "root", "root"
            match member.content:
                case None:
                    info.type = tarfile.DIRTYPE
                    tar.addfile(info)
                case str(target):
                    info.type, info.linkname = tarfile.SYMTYPE, target
                    tar.addfile(info)
                case bytes(data):
                    info.size = len(data)
                    tar.addfile(info, io.BytesIO(data))
                case Path() as path:
                    info.size = path.stat().st_size
                    with path.open("rb") as source:
                        tar.addfile(info, source)
    return archive


def jar(manifest: Mapping[str, str], classes: Mapping[str, bytes]) -> bytes:
    """A jar of ``classes`` with the lines of ``manifest``."""
    head = "".join(f"{key}: {value}\r\n" for key, value in manifest.items()) + "\r\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [("META-INF/MANIFEST.MF", head.encode()), *sorted(classes.items())]:
            info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, data)
    return buffer.getvalue()
