"""Sessions of front ends on three hosts in memory."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from installer.frontend.operator import Operator
from installer.frontend.session import Session
from installer.frontend.where import Where
from tests.engine.given import RICH
from tests.engine.three_hosts import ThreeHosts, proved


def sessions_in_memory(place: Path, monkeypatch: pytest.MonkeyPatch) -> ThreeHosts:
    """Three hosts in memory; from now on every session is one with them."""
    hosts = ThreeHosts(place, RICH)
    (place / "cluster.toml").write_text("# the answers\n")

    def opened(session: Session, where: Where, operator: Operator) -> None:
        session.path, session.cluster = place / "cluster.toml", hosts.cluster
        session.targets = hosts.hosts  # type: ignore[assignment]
        session.__dict__["installation"] = hosts.installation()
        session.__dict__["journal"] = hosts.journal()

    numbers = itertools.count(1)
    monkeypatch.setattr(Session, "__init__", opened)
    monkeypatch.setattr(Session, "new_run_id", lambda session: f"session{next(numbers)}")
    monkeypatch.setattr("installer.engine.performing.carry_out_proof", proved)
    return hosts
