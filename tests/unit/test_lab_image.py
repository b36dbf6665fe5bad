from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from installer.depot import apt
from installer.depot.apt import Source
from installer.lab import image
from runbook.assets import asset

ONE_LINE = """\
# deb http://old.example/debian bookworm main
deb http://deb.example/debian bookworm main contrib  # the mirror
deb [arch=amd64 signed-by=/usr/share/keyrings/debian.gpg] http://sec/s bookworm-security main
deb [ trusted=yes ] file:/srv/debian ./ main
deb-src http://deb.example/debian bookworm main
deb https://other.example/apt stable main
deb http://deb.example/debian trixie main
deb broken
"""

DEB822 = """\
Types: deb deb-src
URIs: http://deb.example/debian http://near.example/debian
Suites: bookworm bookworm-updates
Components: main
# a remark in between
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://sec.example/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEXXX

Types: deb-src
URIs: http://src.example/debian
Suites: bookworm
Components: main

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: https://other.example/apt
Suites: other-bookworm
Components: main
"""

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def test_one_line_sources_of_debian_are_found(etc: Path) -> None:
    (etc / "sources.list").write_text(ONE_LINE)
    assert apt.debian_sources("bookworm", etc) == [
        Source("http://deb.example/debian", "bookworm", ("main", "contrib")),
        Source("http://sec/s", "bookworm-security", ("main",), "/usr/share/keyrings/debian.gpg"),
    ]


def test_deb822_sources_of_debian_are_found(etc: Path) -> None:
    (etc / "sources.list.d" / "debian.sources").write_text(DEB822)
    assert apt.debian_sources("bookworm", etc) == [
        Source("http://deb.example/debian", "bookworm", ("main",), KEYRING),
        Source("http://deb.example/debian", "bookworm-updates", ("main",), KEYRING),
        Source("http://near.example/debian", "bookworm", ("main",), KEYRING),
        Source("http://near.example/debian", "bookworm-updates", ("main",), KEYRING),
        Source("http://sec.example/debian-security", "bookworm-security", ("main",)),
    ]


def test_what_apt_does_not_read_is_not_read(etc: Path) -> None:
    (etc / "sources.list.d" / "debian.sources.disabled").write_text(DEB822)
    (etc / "sources.list.d" / "old.list").mkdir()
    assert apt.debian_sources("bookworm", etc) == []


def test_a_source_is_written_as_apt_reads_it() -> None:
    source = Source("http://deb.example/debian", "bookworm", ("main",), KEYRING)
    line = f"deb [signed-by={KEYRING}] http://deb.example/debian bookworm main"
    assert source.line() == line
    assert list(apt.one_line_style([line])) == [source]
    local = Source("file:/srv", "bookworm", ("main", "contrib"), trusted=True)
    assert local.line() == "deb [trusted=yes] file:/srv bookworm main contrib"
    assert list(apt.one_line_style([local.line()])) == [local]


@pytest.mark.parametrize(
    ("release", "name"),
    [
        ('ID=debian\nVERSION_CODENAME="bookworm"\n', "bookworm"),
        ("ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n", None),
        ("", None),
    ],
)
def test_only_debian_has_a_code_name_here(tmp_path: Path, release: str, name: str | None) -> None:
    (tmp_path / "os-release").write_text(release)
    assert apt.codename(tmp_path / "os-release") == name
    assert apt.codename(tmp_path / "missing") is None


def test_a_changed_recipe_is_another_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert image.tag() == image.tag()
    recipe = tmp_path / "lab"
    shutil.copytree(asset("lab"), recipe)
    monkeypatch.setattr(image, "asset", lambda name: tmp_path / name)
    tags = {image.tag()}
    for part in ("packages", "offline.sh", "setup.sh", "Containerfile"):
        (recipe / part).write_text((recipe / part).read_text() + "\n# changed\n")
        tags.add(image.tag())
    (recipe / "notes.txt").write_text("no part of it")
    tags.add(image.tag())
    monkeypatch.setattr(apt, "codename", lambda: "trixie")
    tags.add(image.tag())
    assert len(tags) == 6


def test_each_init_has_an_image_of_its_own() -> None:
    assert image.tag() == image.tag("systemd") != image.tag("sysv")
    assert "systemd-sysv" not in image._packages("sysv")
    assert {"sysvinit-core", "openssh-server"} <= set(image._packages("sysv"))
