from __future__ import annotations

import contextlib
import gzip
import os
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installer.depot import members
from installer.depot.archives import inspect, read_member
from runbook.errors import BadInput
from tests.unit.depot.making import TOMCAT, Member, Mode, tar_of, zip_of

File = Callable[..., Path]
REG, DIR, SYM, LNK = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE


def test_an_archive_is_indexed(file: File) -> None:
    index = inspect(file(TOMCAT))
    assert (index.format, index.top) == ("tar", "apache-tomcat-10.1.60")
    assert index.files["lib/catalina.jar"] == 2000
    assert index.files["bin/again.sh"] == len(b"<Server/>")
    assert "legal/b/LICENSE" not in index.files
    assert index.unpacked == 2000 + len(b"<Server/><web-app/>free")
    assert index.kept == {
        "conf/server.xml": b"<Server/>",
        "webapps/ROOT/WEB-INF/web.xml": b"<web-app/>",
    }


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_each_compression_is_read(file: File, mode: Mode) -> None:
    path = file(tar_of(("top/a", REG, b"1"), ("top/b", REG, b"2" * 4000), mode=mode), "x.bin")
    assert inspect(path).files == {"a": 1, "b": 4000}
    assert read_member(path, "top/b") == b"2" * 4000
    assert read_member(path, "top/c") is None


def test_a_hard_link_reads_as_its_file(file: File) -> None:
    path = file(TOMCAT)
    assert read_member(path, "apache-tomcat-10.1.60/bin/again.sh") == b"<Server/>"


def test_a_war_has_no_top(file: File) -> None:
    data = zip_of(("WEB-INF/web.xml", b"<web-app/>"), ("WEB-INF/lib/a.jar", b"PK"))
    index = inspect(file(data, "shop.war"))
    assert (index.format, index.top) == ("zip", "")
    assert index.kept == {"WEB-INF/web.xml": b"<web-app/>"}
    assert inspect(file(zip_of(("app-1/x", b"")), "app.zip")).top == "app-1"
    assert inspect(file(zip_of(("app-1/x", b"")), "app.war")).top == ""


def test_several_tops_are_none(file: File) -> None:
    index = inspect(file(tar_of(("a/x", REG, b""), ("b/y", REG, b""))))
    assert index.top == ""
    assert set(index.files) == {"a/x", "b/y"}


def test_a_dot_without_a_top_is_harmless(file: File) -> None:
    index = inspect(file(tar_of((".", DIR, b""), ("./a", REG, b""), ("./b/c", REG, b""))))
    assert (index.top, set(index.files)) == ("", {"a", "b/c"})


