"""What tests on the practice lab share: one lab for all of them, brought up once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer import lab
from installer.lab import state
from tests.lab.commands import say
from tests.lab.faulty import Faulty
from tests.lab.servers import Servers

_NAME = os.environ.get("CATHERD_TEST_LAB", "test")


@pytest.fixture(scope="session")
def lab_hosts() -> Iterator[lab.Lab]:
    """A lab of three hosts, bare at the beginning; it is taken away in the end.

    What an earlier run left behind when it was killed is mended and made bare again.
    """
    left_over = state.load(_NAME) is not None
    hosts = lab.up(lab.LabSpec(_NAME), say)
    if left_over:
        hosts = lab.reset(_NAME, say)
    yield hosts
    lab.down(_NAME)


@pytest.fixture(scope="module")
def servers(lab_hosts: lab.Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Many accounts and many sshd on one of the hosts, which is made bare again afterwards."""
    yield Servers(lab_hosts, tmp_path_factory.mktemp("servers"))
    lab.reset(lab_hosts.name, say)


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without key, agent or configuration of whoever runs the tests."""
    home = tmp_path / "me"
    (home / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return home


@pytest.fixture(scope="session")
def faulty(lab_hosts: lab.Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    """The same lab, reached over wires that tests cut."""
    faulty = Faulty(lab_hosts, tmp_path_factory.mktemp("faulty"))
    yield faulty
    faulty.close()
