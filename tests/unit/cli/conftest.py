from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from installer.cli import show
from installer.cli.main import catherd
from installer.frontend.operator import Operator
from installer.frontend.session import Session
from installer.frontend.where import Where
from tests.engine.given import RICH
from tests.engine.three_hosts import ThreeHosts, proved

Run = Callable[..., Result]


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreeHosts]:
    """Three hosts in memory; every session is one with them."""
    hosts = ThreeHosts(tmp_path, RICH)
    (tmp_path / "cluster.toml").write_text("# the answers\n")

    def opened(session: Session, where: Where, operator: Operator) -> None:
        session.path, session.cluster = tmp_path / "cluster.toml", hosts.cluster
        session.targets = hosts.hosts  # type: ignore[assignment]
        session.__dict__["installation"] = hosts.installation()
        session.__dict__["journal"] = hosts.journal()

    numbers = itertools.count(1)
    monkeypatch.setattr(Session, "__init__", opened)
    monkeypatch.setattr(Session, "new_run_id", lambda session: f"session{next(numbers)}")
    monkeypatch.setattr("installer.engine.performing.carry_out_proof", proved)
    _forget_consoles()
    yield hosts
    _forget_consoles()


@pytest.fixture
def catherd_says() -> Run:
    """Run the command line; what it prints is in the result."""

    def run(*words: str) -> Result:
        return CliRunner().invoke(catherd, words)

    return run


def document(result: Result) -> Any:
    """The one JSON document that a command printed."""
    return json.loads(result.stdout)


def _forget_consoles() -> None:
    show.out.cache_clear()
    show.err.cache_clear()
