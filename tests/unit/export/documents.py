"""The runbook of three hosts in memory, as it is exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from installer.export.model import Runbook
from installer.export.writing import runbook_of
from tests.engine.three_hosts import ThreeHosts

SECRETS: dict[str, Any] = {"options": {"members": "ajp", "encrypt": True}}


def runbook(place: Path, answers: dict[str, Any] | None = None) -> Runbook:
    hosts = ThreeHosts(place, answers or {})
    installation = hosts.installation()
    installation.depot.path = lambda artefact: Path("/depot") / artefact.name  # type: ignore[method-assign]
    return runbook_of(installation)
