from __future__ import annotations

from pathlib import Path

import pytest

from installer.depot import debian
from installer.depot.debian_apt import Say
from installer.depot.depot import Depot
from tests.unit.depot.making import TOMCAT


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Kinds that were built, in order."""
    kinds: list[str] = []

    def build(kind: str, into: Path, say: Say) -> Path:
        kinds.append(kind)
        path = into / "apache-tomcat-10.1.60.tar.gz"
        path.write_bytes(TOMCAT)
        return path

    monkeypatch.setattr(debian, "build", build)
    return kinds


def test_an_archive_is_built_once(tmp_path: Path, built: list[str]) -> None:
    first = Depot(tmp_path).fetch("debian:tomcat10")
    assert Depot(tmp_path).fetch("debian:tomcat10") == first
    assert built == ["tomcat10"]


def test_what_an_older_catherd_built_is_built_anew_but_kept(
    tmp_path: Path, built: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Depot(tmp_path).fetch("debian:tomcat10")
    monkeypatch.setattr(debian, "recipe", lambda: "newer")
    Depot(tmp_path).fetch("debian:tomcat10")
    assert built == ["tomcat10", "tomcat10"]
    assert Depot(tmp_path).fetch("debian:tomcat10", sha256=old.sha256) == old, "answers may name it"
    assert len(built) == 2


def test_the_recipe_has_a_name_that_stays() -> None:
    assert debian.recipe() == debian.recipe()
    assert debian.recipe().isalnum()
