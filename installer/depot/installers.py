"""Programs that unpack themselves, as JDKs came until 6: a script, an unzip of their own, a zip.

The script shows a licence, asks, and lets the rest unpack itself: into a directory (``.bin``), or
into packages that it installs (``-rpm.bin``).
"""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from installer.depot.elf import HEAD, program
from installer.depot.rpm import MAGIC, Package, read_package
from runbook.artefact import Java
from runbook.errors import BadInput
from runbook.text import T

SHEBANG = b"#!"
_SCRIPT = 1 << 20
"""Bytes in which the script ends; a licence has some tens of thousands."""
_LICENCE = re.compile(
    rb"^[ \t]*(?:more|less|pg|cat|\$\{?\w+\}?)\b[^\n]*?<<-?[ \t]*([\"']?)(\w+)\1[^\n]*\n(.*?)^\2$",
    re.MULTILINE | re.DOTALL,
)
_SHORTEST = 200
"""Characters of a licence; what is shorter is some other message."""


def licence(path: Path) -> str:
    """The licence that the script would show; empty where it has none that can be found."""
    with path.open("rb") as file:
        head = file.read(_SCRIPT)
    if not head.startswith(SHEBANG):
        return ""
    script = head.partition(b"\x7fELF")[0].partition(b"PK\x03\x04")[0]
    shown = max((found[3] for found in _LICENCE.finditer(script)), key=len, default=b"")
    try:
        text = shown.decode("utf-8")
    except UnicodeDecodeError:
        text = shown.decode("latin-1")
    return text.strip() if len(text) >= _SHORTEST else ""


def packages_in(path: Path, name: str) -> tuple[Package, ...]:
    """The packages in a file: itself, or those that a ``-rpm.bin`` would install."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) == MAGIC:
            file.seek(0)
            return (read_package(file, name),)
    with zipfile.ZipFile(path) as archive:
        return tuple(_packages(archive))


def _packages(archive: zipfile.ZipFile) -> Iterator[Package]:
    for member in archive.infolist():
        if member.filename.endswith(".rpm") and not member.is_dir():
            with archive.open(member) as content:
                yield read_package(content, member.filename)


def check_payload(path: Path, name: str) -> None:
    """Refuse a script with something behind it that cannot be looked into beforehand."""
    if not zipfile.is_zipfile(path):
        raise BadInput(
            T("What {archive} would unpack cannot be read.", archive=name),
            T("It is a script, and no zip archive lies behind it."),
            T("Unpack it on a machine of your own, and give Catherd a .tar.gz of the directory."),
        )


def link_target(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str | None:
    """Where a symbolic link among the members points; None for what is none."""
    kind = stat.S_IFMT(member.external_attr >> 16) if member.create_system == 3 else 0
    if kind != stat.S_IFLNK or member.file_size > 4096:
        return None
    return archive.read(member).decode("utf-8", "surrogateescape")


def java_of_packages(packages: tuple[Package, ...], name: str) -> Java:
    """The JDK that packages bring: its home is where ``bin/java`` lies, not one within another."""
    homes = {
        path.removesuffix("/bin/java"): package
        for package in packages
        for path in package.files
        if path.endswith("/bin/java")
    }
    if not homes:
        raise BadInput(
            T("There is no Java in {archive}.", archive=name),
            T("No package in it has a file bin/java."),
            T("Give the package of a JDK."),
        )
    home = min(homes, key=len)
    if not re.fullmatch(r"(/[A-Za-z0-9._+-]+)+", home):
        raise BadInput(T("{home} cannot be used as JAVA_HOME.", home=repr(home)), name)
    machine, loader = _MACHINES.get(homes[home].machine, ("", ""))
    return Java(machine, loader, home, tuple(package.id for package in packages))


_OLD = ("i386", "/lib/ld-linux.so.2")
_MACHINES = {
    **dict.fromkeys(("i386", "i486", "i586", "i686", "athlon"), _OLD),
    **dict.fromkeys(("x86_64", "amd64"), ("x86_64", "/lib64/ld-linux-x86-64.so.2")),
    "aarch64": ("aarch64", "/lib/ld-linux-aarch64.so.1"),
    "ppc64le": ("ppc64le", "/lib64/ld64.so.2"),
    "s390x": ("s390x", "/lib/ld64.so.1"),
}
"""What a package says it is for, and what must be there to start its programs."""


def java_of_program(head: bytes | None) -> Java:
    """The JDK whose ``bin/java`` begins so; one that is no program of its own says nothing."""
    return Java(*(program((head or b"")[:HEAD]) or ()))
