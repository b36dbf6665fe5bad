"""Directories that are taken back: the real scripts on this machine."""

from __future__ import annotations

import hashlib
import subprocess
import time
from pathlib import Path

import pytest

from installer.remote.operations import TakeAway
from installer.remote.outcome import failure
from installer.remote.script import CHANGED, MISSING
from installer.remote.scripts import render
from installer.remote.trees import changed_inside
from tests.unit.remote.running import carry_out

RECEIPT = b'{"name": "it"}\n'
DIGEST = hashlib.sha256(RECEIPT).hexdigest()


def make(root: Path) -> Path:
    """A directory as an unpacked archive leaves it: the receipt is the youngest file."""
    for path in ("bin/run", "conf/server.xml", "logs/out", "we[i]rd *?\\/x"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"ours")
    time.sleep(0.02)
    (root / ".catherd").write_bytes(RECEIPT)
    time.sleep(0.02)
    return root


def changed(root: Path, *spare: str) -> list[str]:
    script = changed_inside(str(root), spare)
    found = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    return [line.removeprefix(f"{root}/") for line in found.stdout.splitlines()]


def test_what_others_put_in_or_change_is_found(tmp_path: Path) -> None:
    root = make(tmp_path / "tomcat")
    assert changed(root) == []
    old = tmp_path / "old.war"
    old.write_bytes(b"theirs")
    subprocess.run(["touch", "-d", "2001-01-01", old], check=True)
    subprocess.run(["cp", "-a", old, root / "theirs.war"], check=True)
    (root / "logs" / "out").write_bytes(b"more")
    (root / "conf" / "server.xml").write_bytes(b"edited")
    (root / "link").symlink_to("theirs.war")
    assert changed(root) == ["conf/server.xml", "link", "logs/out", "theirs.war"]
    assert changed(root, "logs", "conf/server.xml", "link") == ["theirs.war"]


def test_names_are_no_patterns(tmp_path: Path) -> None:
    root = make(tmp_path / "to*[m]cat")
    (root / "we[i]rd *?\\" / "x").write_bytes(b"theirs")
    assert changed(root, "we[i]rd *?\\/x") == []
    assert changed(root, "we?i]rd *?\\/x") == ["we[i]rd *?\\/x"]


def test_a_directory_goes_and_the_old_one_comes_back(tmp_path: Path) -> None:
    root, aside = make(tmp_path / "a" / "tomcat"), tmp_path / "a" / "tomcat.before-1"
    aside.mkdir()
    (aside / "old").write_bytes(b"old")
    inode = (aside / "old").stat().st_ino
    (root / "logs" / "out").write_bytes(b"more")
    operation = TakeAway(str(root), DIGEST, str(aside), spare=("logs",))
    for _ in range(2):
        assert carry_out(operation).ok
        assert [path.name for path in root.iterdir()] == ["old"]
        assert (root / "old").stat().st_ino == inode
        assert not aside.exists()


def test_empty_parents_go_too(tmp_path: Path) -> None:
    root = make(tmp_path / "usr" / "java" / "jdk")
    assert carry_out(TakeAway(str(root), DIGEST, keep=str(tmp_path / "usr"))).ok
    assert list((tmp_path / "usr").iterdir()) == []
    assert carry_out(TakeAway(str(root), DIGEST, keep=str(tmp_path / "usr"))).ok


def test_work_of_others_is_not_removed(tmp_path: Path) -> None:
    root = make(tmp_path / "tomcat")
    (root / "theirs").write_bytes(b"theirs")
    operation = TakeAway(str(root), DIGEST)
    result = carry_out(operation)
    assert (result.code, result.text) == (CHANGED, f"{root}/theirs")
    assert f"{root} has changed" in str(failure("tomcat1", operation, result))
    away = tmp_path / "tomcat.after-2"
    assert carry_out(TakeAway(str(root), DIGEST, save_to=str(away))).ok
    assert (away / "theirs").read_bytes() == b"theirs"
    assert not root.exists()


@pytest.mark.parametrize("aside", [True, False])
def test_another_directory_is_not_ours_to_remove(tmp_path: Path, aside: bool) -> None:
    root, before = tmp_path / "tomcat", tmp_path / "tomcat.before-1"
    root.mkdir()
    (root / ".catherd").write_bytes(b"another")
    if aside:
        before.mkdir()
    operation = TakeAway(str(root), DIGEST, str(before) if aside else None)
    assert carry_out(operation).code == CHANGED
    assert (root / ".catherd").exists()


def test_without_the_old_directory_the_new_one_stays(tmp_path: Path) -> None:
    root = make(tmp_path / "tomcat")
    operation = TakeAway(str(root), DIGEST, str(tmp_path / "gone"))
    assert carry_out(operation).code == MISSING
    assert (root / "bin" / "run").exists()


def test_directories_of_the_system_are_refused() -> None:
    with pytest.raises(Exception, match="belongs to the system"):
        render(TakeAway("/usr/local", DIGEST))
