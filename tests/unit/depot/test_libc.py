from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from installer.depot.libc import PARTS, glibc_needed


@pytest.mark.parametrize(
    ("programs", "needed"),
    [
        ([b"\0GLIBC_2.2.5\0GLIBC_2.14\0GLIBC_2.9\0"], "2.14"),
        ([b"\0GLIBC_2.14\0GLIBC_2.9\0", b"\0GLIBC_2.29\0"], "2.29"),
        ([b"\0GLIBCXX_3.4\0GLIBC_PRIVATE\0", b""], ""),
        ([b"\0GLIBC_2.12345\0"], ""),
        ([], ""),
    ],
)
def test_the_newest_version_counts(programs: list[bytes], needed: str) -> None:
    assert glibc_needed(programs) == needed


def test_a_program_of_this_machine_needs_no_more_than_it_has() -> None:
    told = subprocess.run(["getconf", "GNU_LIBC_VERSION"], capture_output=True, text=True)
    here = told.stdout.split()[-1] if told.returncode == 0 else pytest.skip("no glibc here")
    needed = glibc_needed([Path("/bin/sh").resolve().read_bytes()])
    assert needed

    def numbers(text: str) -> list[int]:
        return [int(each) for each in re.findall(r"\d+", text)]

    assert numbers(needed) <= numbers(here)


@pytest.mark.parametrize(
    "path",
    [
        "lib/libjli.so",
        "lib/jli/libjli.so",
        "lib/amd64/jli/libjli.so",
        "jre/lib/i386/server/libjvm.so",
        "lib/server/libjvm.so",
    ],
)
def test_the_parts_of_old_and_new_jdks_are_known(path: str) -> None:
    assert PARTS.fullmatch(path)
    assert not PARTS.fullmatch(path.replace("lib", "bib", 1))
