"""What tests on the practice lab share: one lab for all of them, brought up once.

With several processes (``-n 2 --dist loadfile``) each has a lab of its own.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from installer import lab
from tests.lab import letter
from tests.lab.commands import NAME, last_words, say
from tests.lab.faulty import Faulty
from tests.lab.letter import LabHosts
from tests.lab.servers import Servers
from tests.lab.sharing import place

_HERE = Path(__file__).parent


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long ones first; those that are no tests of the lab stay where they are."""
    in_order = iter(sorted((item for item in items if _HERE in item.path.parents), key=place))
    items[:] = [next(in_order) if _HERE in item.path.parents else item for item in items]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test tells what the Tomcats of its lab said last: elsewhere nobody can look."""
    report = yield
    if report.failed and item.get_closest_marker("lab"):
        report.sections += last_words()
    return report


@pytest.fixture(scope="session")
def standing() -> Iterator[lab.Lab]:
    """A lab of three hosts, in whatever state the last module has left them."""
    lab.down(NAME)  # an earlier run was killed, and its snapshots are of older code
    yield lab.up(lab.LabSpec(NAME), say)
    lab.down(NAME)


@pytest.fixture(scope="module")
def lab_hosts(standing: lab.Lab) -> lab.Lab:
    """The lab, its hosts bare: each module begins with such, so no order of modules matters."""
    return lab.reset(standing.name, say)


@pytest.fixture(scope="module")
def installed(standing: lab.Lab) -> Iterator[LabHosts]:
    """The lab with Catherd's cluster at work on it."""
    letter.install(standing)
    hosts = LabHosts(lab.load(standing.name))
    yield hosts
    hosts.close()


@pytest.fixture(scope="module")
def servers(lab_hosts: lab.Lab, tmp_path_factory: pytest.TempPathFactory) -> Servers:
    """Many accounts and many sshd on one of the hosts."""
    return Servers(lab_hosts, tmp_path_factory.mktemp("servers"))


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without key, agent or configuration of whoever runs the tests."""
    home = tmp_path / "me"
    (home / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return home


@pytest.fixture(scope="module")
def faulty(lab_hosts: lab.Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    """The same lab, reached over wires that tests cut."""
    faulty = Faulty(lab_hosts, tmp_path_factory.mktemp("faulty"))
    yield faulty
    faulty.close()
