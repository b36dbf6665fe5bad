"""All screens by name; each is imported when it is opened."""

from __future__ import annotations

import importlib

from installer.tui.screens.base import CatherdScreen

SCREENS = {
    "home": "home:HomeScreen",
    "answers": "answers:AnswersScreen",
    "preflight": "preflight:PreflightScreen",
    "runbook": "runbook:RunbookScreen",
    "cluster": "cluster:ClusterScreen",
    "report": "report:ReportScreen",
    "history": "history:HistoryScreen",
}


def screen(name: str) -> CatherdScreen:
    """Make the screen of that name."""
    module, _, kind = SCREENS[name].partition(":")
    made: CatherdScreen = getattr(
        importlib.import_module(f"installer.tui.screens.{module}"), kind
    )()
    return made
