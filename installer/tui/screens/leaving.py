"""Leaving while something runs: it goes on on the hosts, or it is stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from installer.tui.screens.dialogs import Choose
from runbook.text import T, Text

if TYPE_CHECKING:
    from installer.tui.app import CatherdApp


def ask_about_leaving(app: CatherdApp, then: Callable[[], object]) -> None:
    """Ask; once the hosts are free, ``then``."""
    conductor = app.conductor
    assert conductor is not None
    jobs = "; ".join(
        str(T("{title} on {host}", title=job.title, host=host))
        for host, job in conductor.jobs.items()
    )
    choices: dict[str, Text] = {"stay": T("Stay here")}
    if jobs:
        choices["leave"] = T("Leave; it goes on on the hosts, and the next run takes it up")
        choices["stop"] = T("Stop it on the hosts and leave; the next run begins it anew")
    else:
        choices["leave"] = T("End what is under way, then leave")
    body = T("Still at work: {titles}", titles=jobs) if jobs else T("A step is under way.")

    def left(answer: str | None) -> None:
        if answer in ("leave", "stop"):
            app.background(
                lambda: conductor.leave(stop=answer == "stop"),
                lambda ended: then(),
                doing=T("Ending what is under way …"),
            )

    app.push_screen(Choose(T("A run is going on"), choices, body), left)
