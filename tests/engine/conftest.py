from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.quick import quick_edits_on
from tests.engine.three_hosts import ThreeHosts, proved

Figures = list[str]
"""What a test has counted, for the end of the run."""

FIGURES: Figures = []


@pytest.fixture
def hosts(tmp_path: Path, without_trials: None) -> ThreeHosts:
    return ThreeHosts(tmp_path)


@pytest.fixture
def without_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof succeeds at once; it has tests of its own."""
    monkeypatch.setattr("installer.engine.performing.carry_out_proof", proved)


@pytest.fixture
def quick_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit of the same bytes in the same way is computed once."""
    for module, name, quick in quick_edits_on():
        monkeypatch.setattr(module, name, quick)


@pytest.fixture
def figures() -> Figures:
    """Shown when all tests have run."""
    return FIGURES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what was counted."""
    for line in FIGURES:
        terminalreporter.write_line(line)
