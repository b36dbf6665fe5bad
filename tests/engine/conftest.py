from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.three_hosts import ThreeHosts, proved


@pytest.fixture
def hosts(tmp_path: Path, without_trials: None) -> ThreeHosts:
    return ThreeHosts(tmp_path)


@pytest.fixture
def without_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof succeeds at once; it has tests of its own."""
    monkeypatch.setattr("installer.engine.performing.carry_out_proof", proved)
