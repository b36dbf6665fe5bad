"""Training for every front end: lessons, drills and the document's mistakes on a practice lab."""

from __future__ import annotations

from runbook.text import T

WELCOME = T(
    "A lesson is a step of the runbook that you do yourself on a practice lab; its checks judge "
    "what is there. A drill is a fault in a running cluster, as a user reports it. The lab is "
    "started for you, and nothing that you do there can do harm."
)
