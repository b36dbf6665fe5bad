"""A run without questions: everything is released at once, lanes do the rest."""

from __future__ import annotations

import time
from collections.abc import Mapping

from installer.cli import documents, interrupted, recalling, show
from installer.cli.display import RunDisplay
from installer.cli.endings import Leaving
from installer.cli.terminal import interactive
from installer.engine.plan import Plan
from installer.engine.run import Runner
from installer.frontend import recall
from installer.frontend.session import Chosen, Session, concerned
from runbook.probes import Facts
from runbook.text import T


def run(session: Session, chosen: Chosen, json: bool, command: str = "run") -> int:
    """Plan, lock, run, unlock; the exit code says how it went.

    :param command: what the journal and the lock call it
    """
    began = time.monotonic()
    run_id = session.new_run_id()
    facts, plan = session.plan(chosen, run_id)
    if not plan.needed:
        session.nothing_to_do(run_id, chosen)
        _nothing_to_do(plan, json, time.monotonic() - began)
        return 0
    if json:
        return _run_json(session, facts, plan, run_id, command)
    return _run_shown(session, facts, plan, run_id, command, began)


def _nothing_to_do(plan: Plan, json: bool, seconds: float) -> None:
    if json:
        documents.write({"event": "run-done", "ok": True, "changes": 0}, compact=True)
        return
    checks = sum(len(each.findings) for each in plan.steps)
    show.out().print(
        str(T("Nothing to do: {checks} checks, {seconds:.1f} s.", checks=checks, seconds=seconds))
    )


def _run_json(
    session: Session, facts: Mapping[str, Facts], plan: Plan, run_id: str, command: str
) -> int:
    history = session.history()
    before = recall.document(history, history.reasons(plan))
    with session.locked(run_id, concerned(plan), command) as outcome:
        documents.write({"event": "run-started", "run": run_id, **before}, compact=True)
        runner = Runner(session.installation, session.journal, facts, plan, run_id, documents.emit)
        try:
            outcome.ok = _carry_out(runner)
        except KeyboardInterrupt:
            interrupted.leave_json(session, runner)
            raise
    documents.write({"event": "run-done", "ok": outcome.ok}, compact=True)
    return 0 if outcome.ok else 1


def _run_shown(
    session: Session,
    facts: Mapping[str, Facts],
    plan: Plan,
    run_id: str,
    command: str,
    began: float,
) -> int:
    installation = session.installation
    history = session.history()
    recalling.show_history(history, installation.steps)
    recalling.show_reasons(history.reasons(plan), plan, installation.steps)
    display = RunDisplay(installation.steps, live=show.out().is_terminal)
    with session.locked(run_id, concerned(plan), command) as outcome:
        runner = Runner(installation, session.journal, facts, plan, run_id, display.emit)
        try:
            with display:
                outcome.ok = _carry_out(runner)
        except Leaving:
            interrupted.leave(session, runner)
            raise
        except KeyboardInterrupt:
            (interrupted.leave_or_stop if interactive() else interrupted.leave)(session, runner)
            raise
    show.show_end(outcome.ok, time.monotonic() - began, display.trials)
    return 0 if outcome.ok else 1


def _carry_out(runner: Runner) -> bool:
    """Run everything; a signal stops the run after what is under way."""
    try:
        return runner.run_all()
    except KeyboardInterrupt:
        interrupted.abandon(runner)
        raise
