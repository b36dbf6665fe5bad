"""From what is chosen to the screen that does it: at home, and in the command palette."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from installer.frontend.undoing import Scope
from installer.tui.screens.dialogs import Choose, Told
from runbook.errors import CatherdError
from runbook.text import T, Text

Begin = Literal["new", "draft", "answers"]

if TYPE_CHECKING:
    from installer.frontend.situation import Situation
    from installer.tui.app import CatherdApp

QUESTIONS: dict[str, Begin] = {"new": "new", "draft": "draft", "answers": "answers"}
"""Choices that lead to the questions, and what each begins with."""


def go(app: CatherdApp, choice: str, situation: Situation | None) -> None:
    """Do what was chosen."""
    if choice == "quit":
        app.action_leave()
    elif choice in QUESTIONS:
        _questions(app, QUESTIONS[choice])
    elif choice == "continue" and situation is not None and situation.last is None:
        app.show("preflight")
    elif choice in ("continue", "runbook"):
        opened(app, "runbook")
    elif choice == "verify":
        verify(app)
    elif choice == "rollback":
        app.show("rollback", T("Everything that Catherd has done"), Scope())
    else:
        app.show(choice)


def opened(app: CatherdApp, screen: str) -> None:
    """Open the cluster where it is not yet, then show a screen on it."""
    if app.board is not None:
        app.show(screen)
    else:
        app.open_cluster(lambda: app.show(screen), lambda error: failed(app, error, screen))


def failed(app: CatherdApp, error: CatherdError, screen: str) -> None:
    """The cluster cannot be opened: tell why, and what can be done from here."""
    choices: dict[str, Text] = {
        "again": T("Try again"),
        "answers": T("Change answers"),
        "close": T("Close"),
    }

    def then(answer: str | None) -> None:
        if answer == "again":
            opened(app, screen)
        elif answer == "answers":
            _questions(app, "answers")

    app.push_screen(Told(error, choices), then)


def verify(app: CatherdApp) -> None:
    """Look at all hosts; say that all holds, or show the steps that do not."""
    if app.conductor is not None and app.conductor.at_work:
        app.show("runbook")
        return
    app.open_cluster(lambda: _verified(app), lambda error: failed(app, error, "runbook"))


def _verified(app: CatherdApp) -> None:
    from installer.frontend.verifying import departures

    assert app.conductor is not None
    plan = app.conductor.plan
    if departures(plan):
        app.show("runbook")
        return
    findings = [finding for each in plan.steps for finding in each.findings]
    hosts = {each.host for each in plan.steps}
    body = T("{checks} checks on {hosts} hosts hold.", checks=len(findings), hosts=len(hosts))
    choices = {"close": T("Close"), "runbook": T("See them in the runbook")}

    def then(answer: str | None) -> None:
        if answer == "runbook":
            app.show("runbook")

    app.push_screen(Choose(T("✓ All is as installed"), choices, body), then)


def _questions(app: CatherdApp, begin: Begin) -> None:
    from installer.tui.screens.answers import AnswersScreen

    if app.conductor is not None and app.conductor.at_work:
        app.tell(CatherdError(
            T("Something is running on the hosts"),
            remedy=T("Wait until it has ended, or stop the run."),
        ))  # fmt: skip
        return
    app.push_screen(AnswersScreen(begin))
