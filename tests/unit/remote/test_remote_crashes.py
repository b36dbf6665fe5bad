"""Every program that a script starts fails once, and once the host dies right after it."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from installer.remote.operations import (
    Extract,
    Move,
    Operation,
    Remove,
    RestoreFile,
    TakeAway,
    WriteFile,
)
from installer.remote.script import PREAMBLE, encode
from installer.remote.scripts import render
from tests.unit.remote.running import GROUP, USER, carry_out

TOOLS = (
    "chmod",
    "chown",
    "cp",
    "head",
    "mkdir",
    "mv",
    "rm",
    "rmdir",
    "sha256sum",
    "stat",
    "sync",
    "tar",
)
WRAPPER = """#!/bin/sh
read -r n <"{count}"
n=$((n + 1))
echo $n >"{count}"
[ $n -ne "$FAIL_AT" ] || [ "$FAIL_HOW" != fail ] || {{ echo "{tool}: it failed"; exit 1; }}
[ $n -ne "$FAIL_AT" ] || {{ "{real}" "$@"; kill -9 0; }}
exec "{real}" "$@"
"""


@dataclass
class Hazard:
    """Runs an operation so that its n-th program fails, or is the last thing that happens."""

    bin: Path

    def run(self, operation: Operation, at: int, how: str) -> int:
        (self.bin / "count").write_text("0")
        script = render(operation)
        text = encode(
            re.sub("PATH=[^ ]*", f"PATH={self.bin}:/usr/bin:/bin", PREAMBLE) + script.text
        )
        done = subprocess.run(
            ["sh", "-c", f'eval "$(/usr/bin/head -c {len(text)})"'],
            input=text + script.data,
            capture_output=True,
            start_new_session=True,
            env={"FAIL_AT": str(at), "FAIL_HOW": how},
            check=False,
        )
        return done.returncode

    @property
    def count(self) -> int:
        return int((self.bin / "count").read_text())


@pytest.fixture
def hazard(tmp_path: Path) -> Hazard:
    bin = tmp_path / "bin"
    bin.mkdir()
    for tool in TOOLS:
        wrapper = WRAPPER.format(count=bin / "count", tool=tool, real=shutil.which(tool))
        (bin / tool).write_text(wrapper)
        (bin / tool).chmod(0o755)
    return Hazard(bin)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def state(root: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(root)): (
            path.stat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(root.rglob("*"))
    }


Scene = Callable[[Path, Path], Operation]
"""Prepares a directory (and, outside of it, an archive) and says what is to be done there."""


def create(root: Path, _: Path) -> Operation:
    return WriteFile(f"{root}/a/b/file", b"new", 0o640, USER, GROUP, expect="")


def replace(root: Path, aside: Path) -> Operation:
    (root / "file").write_bytes(b"old")
    return WriteFile(
        f"{root}/file", b"new", 0o600, USER, GROUP, sha(b"old"), f"{aside}/saved/file",
        'test -s "$1"',
    )  # fmt: skip


def restore(root: Path, aside: Path) -> Operation:
    (root / "file").write_bytes(b"new")
    (aside / "saved").write_bytes(b"old")
    return RestoreFile(f"{root}/file", f"{aside}/saved", sha(b"new"))


def take_away(root: Path, _: Path) -> Operation:
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "file").write_bytes(b"ours")
    return Remove(f"{root}/a/b/file", sha(b"ours"), keep=str(root))


def take_away_tree(root: Path, _: Path) -> Operation:
    (root / "tree" / "deep").mkdir(parents=True)
    (root / "tree" / "deep" / "file").write_bytes(b"ours")
    return Remove(f"{root}/tree")


def give_back(root: Path, _: Path) -> Operation:
    receipt = b"made by us"
    for name, data in (("new", receipt), ("old", b"theirs")):
        (root / name).mkdir()
        (root / name / ".catherd").write_bytes(data)
    return TakeAway(f"{root}/new", sha(receipt), f"{root}/old")


def rename(root: Path, _: Path) -> Operation:
    (root / "tree").mkdir()
    return Move(f"{root}/tree", f"{root}/a/moved")


def unpack(root: Path, aside: Path) -> Operation:
    return _extract(root, aside, None)


def unpack_over(root: Path, aside: Path) -> Operation:
    (root / "tomcat").mkdir()
    (root / "tomcat" / "theirs").write_bytes(b"")
    return _extract(root, aside, f"{root}/kept")


def _extract(root: Path, aside: Path, kept: str | None) -> Operation:
    (aside / "top").mkdir()
    (aside / "top" / "file").write_bytes(b"x")
    with tarfile.open(aside / "archive", "w:gz") as tar:
        tar.add(aside / "top", "top")
    return Extract(
        f"{aside}/archive", f"{root}/tomcat", 1, USER, GROUP, ("logs",), USER, kept, b"receipt"
    )


SCENES = [
    create,
    replace,
    restore,
    take_away,
    take_away_tree,
    give_back,
    rename,
    unpack,
    unpack_over,
]


@pytest.fixture
def places(tmp_path: Path) -> Callable[[], tuple[Path, Path]]:
    numbers = iter(range(1000))

    def fresh() -> tuple[Path, Path]:
        place = tmp_path / str(next(numbers))
        (place / "root").mkdir(parents=True)
        (place / "aside").mkdir()
        return place / "root", place / "aside"

    return fresh


@pytest.mark.parametrize("scene", SCENES)
def test_a_failure_leaves_all_or_nothing_and_a_repeat_completes_it(
    scene: Scene, hazard: Hazard, places: Callable[[], tuple[Path, Path]]
) -> None:
    root, aside = places()
    operation = scene(root, aside)
    before = state(root)
    assert hazard.run(operation, 0, "") == 0
    after, programs = state(root), hazard.count
    assert before != after
    for how in ("fail", "die"):
        for at in range(1, programs + 1):
            root, aside = places()
            operation = scene(root, aside)
            code = hazard.run(operation, at, how)
            left = {name: entry for name, entry in state(root).items() if ".catherd-" not in name}
            visible = [*before, *after]
            assert all(name in visible for name in left), (how, at)
            for name, entry in left.items():
                assert entry in (before.get(name), after.get(name)), (how, at, name)
            if how == "fail" and code != 0 and scene not in (take_away_tree, give_back):
                assert state(root) in (before, after), (at, "is neither old nor new")
            result = carry_out(operation)
            assert result.ok, (how, at, result.text)
            assert state(root) == after, (how, at)
