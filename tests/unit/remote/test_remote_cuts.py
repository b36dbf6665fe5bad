"""A connection that breaks at any byte of what is said is told as just that, and mends by itself
or with the next try."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from installer.remote import link
from installer.remote.host import FabricTarget
from installer.remote.operations import Shell, WriteFile
from installer.remote.ssh import accept_new
from runbook.errors import Unreachable
from runbook.probes import Sh
from tests.unit.remote.running import GROUP, USER
from tests.unit.remote.sshd import Sshd, settings
from tests.wire import Wire

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def wire(sshd: Sshd) -> Iterator[Wire]:
    wire = Wire(sshd.port)
    yield wire
    wire.close()


def work(target: FabricTarget, path: Path, artefact: Path) -> None:
    """A little of everything that goes over a connection."""
    target.connect()
    target.survey([Sh("id")])
    target.stage(artefact, hashlib.sha256(artefact.read_bytes()).hexdigest())
    target.apply(WriteFile(str(path), b"new" * 1000, 0o600, USER, GROUP))
    target.apply(Shell("echo done"))
    target.unstage()


@pytest.mark.parametrize("how", ["cut", "snap"])
def test_wherever_it_breaks_that_is_told(
    how: str, sshd: Sshd, wire: Wire, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "PATIENCE", 0.05)
    path, artefact = tmp_path / "file", tmp_path / "artefact"
    artefact.write_bytes(os.urandom(100_000))

    def opened() -> FabricTarget:
        way = replace(settings(sshd, home), port=wire.port)
        return FabricTarget(way, policy=accept_new)

    target = opened()
    before = wire.sent
    work(target, path, artefact)
    target.close()
    whole = wire.sent - before
    told = 0
    for moment in range(whole // 50, whole, whole // 40):
        path.write_bytes(b"old")
        target = opened()
        wire.at(moment, getattr(wire, how))
        with suppress(Unreachable):
            work(target, path, artefact)
            told -= 1
        told += 1
        target.close()
        wire.renew()
        assert path.read_bytes() in (b"old", b"new" * 1000)
    assert told > 20 if how == "cut" else told > 3
    target = opened()
    work(target, path, artefact)
    target.close()
