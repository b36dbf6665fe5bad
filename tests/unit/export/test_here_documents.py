"""Bytes come out of a here-document as they went in, whatever they are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from installer.export.here_documents import here_document, plain


def read(script: str) -> bytes:
    return subprocess.run(["sh", "-eu", "-c", script], capture_output=True, check=True).stdout


@settings(max_examples=60, deadline=None)
@given(some.binary(max_size=300) | some.text(max_size=300).map(lambda text: text.encode()))
def test_any_bytes(data: bytes) -> None:
    assert read(here_document("cat", data)) == data


@pytest.mark.parametrize("program", ["base64", "openssl"])
def test_it_is_decoded_by_what_the_host_has(tmp_path: Path, program: str) -> None:
    for name in (program, "cat"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    data = bytes(range(256)) * 3
    script = here_document("cat", data)
    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", script], env={"PATH": str(tmp_path)},
        capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout == data


def test_text_stays_readable() -> None:
    data = "# Überschrift\n\t$HOME `id` 'x' \\\nEND\nEND2\n".encode()
    script = here_document("cat", data)
    assert data.decode() in script
    assert read(script) == data


def test_what_a_terminal_would_take_for_a_command_is_no_plain_text() -> None:
    assert not plain(b"\x1b[2J\n")
    assert not plain(b"a\r\n")
    assert not plain(b"no end of line")
    assert plain(b"")
