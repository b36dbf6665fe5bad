"""The five sides from which the wizard shows a step, and what a step is doing, in a line."""

from __future__ import annotations

from installer.frontend.board import Cell
from installer.tui.widgets.step_list import clock
from runbook.text import Message, T

TABS: dict[str, Message] = {
    "why": T("Why"),
    "preview": T("Preview"),
    "output": T("Output"),
    "checks": T("Checks"),
    "document": T("Document"),
}
SIDES: dict[str, Message] = {
    "why": T("What the step is for"),
    "preview": T("What it would change"),
    "output": T("What its commands print"),
    "checks": T("What is expected, and what is seen"),
    "document": T("What the original document says here, and what happens if one does that"),
}


def doing(cell: Cell) -> str:
    """What a cell does now: how long, what, how far."""
    number, count = cell.change
    shown = cell.phase or str(cell.doing)
    done, total = cell.progress
    if total:
        shown += f" {100 * done // total} %"
    of = f" ({number}/{count})" if count > 1 else ""
    return f"{clock(cell.elapsed)} {shown}{of}"
