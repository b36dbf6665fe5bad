"""All errata of the runbook, each with the step that it belongs to."""

from __future__ import annotations

from functools import cache

from runbook.step import Erratum, Step


@cache
def catalogue() -> dict[str, tuple[Step, Erratum]]:
    """By id, in the order of the document."""
    from runbook.steps import RUNBOOK

    return {erratum.id: (step, erratum) for step in RUNBOOK for erratum in step.errata}
