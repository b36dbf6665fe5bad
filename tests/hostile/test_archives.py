"""Archives made to do harm: refused on this machine, or harmless on the host."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.depot.archives import inspect
from installer.depot.depot import Depot
from installer.depot.members import FREE_OF_RATIO
from installer.remote.operations import Extract
from installer.remote.scripts import render
from runbook.errors import BadInput, Failed
from tests.hostile.test_shell_words import run
from tests.hostile.values import INJECTIONS, examples, texts
from tests.unit.depot.making import TOMCAT, tar_of, zip_of
from tests.unit.remote.running import GROUP, USER

REG, DIR, SYM, LNK = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE


def tar_with(
    name: str, kind: bytes = REG, link: str = "", mode: int = 0o644, form: int = tarfile.PAX_FORMAT
) -> bytes:
    """A good member, then one that is not."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=form, errors="surrogateescape") as tar:
        good = tarfile.TarInfo("top/good")
        good.size = 1
        tar.addfile(good, io.BytesIO(b"x"))
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.mode = kind, link, mode
        info.devmajor = info.devminor = 1
        tar.addfile(info, io.BytesIO())
    return buffer.getvalue()


def huge_tar() -> bytes:
    """It says that it holds a terabyte."""
    info = tarfile.TarInfo("top/huge")
    info.size = 1 << 40
    return gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(1024))


def bomb() -> bytes:
    """Half a megabyte that unpacks to more than may be."""
    info = tarfile.TarInfo("top/bomb")
    info.size = 8 * FREE_OF_RATIO
    zeros = bytes(1 << 20)
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=1) as packed:
        packed.write(info.tobuf(tarfile.GNU_FORMAT))
        for _ in range(info.size >> 20):
            packed.write(zeros)
    return buffer.getvalue()


def zip_bomb() -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("top/bomb", "w", force_zip64=True) as member,
    ):
        for _ in range((8 * FREE_OF_RATIO) >> 20):
            member.write(bytes(1 << 20))
    return buffer.getvalue()


def lying_zip() -> bytes:
    """Both its headers say that a member is larger than it is."""
    data = bytearray(zip_of(("top/a", b"x" * 1000)))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + offset
        data[at : at + 4] = (1 << 31).to_bytes(4, "little")
    return bytes(data)


def with_link(target: str, below: str) -> bytes:
    return tar_of(("top", DIR, b""), ("top/l", SYM, target.encode()), (below, REG, b"x"))


