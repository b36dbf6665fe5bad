"""A host has changed since its preview: the new one is shown, and the operator decides."""

from __future__ import annotations

from rich.text import Text as Styled

from installer.engine.plan import StepPlan
from installer.tui.screens.dialogs import Confirm
from runbook.harmless import harmless
from runbook.text import T


class Changed(Confirm):
    """Whether a step runs as it would be now."""

    def __init__(self, now: StepPlan) -> None:
        body = Styled()
        for change in now.changes:
            body.append(harmless(f"{change.summary}\n"), "bold")
            body.append(harmless(f"{change.why}\n"), "dim")
            for text, why in change.details:
                body.append(harmless(f"  {text}   {why}\n"))
            body.append(harmless(change.diff))
        title = T(
            "{host} has changed since the preview of “{step}”",
            host=now.host,
            step=now.step.title,
        )
        super().__init__(title, body, T("Run it like this"), T("Do not run it"))
