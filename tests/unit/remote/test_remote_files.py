"""WriteFile, RestoreFile, Remove and Move, each run by a real shell."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from installer.remote.operations import Move, Operation, Remove, RestoreFile, WriteFile
from installer.remote.script import CHANGED, IN_THE_WAY, INVALID, LINK, MISSING, Script
from installer.remote.scripts import render
from installer.remote.target import Result
from runbook.errors import BadInput
from tests.unit.remote.running import GROUP, USER, run

Do = Callable[[Operation], Result]
NASTY = "a 'b' \"c\" $(touch pwned) `d`; é\n-x"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def writing(path: Path, content: bytes, **more: object) -> WriteFile:
    return replace(WriteFile(str(path), content, 0o640, USER, GROUP), **more)  # type: ignore[arg-type]


def listing(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


def test_a_new_file_has_bytes_mode_and_parents(do: Do, tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / NASTY
    content = bytes(range(256)) * 300
    result = do(writing(path, content, expect=""))
    assert result == Result(0)
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o7777 == 0o640
    assert path.parent.stat().st_mode & 0o7777 == 0o755
    assert listing(path.parent) == [NASTY]


def test_the_old_file_is_kept_with_mode_and_times(do: Do, tmp_path: Path) -> None:
    path, saved = tmp_path / "profile", tmp_path / "saved" / "run" / "profile"
    path.write_bytes(b"old")
    path.chmod(0o4711)
    os.utime(path, (1e9, 1e9))
    assert do(writing(path, b"new", expect=sha(b"old"), save_to=str(saved))).ok
    assert path.read_bytes() == b"new"
    assert saved.read_bytes() == b"old"
    assert (saved.stat().st_mode & 0o7777, saved.stat().st_mtime) == (0o4711, 1e9)
    assert saved.parent.stat().st_mode & 0o777 == 0o700
    assert do(RestoreFile(str(path), str(saved), expect=sha(b"new"))).ok
    assert (path.read_bytes(), path.stat().st_mode & 0o7777) == (b"old", 0o4711)
    assert path.stat().st_mtime == 1e9
    assert listing(tmp_path) == ["profile", "saved", "saved/run", "saved/run/profile"]


@pytest.mark.parametrize("expect", ["", sha(b"something else")])
def test_a_file_that_changed_is_left_alone(do: Do, tmp_path: Path, expect: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"theirs")
    result = do(writing(path, b"ours", expect=expect, save_to=str(tmp_path / "s")))
    assert result.code == CHANGED
    assert listing(tmp_path) == ["file"]
    assert path.read_bytes() == b"theirs"


def test_a_file_that_vanished_counts_as_changed(do: Do, tmp_path: Path) -> None:
    result = do(writing(tmp_path / "a" / "file", b"ours", expect=sha(b"old")))
    assert result.code == CHANGED
    assert listing(tmp_path) == []


def test_a_repeated_write_changes_nothing_and_keeps_the_original(do: Do, tmp_path: Path) -> None:
    path, saved = tmp_path / "file", tmp_path / "saved"
    path.write_bytes(b"old")
    write = writing(path, b"new", expect=sha(b"old"), save_to=str(saved))
    assert do(write).ok
    assert do(write).ok
    assert (path.read_bytes(), saved.read_bytes()) == (b"new", b"old")


def test_leftovers_of_a_crash_are_replaced(do: Do, tmp_path: Path) -> None:
    path, target = tmp_path / "file", tmp_path / "victim"
    target.write_bytes(b"keep me")
    (tmp_path / ".file.catherd-new").symlink_to(target)
    assert do(writing(path, b"new")).ok
    assert target.read_bytes() == b"keep me"
    assert listing(tmp_path) == ["file", "victim"]


def test_what_the_test_refuses_is_not_put_in_place(do: Do, tmp_path: Path) -> None:
    path = tmp_path / "new" / "httpd.conf"
    write = writing(path, b"Listn 80", validate='grep -q Listen "$1" || { echo "line 1"; exit 9; }')
    result = do(write)
    assert (result.code, result.text) == (INVALID, "line 1")
    assert listing(tmp_path) == []
    assert do(replace(write, content=b"Listen 80")).ok


def test_a_link_and_a_directory_are_not_replaced(do: Do, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "folder").mkdir()
    assert do(writing(tmp_path / "link", b"x")).code == LINK
    assert do(writing(tmp_path / "folder", b"x")).code == IN_THE_WAY
    assert os.readlink(tmp_path / "link") == "nowhere"


@pytest.mark.parametrize("short", [1, 5])
def test_content_that_is_cut_off_is_thrown_away(shell: str, tmp_path: Path, short: int) -> None:
    path = tmp_path / "new" / "file"
    script = render(writing(path, b"123456"))
    result = run(replace(script, data=script.data[:-short]), shell)
    assert not result.ok
    assert listing(tmp_path) == []


def test_an_unknown_owner_is_told_and_nothing_changed(do: Do, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    result = do(writing(path, b"new", owner="no-such-user"))
    assert not result.ok
    assert "no-such-user" in result.text
    assert listing(tmp_path) == ["file"]


def test_parents_below_the_root_directory_are_taken_back(shell: str) -> None:
    script = Script("base_of /no-such-thing/a; forsake /no-such-thing/a; echo $base")
    assert run(script, shell, timeout=5).text == "/"


def test_a_long_name_still_fits(do: Do, tmp_path: Path) -> None:
    path = tmp_path / ("é" * 127)
    assert do(writing(path, b"x")).ok
    assert path.read_bytes() == b"x"


def test_restoring_is_refused_when_somebody_changed_the_file(do: Do, tmp_path: Path) -> None:
    path, saved = tmp_path / "file", tmp_path / "saved"
    path.write_bytes(b"theirs")
    saved.write_bytes(b"old")
    assert do(RestoreFile(str(path), str(saved), expect=sha(b"ours"))).code == CHANGED
    assert path.read_bytes() == b"theirs"
    assert do(RestoreFile(str(path), str(tmp_path / "none"))).code == MISSING


def test_restoring_twice_is_as_good_as_once(do: Do, tmp_path: Path) -> None:
    path, saved = tmp_path / "file", tmp_path / "saved"
    path.write_bytes(b"new")
    saved.write_bytes(b"old")
    restore = RestoreFile(str(path), str(saved), expect=sha(b"new"))
    assert do(restore).ok
    assert do(restore).ok
    assert path.read_bytes() == b"old"


def test_removing_takes_empty_parents_up_to_the_one_to_keep(do: Do, tmp_path: Path) -> None:
    path = tmp_path / "kept" / "a" / "b" / "file"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"ours")
    remove = Remove(str(path), sha(b"ours"), keep=str(tmp_path / "kept"))
    assert do(remove).ok
    assert listing(tmp_path) == ["kept"]
    assert do(remove).ok


def test_removing_leaves_parents_that_hold_something(do: Do, tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "tree"
    (path / "deep").mkdir(parents=True)
    (path / "deep" / "file").write_bytes(b"")
    (tmp_path / "a" / "other").write_bytes(b"")
    assert do(Remove(str(path), keep=str(tmp_path))).ok
    assert listing(tmp_path) == ["a", "a/other"]


def test_removing_a_changed_file_is_refused(do: Do, tmp_path: Path) -> None:
    path = tmp_path / "a" / "file"
    path.parent.mkdir()
    path.write_bytes(b"theirs")
    assert do(Remove(str(path), sha(b"ours"), keep=str(tmp_path))).code == CHANGED
    assert path.exists()


@pytest.mark.parametrize("path", ["/", "/etc", "/usr/local", "/var/lib", "relative", "/a/../b"])
def test_system_directories_are_never_removed(path: str) -> None:
    with pytest.raises(BadInput):
        render(Remove(path))


def test_moving_makes_parents_and_may_be_repeated(do: Do, tmp_path: Path) -> None:
    source, to = tmp_path / "httpd", tmp_path / "x" / "httpd.before"
    source.mkdir()
    (source / "file").write_bytes(b"1")
    move = Move(str(source), str(to))
    assert do(move).ok
    assert do(move).ok
    assert (to / "file").read_bytes() == b"1"
    source.mkdir()
    assert do(move).code == IN_THE_WAY
    assert do(Move(str(tmp_path / "none"), str(tmp_path / "n"))).code == MISSING


@pytest.fixture
def other_disk() -> Path:
    place = Path("/dev/shm")
    if not os.access(place, os.W_OK) or place.stat().st_dev == Path("/tmp").stat().st_dev:
        pytest.skip("there is no second file system here")
    return place


def test_moving_to_another_file_system_is_whole(do: Do, tmp_path: Path, other_disk: Path) -> None:
    source = other_disk / f"catherd-test-{os.getpid()}"
    to = tmp_path / "httpd"
    source.mkdir()
    (source / "file").write_bytes(b"1")
    (source / "file").chmod(0o751)
    try:
        assert do(Move(str(source), str(to))).ok
        assert not source.exists()
        assert (to / "file").stat().st_mode & 0o777 == 0o751
        assert listing(tmp_path) == ["httpd", "httpd/file"]
        gone, copy = other_disk / f".{source.name}.catherd-new.gone", tmp_path / ".to.catherd-new"
        gone.mkdir()
        copy.mkdir()
        assert do(Move(str(source), str(tmp_path / "to"))).ok, "a crash between the two renames"
        assert not gone.exists()
    finally:
        for left in other_disk.glob(f"*{source.name}*"):
            left.rmdir()


def test_a_private_file_lies_in_private_directories(do: Do, tmp_path: Path) -> None:
    for mode, wanted in ((0o600, 0o700), (0o644, 0o755)):
        place = tmp_path / f"{mode:o}"
        assert do(WriteFile(str(place / "a" / "b"), b"x", mode, USER, GROUP)).ok
        assert (place / "a" / "b").stat().st_mode & 0o777 == mode
        assert {each.stat().st_mode & 0o777 for each in (place, place / "a")} == {wanted}
