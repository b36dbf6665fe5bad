"""All screens by name; each is imported when it is opened."""

from __future__ import annotations

import importlib

from installer.tui.screens.base import CatherdScreen

SCREENS = {
    "home": "home:HomeScreen",
    "answers": "answers:AnswersScreen",
    "lab": "lab:LabScreen",
    "training": "training:TrainingScreen",
    "preflight": "preflight:PreflightScreen",
    "runbook": "runbook:RunbookScreen",
    "cluster": "cluster:ClusterScreen",
    "report": "report:ReportScreen",
    "history": "history:HistoryScreen",
    "rollback": "rollback:RollbackScreen",
    "failure": "failure:FailureScreen",
}


def screen(name: str, *given: object) -> CatherdScreen:
    """Make the screen of that name from what it is given."""
    module, _, kind = SCREENS[name].partition(":")
    found = importlib.import_module(f"installer.tui.screens.{module}")
    made: CatherdScreen = getattr(found, kind)(*given)
    return made
