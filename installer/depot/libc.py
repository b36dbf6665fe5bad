"""Which C library the programs in an archive need, read from their symbols."""

from __future__ import annotations

import re
from collections.abc import Iterable

_VERSION = re.compile(rb"GLIBC_(\d{1,3})\.(\d{1,3})(?![\w.])")
PARTS = re.compile(r"(jre/)?lib/([\w-]+/)*lib(jli|jvm)\.so")
"""Of a JDK: what starts it, and the machine itself, by path below the top directory."""


def glibc_needed(programs: Iterable[bytes]) -> str:
    """The newest glibc whose symbols one of them asks for, ``2.38``; empty where none does.

    A linker writes the name of each version that is needed into the program, as GLIBC_2.38.
    """
    found = {
        (int(major), int(minor))
        for program in programs
        for major, minor in _VERSION.findall(program)
    }
    return ".".join(map(str, max(found))) if found else ""
