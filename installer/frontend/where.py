"""Which cluster Catherd works on, and how its hosts are entered."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import platformdirs

LAB = "catherd"
"""The practice lab that ``--lab`` means when no name follows."""


@dataclass(frozen=True)
class Where:
    """Which cluster a command works on, and how its hosts are entered."""

    cluster: Path | None = None
    """The file with the answers; None for ``cluster.toml`` here."""
    lab: str | None = None
    """A practice lab instead; its answers and its sudo password are known."""
    sudo_password_file: Path | None = None
    accept_new_host_keys: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The options that name this cluster again."""
        if self.lab is not None:
            return ("--lab",) if self.lab == LAB else ("--lab", self.lab)
        return ("-c", str(self.cluster)) if self.cluster else ()

    @property
    def path(self) -> Path:
        """The file with the answers."""
        if self.lab is not None:
            from installer.lab.cluster import answers_path

            return answers_path(self.lab)
        return self.cluster or Path("cluster.toml")


def journal_file(answers: Path, cluster: str) -> Path:
    """Where this machine keeps the journal of the cluster that these answers name so."""
    key = hashlib.sha256(str(answers.resolve()).encode()).hexdigest()[:8]
    place = platformdirs.user_state_path("catherd") / "clusters" / f"{cluster}-{key}"
    return place / "journal.db"
