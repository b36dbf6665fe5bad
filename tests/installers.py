"""Installers that behave as Sun's did until JDK 6, made around any tree of files.

A script pages a licence with ``more``, asks until it is answered yes or no, cuts a program that
unzips itself out of its own tail, compares its ``sum``, and lets it unpack; ``-rpm.bin`` installs
the packages that come out, and asks for Enter in the end.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

LICENCE = "Binary Code License Agreement\n\n" + "\n".join(
    f"{number}. $HOME and `this` stand here as they are, \\ too, in line {number}."
    for number in range(1, 61)
)
_ASK = """#!/bin/sh
PATH=/bin:/usr/bin:/sbin:/usr/sbin
umask 022
more <<"EOF"
@LICENCE@
EOF
agreed=
while [ x$agreed = x ]; do
    echo
    echo "Do you agree to the above license terms? [yes or no]"
    read reply leftover || exit 9
    case $reply in
    yes) agreed=1 ;;
    no) echo "If you don't agree to the license you can't install this software"; exit 1 ;;
    esac
done
outname=install.sfx.$$
echo "Unpacking..."
tail -n +@LINE@ "$0" >$outname
echo "Checksumming..."
set -- `/usr/bin/sum $outname`
if expr $1 != @SUM@ >/dev/null || expr $2 != @BLOCKS@ >/dev/null; then
    echo "The download file appears to be corrupted."
    exit 1
fi
echo "Extracting..."
chmod +x $outname
./$outname
rm -f $outname
"""
_PACKAGES = """
for each in *.rpm; do echo "Installing $each"; done
rpm -Uvh *.rpm || exit 1
rm -f *.rpm
echo "Press Enter to continue....."
read enterkey
"""
_END = 'echo "Done."\nexit 0\n'


def installer(path: Path, files: Mapping[str, Path | bytes | str], unzip: bytes) -> Path:
    """Write an installer of ``files``: a path or bytes each, or a link as its target.

    ``unzip``: the program before the zip, such as Info-ZIP's unzipsfx. Packages among the files
    are installed when they have been unpacked.
    """
    program = path.with_suffix(".sfx")
    program.write_bytes(unzip)
    with zipfile.ZipFile(program, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in files.items():
            _add(archive, name, content)
    told = subprocess.run(["sum", program], capture_output=True, text=True, check=True).stdout
    sum_, blocks, *_ = told.split()
    script = _ASK + (_PACKAGES if any(name.endswith(".rpm") for name in files) else "") + _END
    script = script.replace("@LICENCE@", LICENCE)
    script = script.replace("@LINE@", str(script.count("\n") + 1))
    script = script.replace("@SUM@", str(int(sum_))).replace("@BLOCKS@", blocks)
    with path.open("wb") as file, program.open("rb") as tail:
        file.write(script.encode())
        while block := tail.read(1 << 20):
            file.write(block)
    program.unlink()
    return path


def _add(archive: zipfile.ZipFile, name: str, content: Path | bytes | str) -> None:
    info = zipfile.ZipInfo(name, (2008, 1, 1, 0, 0, 0))
    info.compress_type, mode = zipfile.ZIP_DEFLATED, stat.S_IFREG | 0o644
    if isinstance(content, str):
        mode, content = stat.S_IFLNK | 0o777, content.encode()
    elif "/bin/" in name or (isinstance(content, Path) and os.access(content, os.X_OK)):
        mode = stat.S_IFREG | 0o755
    info.external_attr = mode << 16
    if isinstance(content, bytes):
        archive.writestr(info, content)
        return
    with content.open("rb") as source, archive.open(info, "w") as target:
        while block := source.read(1 << 20):
            target.write(block)


def tree(root: Path, top: str) -> dict[str, Path | str]:
    """All of a directory as members below ``top``, links as links."""
    found: dict[str, Path | str] = {}
    for path in sorted(root.rglob("*")):
        name = f"{top}/{path.relative_to(root).as_posix()}"
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_file():
            found[name] = path
    return found


def old_program() -> bytes:
    """A program for i386 that does nothing, but asks for the loader that all such ask for."""
    loader = b"/lib/ld-linux.so.2\0"
    code = b"\xb8\x01\x00\x00\x00\x31\xdb\xcd\x80"  # exit(0)
    headers, base = 52 + 2 * 32, 0x08048000
    size = headers + len(loader) + len(code)
    head = struct.pack(
        "<4s5B7xHHIIIIIHHHHHH",
        b"\x7fELF", 1, 1, 1, 0, 0, 2, 3, 1, base + headers + len(loader), 52, 0, 0, 52, 32, 2,
        0, 0, 0,
    )  # fmt: skip
    interp = struct.pack("<8I", 3, headers, base + headers, base + headers, len(loader),
                         len(loader), 4, 1)  # fmt: skip
    load = struct.pack("<8I", 1, 0, base, base, size, size, 5, 0x1000)
    return head + interp + load + loader + code


def package(name: str, machine: str, paths: Mapping[str, int]) -> bytes:
    """The lead and the headers of an RPM package without its payload."""
    texts = {1000: name, 1001: "1.6.0_04", 1002: "fcs", 1022: machine}
    folders = sorted({path.rpartition("/")[0] + "/" for path in paths})
    store, index = io.BytesIO(), []

    def put(tag: int, kind: int, data: bytes, count: int, align: int = 1) -> None:
        store.write(bytes(-store.tell() % align))
        index.append(struct.pack(">4I", tag, kind, store.tell(), count))
        store.write(data)

    def joined(words: list[str]) -> bytes:
        return b"".join(word.encode() + b"\0" for word in words)

    for tag, text in texts.items():
        put(tag, 6, text.encode() + b"\0", 1)
    put(1009, 4, struct.pack(">I", sum(paths.values())), 1, 4)
    put(1028, 4, struct.pack(f">{len(paths)}I", *paths.values()), len(paths), 4)
    at = [folders.index(path.rpartition("/")[0] + "/") for path in paths]
    put(1116, 4, struct.pack(f">{len(at)}I", *at), len(at), 4)
    put(1117, 8, joined([path.rpartition("/")[2] for path in paths]), len(paths))
    put(1118, 8, joined(folders), len(folders))
    header = _header(b"".join(index), store.getvalue())
    signatures = _header(struct.pack(">4I", 1000, 4, 0, 1), struct.pack(">I", 0) + b"x")
    return b"\xed\xab\xee\xdb\x03" + bytes(91) + signatures + bytes(-5 % 8) + header


def _header(index: bytes, store: bytes) -> bytes:
    return struct.pack(">4s4xII", b"\x8e\xad\xe8\x01", len(index) // 16, len(store)) + index + store
