"""Training for every front end: lessons, drills and the document's mistakes on a practice lab."""

from __future__ import annotations

from runbook.text import T

WELCOME = T(
    "A lesson is a step that you do yourself on a practice lab, a drill a fault to be found there. "
    "The lab is started for you, and nothing can come to harm."
)
NO_MORE_HINTS = T("There are no more hints; the solution shows what is still missing.")