SUID = 0o104755 << 16
REFUSED: dict[str, bytes] = {
    "absolute path": tar_with("/etc/cron.d/x"),
    "climbing path": tar_with("top/../../x"),
    "absolute behind the top directory": tar_with("top//etc/cron.d/x"),
    "climbs alone": tar_with("../x"),
    "absolute link": tar_with("top/l", SYM, "/etc/passwd"),
    "climbing link": tar_with("top/l", SYM, "../../etc/passwd"),
    "link out through a directory": tar_with("top/l", SYM, "a/../../../etc"),
    "below a link": with_link("..", "top/l/x"),
    "below a link within": with_link("d", "top/l/x"),
    "in place of a link": with_link("d", "top/l"),
    "hard link out": tar_with("top/l", LNK, "/etc/passwd"),
    "hard link up": tar_with("top/l", LNK, "../x"),
    "hard link to nothing": tar_with("top/l", LNK, "top/none"),
    "character device": tar_with("top/d", tarfile.CHRTYPE),
    "block device": tar_with("top/d", tarfile.BLKTYPE),
    "fifo": tar_with("top/d", tarfile.FIFOTYPE),
    "set-uid": tar_with("top/s", mode=0o4755),
    "set-gid": tar_with("top/s", mode=0o2755),
    "the same twice": tar_with("top/good"),
    "directory over file": tar_with("top/good", DIR),
    "newline in a name": tar_with("top/a\nb"),
    "escape in a name": tar_with("top/\x1b[2J"),
    "backslash in a name": tar_with("top/a\\b"),
    "name that is no UTF-8": tar_with("top/\udcff", form=tarfile.GNU_FORMAT),
    "long name": tar_with("top/" + "x" * 2000),
    "deep": tar_with("top/" + "d/" * 100 + "x"),
    "terabyte": huge_tar(),
    "bomb": bomb(),
    "zip bomb": zip_bomb(),
    "zip that lies": lying_zip(),
    "zip with a climbing path": zip_of(("../x", b"x")),
    "zip with an absolute path": zip_of(("/x", b"x")),
    "zip with a link": zip_of(("top/l", b"/etc/passwd"), attributes=(stat.S_IFLNK | 0o777) << 16),
    "zip with a device": zip_of(("top/d", b""), attributes=(stat.S_IFCHR | 0o600) << 16),
    "zip with the same twice": zip_of(("top/a", b"1"), ("top/a", b"2")),
    "zip with a newline": zip_of(("top/a\nb", b"1")),
    "zip with a member of no name": zip_of(("", b"1")),
    "cut off": TOMCAT[:-40],
    "cut off in the middle": TOMCAT[: len(TOMCAT) // 2],
    "only its head": TOMCAT[:12],
    "zip cut off": zip_of(("top/a", b"1" * 500))[:-30],
    "wrong compression": b"BZh9" + TOMCAT[4:],
    "xz that is none": b"\xfd7zXZ\0" + TOMCAT,
    "compressed twice": gzip.compress(TOMCAT),
    "web page": b"<!DOCTYPE html><html>Not found</html>" * 20,
    "nothing": b"",
    "zeros": bytes(10_000),
    "a tar in a gzip in a zip's name": b"PK\x03\x04" + TOMCAT,
    "no file in it": tar_of(("top", DIR, b"")),
    "two members hidden behind the end": tar_of(("top/a", REG, b"1"), mode="w")
    + tar_of(("/etc/x", REG, b"2"), mode="w"),
    **{f"top directory {name!r}": tar_of((f"{name}/a", REG, b"x")) for name in INJECTIONS[:3]},
    "top directory with a space": tar_of(("jdk 17/bin/java", REG, b"x")),
    "top directory with a percent": tar_of(("jdk%h/bin/java", REG, b"x")),
    "top directory with quotes": tar_of(('jdk"17"/bin/java', REG, b"x")),
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_refused_before_anything_reaches_a_host(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "given" / "archive.tar.gz"
    path.parent.mkdir()
    path.write_bytes(data)
    began = time.process_time()
    depot = Depot(tmp_path / "depot")
    with pytest.raises(BadInput) as caught:
        depot.fetch(str(path), sha256=hashlib.sha256(data).hexdigest())
    assert time.process_time() - began < 15
    assert str(caught.value.what)
    assert str(caught.value.remedy)
    assert len(str(caught.value)) < 3_000
    assert path.read_bytes() == data
    with pytest.raises(Failed):
        depot.artefact(hashlib.sha256(data).hexdigest())


def test_a_tar_in_a_zip_is_a_file_in_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "archive.tar.gz"
    path.write_bytes(zip_of(("top/evil.tar", tar_of(("../../x", REG, b"x"), mode="w"))))
    index = inspect(path)
    assert (index.format, list(index.files)) == ("zip", ["evil.tar"])


parts = st.sampled_from(
    ["a", "b", "..", ".", "", "-rf", "--help", "$(id)", "a b", "'", "ü", "~", "*"]
)
member_names = st.lists(parts | texts, min_size=1, max_size=3).map("/".join)
members = st.tuples(
    st.builds(lambda name, top: f"top/{name}" if top else name, member_names, st.booleans()),
    st.sampled_from([REG, REG, REG, DIR, SYM, LNK]),
    st.sampled_from(["top/a", "a", "..", "../a", "/etc/passwd", "a/..", "."]),
)


@examples(100)
@given(st.lists(members, min_size=1, max_size=6), st.integers(0, 0o7777))
def test_what_is_accepted_does_no_harm_on_the_host(
    tmp_path_factory: pytest.TempPathFactory, given_members: list[tuple[str, bytes, str]], mode: int
) -> None:
    """Unpacked by the real script with the real tar: all of it in its place, and plain."""
    place = tmp_path_factory.mktemp("host")
    archive = place / "archive.tar.gz"
    with tarfile.open(archive, "w:gz", errors="surrogateescape") as tar:
        for name, kind, link in [("top/first", REG, ""), *given_members]:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.mode, info.uid = kind, link, mode & 0o777 | 0o400, 4711
            info.size = 3 if kind == REG else 0
            tar.addfile(info, io.BytesIO(b"abc"))
    try:
        index = inspect(archive)
    except BadInput:
        return
    to = place / "usr" / "java"
    strip = 1 if index.top else 0
    extract = Extract(str(archive), str(to), strip, USER, GROUP, receipt=b"receipt")
    result = run(render(extract), place)
    assert result.ok, result.text
    assert {path.name for path in place.iterdir()} == {"archive.tar.gz", "usr"}
    assert [path.name for path in (place / "usr").iterdir()] == ["java"]
    found = list(to.rglob("*"))
    for path in found:
        assert Path(os.path.realpath(path)).is_relative_to(to)
        about = path.lstat()
        assert stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode) or path.is_symlink()
        assert not about.st_mode & (stat.S_ISUID | stat.S_ISGID)
    files = {
        str(path.relative_to(to)) for path in found if path.is_file() and not path.is_symlink()
    }
    assert files - {".catherd"} == set(index.files)


@pytest.mark.parametrize("slashes", ["/", "//", "///", "/./", "/.//"])
def test_the_script_itself_keeps_members_in_their_place(tmp_path: Path, slashes: str) -> None:
    """Even those of an archive that is refused: tar makes some absolute when it strips names."""
    inner = f"{tmp_path}/outside".lstrip("/")
    archive = tmp_path / "archive.tar.gz"
    archive.write_bytes(tar_of(("top/good", REG, b"x"), (f"top{slashes}{inner}", REG, b"x")))
    to = tmp_path / "usr" / "java"
    assert run(render(Extract(str(archive), str(to), 1, USER, GROUP)), tmp_path).ok
    assert not (tmp_path / "outside").exists()
    assert (to / inner).exists()


@examples(400)
@given(st.data())
def test_damaged_archives(tmp_path: Path, data: st.DataObject) -> None:
    whole = data.draw(
        st.sampled_from([TOMCAT, tar_with("top/a"), zip_of(("a/b", b"1" * 99)), lying_zip()])
    )
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + 2] = data.draw(st.binary(max_size=3))
    path = tmp_path / "archive.tar.gz"
    path.write_bytes(damaged)
    try:
        inspect(path)
    except BadInput as error:
        assert str(error.what) and str(error.remedy)  # noqa: PT017, PT018
