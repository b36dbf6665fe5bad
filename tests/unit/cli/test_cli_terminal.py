"""What the plain terminal tells somebody to type."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.cli.terminal import how_to_call


def program(place: Path) -> Path:
    place.mkdir(parents=True)
    path = place / "catherd"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_catherd_is_called_by_its_path_where_the_shell_does_not_find_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, other = program(tmp_path / ".venv" / "bin"), program(tmp_path / "other")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [".venv/bin/catherd", "lab", "demo"])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert how_to_call() == ".venv/bin/catherd"
    monkeypatch.setenv("PATH", str(other.parent))
    assert how_to_call() == ".venv/bin/catherd", "that is another one"
    monkeypatch.setenv("PATH", str(here.parent))
    assert how_to_call() == "catherd"


def test_what_is_no_program_of_ours_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/usr/bin/pytest"])
    assert how_to_call() == "catherd"
