from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from installer.remote.operations import Operation
from installer.remote.target import Result
from tests.unit.remote.running import SHELLS, carry_out
from tests.unit.remote.sshd import USER_KEY, Sshd


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def do(shell: str) -> Callable[[Operation], Result]:
    return lambda operation: carry_out(operation, shell)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No key, agent or configuration of whoever runs the tests plays a part."""
    home = tmp_path / "me"
    (home / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    USER_KEY.write_private_key_file(str(home / "key"))
    return home


@pytest.fixture
def sshd(tmp_path: Path, home: Path) -> Iterator[Sshd]:
    server = Sshd(tmp_path, users={"alice": USER_KEY, "root": USER_KEY, "bob": "secret"})
    yield server
    server.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    from installer.remote import connection, link

    monkeypatch.setattr(connection, "BANNER_TIMEOUT", 0.5)
    monkeypatch.setattr(connection, "CONNECT_TIMEOUT", 1.0)
    monkeypatch.setattr(link, "PATIENCE", 0.2)