HOSTILE: dict[str, list[Member]] = {
    "absolute": [("/etc/passwd", REG, b"")],
    "climbing": [("top/../../etc/passwd", REG, b"")],
    "hidden climb": [("top/./a/../../b", REG, b"")],
    "absolute link": [("top/l", SYM, b"/etc"), ("top/x", REG, b"")],
    "link out of the top": [("top/l", SYM, b"../other"), ("top/x", REG, b"")],
    "link down and up": [("top/a/x", REG, b""), ("top/a/l", SYM, b"x/../../..")],
    "write through a link": [("top/l", SYM, b"a"), ("top/l/x", REG, b"")],
    "link over a directory": [("top/l/x", REG, b""), ("top/l", SYM, b"a")],
    "link over a file": [("top/l", REG, b""), ("top/l", SYM, b"a")],
    "file over a link": [("top/l", SYM, b"a"), ("top/l", REG, b"")],
    "file over a file": [("top/l", REG, b"1"), ("top/l", REG, b"2")],
    "file below a file": [("top/l", REG, b"1"), ("top/l/x", REG, b"2")],
    "through a link in capitals": [("top/l", SYM, b"a"), ("top/L/x", REG, b"")],
    "link in capitals": [("top/l/x", REG, b""), ("top/L", SYM, b"a")],
    "hard link out": [("top/l", LNK, b"/etc/shadow"), ("top/x", REG, b"")],
    "hard link to a link": [("top/s", SYM, b"x"), ("top/l", LNK, b"top/s")],
    "hard link to nothing": [("top/l", LNK, b"top/x"), ("top/x", REG, b"")],
    "device": [("top/null", tarfile.CHRTYPE, b""), ("top/x", REG, b"")],
    "block device": [("top/sda", tarfile.BLKTYPE, b""), ("top/x", REG, b"")],
    "fifo": [("top/f", tarfile.FIFOTYPE, b""), ("top/x", REG, b"")],
    "unknown type": [("top/f", b"Q", b""), ("top/x", REG, b"")],
    "new line": [("top/a\nb", REG, b"")],
    "no text": [("top/\udcff", REG, b"")],
    "file named as a directory": [("top/a/", REG, b"")],
    "file named as a directory, by pax": [("top/é/", REG, b"")],
    "very deep": [("/".join("a" * 80), REG, b"")],
    "very long": [("top/" + "a" * 2000, REG, b"")],
    "a top that tar does not strip": [("./top/a", REG, b"")],
    "nothing": [("top", DIR, b"")],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_tar_is_refused(file: File, name: str) -> None:
    with pytest.raises(BadInput) as caught:
        inspect(file(tar_of(*HOSTILE[name])))
    assert "refused" in str(caught.value)


def test_set_uid_is_refused(file: File, tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as tar:
        info = tarfile.TarInfo("top/su")
        info.mode = 0o4755
        tar.addfile(info)
    with pytest.raises(BadInput, match="set-uid"):
        inspect(path)


@pytest.mark.parametrize("tail", [b"\1" * 512, b"\0" * 1024 + b"\1" * 512])
def test_members_cannot_hide_behind_a_broken_header(file: File, tail: bytes) -> None:
    data = tar_of(("top/x", REG, b""), mode="w")
    honest = data[:512] + tail + data[:512] + b"\0" * 1024
    with pytest.raises(BadInput):
        inspect(file(honest))


@pytest.mark.parametrize(
    "data",
    [
        zip_of(("../x", b"")),
        zip_of(("/x", b"")),
        zip_of(("a\\..\\x", b"")),
        zip_of(("x", b"/etc"), attributes=0o120777 << 16),
        zip_of(("x", b"1"), ("x/y", b"1")),
        zip_of(("x", b"1")).replace(b"x", b"y", 1),
    ],
)
def test_a_hostile_zip_is_refused(file: File, data: bytes) -> None:
    with pytest.raises(BadInput):
        inspect(file(data, "x.zip"))


def test_a_bomb_is_refused_before_it_is_read(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "FREE_OF_RATIO", 1 << 20)
    zeros = b"\0" * (80 << 20)
    for data in (
        tar_of(("top/x", REG, zeros)),
        zip_of(("top/x", zeros)),
        gzip.compress(zeros),
    ):
        with pytest.raises(BadInput):
            inspect(file(data))


def test_a_page_saved_by_mistake_is_told(file: File) -> None:
    with pytest.raises(BadInput, match="is no tar, no zip"):
        inspect(file(b"<!doctype html><html>"))


def test_a_short_archive_is_told(file: File) -> None:
    with pytest.raises(BadInput, match="cannot be read to its end"):
        inspect(file(TOMCAT[: len(TOMCAT) // 2]))


def _entries(directory: Path) -> set[str]:
    return {str(p) for p in directory.rglob("*")}


names = st.text(st.sampled_from("ab/.\\L\0\n~é "), min_size=1, max_size=12)
kinds = st.sampled_from([REG, DIR, SYM, LNK, tarfile.FIFOTYPE, tarfile.CHRTYPE])
member = st.tuples(names, kinds, st.sampled_from([b"a", b"a/b", b"..", b"../a", b"/", b"a/../.."]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(member, min_size=1, max_size=6))
def test_an_accepted_tar_stays_in_its_directory(
    file: File, tmp_path_factory: pytest.TempPathFactory, members: list[Member]
) -> None:
    """Whatever passes is unpacked by tar itself, and nothing may appear outside."""
    path = file(tar_of(*members))
    before = _entries(path.parent)
    try:
        index = inspect(path)
    except BadInput:
        assert _entries(path.parent) == before
        return
    room = tmp_path_factory.mktemp("room")
    inner = room / "inner" / "deep"
    inner.mkdir(parents=True)
    assert os.system(f"tar -xzf '{path}' -C '{inner}' 2>/dev/null") == 0  # noqa: S605
    assert {p.name for p in room.rglob("*") if inner not in p.parents} == {"inner", "deep"}
    home = inner / index.top
    for found in inner.rglob("*"):
        assert found.resolve().is_relative_to(home) or found == home
    assert {str(p.relative_to(home)) for p in home.rglob("*") if p.is_file()} >= set(index.files)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_broken_bytes_raise_nothing_else(file: File, data: st.DataObject) -> None:
    whole = data.draw(
        st.sampled_from(
            [
                tar_of(("top/x", REG, b"1" * 700), ("top/l", SYM, b"x"), mode="w"),
                TOMCAT,
                zlib.decompress(TOMCAT, 31),
                zip_of(("a/b", b"1" * 100), ("a/c", b"2")),
            ]
        )
    )
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(broken) - 1))
        broken[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(broken)))
    path = file(bytes(broken[:cut]))
    with contextlib.suppress(BadInput):
        inspect(path)
