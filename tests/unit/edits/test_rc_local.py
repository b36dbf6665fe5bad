from __future__ import annotations

import subprocess

import pytest

from runbook.edits.rc_local import START, edit_rc_local, starters, without_block
from runbook.errors import BadInput

LINE = "echo tomcat &"
DEBIAN = b"#!/bin/sh -e\n#\n# rc.local\n\necho mine\n\nexit 0\n"
FILES = {
    "none yet": START,
    "Debian's": DEBIAN,
    "Debian's, without its last newline": DEBIAN.rstrip(),
    "Red Hat's": b"#!/bin/bash\ntouch /var/lock/subsys/local\n",
    "an exit in the middle": b"#!/bin/sh\nif [ -f /no ]; then\n  exit 0\nfi\necho mine\n",
    "an exit with a number, a comment and blank lines": b"#!/bin/sh\necho mine\nexit 3 # !\n\n\n",
    "lines of Windows": b"#!/bin/sh\r\necho mine\r\nexit 0\r\n",
    "nothing but an exit": b"#!/bin/sh\nexit 0",
}


def edited(source: bytes) -> bytes:
    return edit_rc_local(source, "tomcat", [LINE])


@pytest.mark.parametrize("source", FILES.values(), ids=FILES)
def test_the_block_comes_where_it_is_reached_and_goes_without_a_trace(source: bytes) -> None:
    once = edited(source)
    assert edited(once) == once
    assert without_block(once, "tomcat") == source
    text = once.replace(b"\r", b"").decode()
    done = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=False)
    assert sorted(done.stdout.split()) == sorted(
        ["tomcat", *(["mine"] if b"echo mine" in source else [])]
    )
    assert done.stderr == ""
    assert done.returncode == (3 if b"exit 3" in source else 0), "what comes last stays last"


def test_a_block_that_an_exit_has_cut_off_moves_before_it() -> None:
    once = edited(b"#!/bin/sh\necho mine\n")
    cut_off = once.replace(b"echo mine\n", b"echo mine\nexit 0\n")
    assert edited(cut_off) == edited(b"#!/bin/sh\necho mine\nexit 0\n")


def test_a_block_stays_where_somebody_has_written_behind_it() -> None:
    grown = edited(b"#!/bin/sh\n") + b"echo later\n"
    assert edited(grown) == grown
    grown = grown + b"exit 0\n"
    assert edited(grown) == grown


def test_without_a_first_line_it_gets_one() -> None:
    assert edited(b"echo mine\n").startswith(b"#!/bin/sh\necho mine\n")


@pytest.mark.parametrize("first", ["#!/bin/sh", "#! /bin/bash -e", "#!/usr/bin/env dash"])
def test_a_shell_it_is(first: str) -> None:
    assert LINE.encode() in edited(f"{first}\n".encode())


@pytest.mark.parametrize("first", ["#!/usr/bin/perl", "#!/usr/bin/python3 -sh", "#!/bin/tcsh"])
def test_a_script_in_another_language_is_refused(first: str) -> None:
    with pytest.raises(BadInput, match="no script of a shell"):
        edited(f"{first}\nprint 1\n".encode())


def test_lines_that_start_the_program_are_found() -> None:
    text = b"#!/bin/sh\n# startup.sh: /t/bin/\n/t/bin/startup.sh\nsu t -c /t/bin/catalina.sh\n"
    assert [number for number, _ in starters(text, "/t/bin/")] == [3, 4]
