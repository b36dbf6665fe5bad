from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.sessions import sessions_in_memory
from tests.engine.three_hosts import ThreeHosts


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Short: paths stand on screens, and how those wrap must not depend on where tests run."""
    with tempfile.TemporaryDirectory(prefix="tui-", ignore_cleanup_errors=True) as place:
        yield Path(place)


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty directory to work in, and nothing of this machine's own state."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ThreeHosts:
    """Three hosts in memory: every cluster that is opened is one with them."""
    return sessions_in_memory(tmp_path, monkeypatch)
