"""Extract, run by a real shell on real archives."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from installer.remote.operations import Extract, Operation
from installer.remote.script import IN_THE_WAY, MISSING, NOTHING_CAME
from installer.remote.target import Result
from tests.installers import installer
from tests.unit.remote.running import GROUP, USER

Do = Callable[[Operation], Result]
RECEIPT = b'{"sha256": "abc"}\n'


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "stage" / "archive"
    path.parent.mkdir()
    with tarfile.open(path, "w:gz") as tar:
        for name, mode in (("bin/catalina.sh", 0o750), ("conf/server.xml", 0o600)):
            info = tarfile.TarInfo(f"apache-tomcat/{name}")
            info.size, info.mode, info.uid = 3, mode, 4711
            tar.addfile(info, io.BytesIO(b"abc"))
    return path


def extraction(archive: Path, to: Path) -> Extract:
    return Extract(str(archive), str(to), 1, USER, GROUP, receipt=RECEIPT)


def listing(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())


def test_it_appears_whole_with_receipt_and_owner(do: Do, archive: Path, tmp_path: Path) -> None:
    to = tmp_path / "usr" / "java dir"
    extract = replace(
        extraction(archive, to), writable=("logs", "conf/Catalina"), writable_owner=USER
    )
    assert do(extract) == Result(0)
    assert listing(to) == [".catherd", "bin/catalina.sh", "conf/server.xml"]
    assert (to / ".catherd").read_bytes() == RECEIPT
    assert (to / "bin/catalina.sh").stat().st_mode & 0o777 == 0o750
    assert (to / "conf/server.xml").stat().st_uid == os.getuid()
    assert (to / "logs").is_dir()
    assert (to / "conf/Catalina").is_dir()
    assert [path.name for path in to.parent.iterdir()] == [to.name]


def test_only_a_part_of_it_appears(do: Do, archive: Path, tmp_path: Path) -> None:
    to = tmp_path / "tomcat-a"
    extract = replace(
        extraction(archive, to), only=("conf", "logs"), writable=("logs",), writable_owner=USER
    )
    assert do(extract) == Result(0)
    assert listing(to) == [".catherd", "conf/server.xml"]
    assert sorted(path.name for path in to.iterdir()) == [".catherd", "conf", "logs"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_a_group_of_its_own_may_read_it(do: Do, archive: Path, tmp_path: Path) -> None:
    to = tmp_path / "tomcat"
    assert do(replace(extraction(archive, to), group="daemon")).ok
    conf = (to / "conf/server.xml").stat()
    assert conf.st_mode & 0o777 == 0o640
    assert conf.st_uid == 0
    assert (to / "conf").stat().st_mode & 0o050 == 0o050


def test_what_is_there_is_moved_aside_and_a_repeat_does_nothing(
    do: Do, archive: Path, tmp_path: Path
) -> None:
    to, aside = tmp_path / "tomcat", tmp_path / "kept" / "tomcat"
    to.mkdir()
    (to / "mine").write_bytes(b"")
    extract = replace(extraction(archive, to), aside=str(aside))
    assert do(replace(extract, aside=None)).code == IN_THE_WAY
    assert listing(to) == ["mine"]
    assert do(extract).ok
    assert listing(aside) == ["mine"]
    (to / "since").write_bytes(b"")
    assert do(extract).ok
    assert "since" in listing(to)


def test_a_crash_after_moving_aside_is_made_up_for(do: Do, archive: Path, tmp_path: Path) -> None:
    to, aside = tmp_path / "tomcat", tmp_path / "kept"
    aside.mkdir()
    (tmp_path / ".tomcat.catherd-new").mkdir()
    (tmp_path / ".tomcat.catherd-new" / "half").write_bytes(b"")
    assert do(replace(extraction(archive, to), aside=str(aside))).ok
    assert listing(to) == [".catherd", "bin/catalina.sh", "conf/server.xml"]


def test_a_broken_archive_leaves_nothing(do: Do, archive: Path, tmp_path: Path) -> None:
    to, aside = tmp_path / "a" / "b" / "tomcat", tmp_path / "aside"
    archive.write_bytes(archive.read_bytes()[:-30])
    assert not do(extraction(archive, to)).ok
    assert not (tmp_path / "a").exists()
    to.mkdir(parents=True)
    assert not do(replace(extraction(archive, to), aside=str(aside))).ok
    assert [path.name for path in to.parent.iterdir()] == ["tomcat"]
    assert not aside.exists()
    assert do(extraction(tmp_path / "none", tmp_path / "n")).code == MISSING


@pytest.mark.parametrize("strip", [0, 1])
def test_a_war(do: Do, tmp_path: Path, strip: int) -> None:
    war = tmp_path / "probe.war"
    top = "top/" if strip else ""
    with zipfile.ZipFile(war, "w") as zipped:
        zipped.writestr(f"{top}WEB-INF/web.xml", "<web-app/>")
        zipped.writestr(f"{top}index.jsp", "")
    to = tmp_path / "webapps" / "probe"
    to.parent.mkdir()
    assert do(replace(extraction(war, to), format="zip", strip=strip)).ok
    assert listing(to) == [".catherd", "WEB-INF/web.xml", "index.jsp"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["probe.war", "webapps"]


@pytest.mark.skipif(shutil.which("unzipsfx") is None, reason="the unzip of installers")
def test_an_installer_is_told_yes_and_unpacks_itself(do: Do, tmp_path: Path) -> None:
    sfx = Path(str(shutil.which("unzipsfx"))).read_bytes()
    tree: dict[str, bytes | str] = {"jdk1.6/bin/java": b"x", "jdk1.6/man/ja": "ja_JP"}
    to, stage = tmp_path / "java/jdk1.6", tmp_path / "stage"
    stage.mkdir()
    op = replace(extraction(installer(stage / "archive.bin", tree, sfx), to), format="bin")
    done = do(op)
    assert done.ok, done.text
    assert "Do you agree to the above license terms?" in done.text
    assert listing(to) == [".catherd", "bin/java", "man/ja"]
    assert [path.name for path in to.parent.iterdir()] == [to.name]


@pytest.mark.parametrize("says_so", [True, False])
def test_an_installer_from_which_nothing_comes_leaves_nothing(
    do: Do, tmp_path: Path, says_so: bool
) -> None:
    """One for another machine says that all went well; a damaged one says that it did not."""
    to, stage = tmp_path / "java/jdk1.6", tmp_path / "stage"
    stage.mkdir()
    path = installer(stage / "archive.bin", {"jdk1.6/bin/java": b"x"}, b"no program")
    if says_so:
        path.write_bytes(path.read_bytes() + b"damage")
    done = do(replace(extraction(path, to), format="bin"))
    assert not done.ok
    assert done.code == (1 if says_so else NOTHING_CAME)
    assert ("corrupted" in done.text) is says_so
    assert not to.parent.exists()
