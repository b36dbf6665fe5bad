"""Checks: a question to a host, the answer that is expected, and what an odd one means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from runbook.probes import Facts, Probe
from runbook.text import Text


@dataclass(frozen=True)
class Seen:
    """What a check may look at: the answers of its own host and those of the others."""

    facts: Facts
    peers: Mapping[str, Facts] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What a check found; ``advice`` instead of ``ok`` False when one can live with it."""

    ok: bool
    seen: Text
    advice: bool = False


Judge = Callable[[Seen], Verdict]
"""Compares what was seen with what was expected; may raise ``BadInput`` for an unreadable file."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A question with an expected answer, the usual reason for another one, and the mend."""

    id: str
    title: Text
    probes: tuple[Probe, ...]
    judge: Judge = field(repr=False)
    expected: Text
    usual_cause: Text
    remedy: Text
    why: Text = ""
    """What is at stake."""
    patience: float = 0.0
    """Seconds that the answer may take to become true after the step."""
    beforehand: bool = False
    """It must hold before the step acts as well: while it does not, nothing is changed."""
