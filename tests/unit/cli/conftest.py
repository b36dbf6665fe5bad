from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from installer.cli import show
from installer.cli.main import catherd
from tests.engine.sessions import sessions_in_memory
from tests.engine.three_hosts import ThreeHosts

Run = Callable[..., Result]


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreeHosts]:
    """Three hosts in memory; every session is one with them."""
    hosts = sessions_in_memory(tmp_path, monkeypatch)
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
