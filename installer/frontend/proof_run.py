"""A proof that a front end carries out, as it can be looked at meanwhile and afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from installer.engine import events
from installer.engine.events import Event
from runbook.errors import CatherdError


@dataclass
class ProofRun:
    """A proof, while it is carried out and afterwards."""

    trials: list[events.Tried] = field(default_factory=list)
    error: CatherdError | None = None
    ok: bool | None = None
    """None while it goes on."""
    cancel: Callable[[], None] = lambda: None
    """Ends it; the cluster is restored first."""

    def take(self, event: Event) -> None:
        """Remember what was tried, and why it ended."""
        if isinstance(event, events.Tried):
            self.trials.append(event)
        elif isinstance(event, events.StepDone):
            self.error = event.error
