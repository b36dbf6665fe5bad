"""Whose machine a program is made for, read from its first bytes."""

from __future__ import annotations

import re
import struct

HEAD = 4096
"""Bytes that hold the headers and the loader's name in every program that a linker makes."""
MACHINES = {
    3: "i386",
    20: "ppc",
    21: "ppc64",
    22: "s390x",
    40: "arm",
    50: "ia64",
    62: "x86_64",
    183: "aarch64",
    243: "riscv64",
    258: "loongarch64",
}
_INTERP = 3


def program(head: bytes) -> tuple[str, str] | None:
    """Machine and loader of an ELF program; None for anything else.

    The machine is empty where it is not known here, the loader where the program needs none.
    """
    if len(head) < 52 or head[:4] != b"\x7fELF" or head[4] not in (1, 2) or head[5] not in (1, 2):
        return None
    order, wide = "<>"[head[5] - 1], head[4] == 2
    try:
        (machine,) = struct.unpack_from(f"{order}H", head, 18)
        loader = _loader(head, order, wide)
    except struct.error:
        return None
    name = MACHINES.get(machine, "")
    return ("ppc64le" if name == "ppc64" and order == "<" else name), loader


def _loader(head: bytes, order: str, wide: bool) -> str:
    (table,) = struct.unpack_from(f"{order}Q" if wide else f"{order}I", head, 32 if wide else 28)
    size, count = struct.unpack_from(f"{order}HH", head, 54 if wide else 42)
    for at in range(table, min(table + size * count, len(head)), size or 1):
        (kind,) = struct.unpack_from(f"{order}I", head, at)
        if kind == _INTERP:
            place = f"{order}8xQ16xQ" if wide else f"{order}4xI8xI"
            start, length = struct.unpack_from(place, head, at)
            name = head[start : start + length].rstrip(b"\0")
            return name.decode() if re.fullmatch(rb"/[\w./+-]+", name) else ""
    return ""
