"""A rollback on a plain terminal: shown, decided about, confirmed, carried out, verified."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import questionary
from questionary import Choice as Option

from installer.cli import documents, show, show_rollback
from installer.cli.display import RunDisplay
from installer.cli.terminal import interactive
from installer.engine import events
from installer.engine.rollback import RollbackRunner
from installer.engine.rollback_plan import Rollback, RollbackPlan
from installer.engine.undo import Choice, Conflict
from installer.engine.world import STATE
from installer.frontend.session import Chosen, Session
from installer.frontend.undoing import Scope
from installer.remote.operations import Remove
from installer.remote.target import Target
from runbook.errors import BadInput, Failed
from runbook.steps import RUNBOOK
from runbook.text import T, labelled

CHANGES, QUIT = 2, 3
Choices = dict[tuple[str, str], Choice]


def in_scope(
    session: Session, hosts: Sequence[str], steps: Sequence[str], to: str | None
) -> tuple[Chosen, Scope]:
    """Hosts and steps that the options of the command line name, and what of them is taken back.

    Changes of a step that is no more are taken back only with all others.

    :raises BadInput: a host or a step is not known
    """
    if steps and to:
        raise BadInput(T("--step and --to exclude each other"))
    chosen = session.choose(hosts, steps, to)
    if to:
        chosen = Chosen(chosen.hosts, chosen.steps[1:])
    return chosen, Scope(frozenset(each.id for each in chosen.steps) if steps or to else None)


def run(
    session: Session,
    chosen: Chosen,
    scope: Scope,
    on_change: str | None,
    *,
    dry_run: bool = False,
    yes: bool = False,
    json: bool = False,
    confirmed: bool = False,
) -> int:
    """Plan, show, ask, carry out; the exit code says how it went."""
    ask = interactive() and not (yes or json)
    if not (ask or yes or dry_run):
        raise BadInput(
            T("There is no terminal to ask at"),
            remedy=T("Add --yes; “catherd rollback --dry-run” shows what it would do."),
        )
    run_id = session.new_run_id()
    rollback = session.rollback(chosen, run_id)
    plan = rollback.plan(scope.wants)
    if dry_run or not plan.hosts:
        return _shown(plan, json)
    if not json:
        show_rollback.show(plan)
    choices = _decide(plan, on_change, ask)
    if choices is None:
        return QUIT
    if choices:
        plan = rollback.plan(scope.wants, choices)
    question = str(T("Take this back?"))
    if ask and not confirmed and not questionary.confirm(question, default=False).ask():
        return QUIT
    return _carry_out(session, chosen, scope, rollback, plan, json)


def _shown(plan: RollbackPlan, json: bool) -> int:
    if json:
        documents.write(documents.rollback(plan))
    else:
        show_rollback.show(plan)
    return CHANGES if plan.hosts else 0


def _decide(plan: RollbackPlan, on_change: str | None, ask: bool) -> Choices | None:
    """What becomes of everything that somebody changed since; None: the operator quits.

    :raises Failed: nobody can be asked, and nothing was said
    """
    open_ones = [conflict for conflict in plan.conflicts if not conflict.lost]
    if on_change in ("keep", "overwrite"):
        choice: Choice = "keep" if on_change == "keep" else "overwrite"
        return {(each.host, each.path): choice for each in open_ones}
    if open_ones and (on_change == "stop" or not ask):
        raise Failed(
            T("Nothing was taken back: somebody has changed things since"),
            "\n".join(str(labelled(each.host, each.what)) for each in open_ones),
            T("Add --on-change keep or --on-change overwrite, or decide about each at a terminal."),
        )
    choices: Choices = {}
    for conflict in open_ones:
        choice_made = _ask(conflict)
        if choice_made is None:
            return None
        choices[conflict.host, conflict.path] = choice_made
    return choices


def _ask(conflict: Conflict) -> Choice | None:
    show_rollback.show_conflict(conflict)
    options = [
        Option(str(T("Keep it as it is now")), "keep"),
        Option(str(T("Overwrite it; a copy is kept on the host")), "overwrite"),
        Option(str(T("See the difference")), "diff"),
        Option(str(T("Quit")), None),
    ]
    while True:
        answer = questionary.select(f"{conflict.host}: {conflict.path}", choices=options).ask()
        if answer != "diff":
            return answer if answer in ("keep", "overwrite") else None
        show_rollback.show_difference(conflict)


def _carry_out(
    session: Session,
    chosen: Chosen,
    scope: Scope,
    rollback: Rollback,
    plan: RollbackPlan,
    json: bool,
) -> int:
    began = time.monotonic()
    with session.locked(rollback.run, [each.host for each in plan.hosts], "rollback") as outcome:
        if json:
            outcome.ok = _runner(session, rollback, plan, documents.emit).run()
        else:
            with RunDisplay(RUNBOOK, live=show.out().is_terminal) as display:
                outcome.ok = _runner(session, rollback, plan, display.emit).run()
        left = session.rollback(chosen, rollback.run).plan(scope.wants)
    ok = outcome.ok and not left.changes
    if json:
        documents.write({"event": "rollback-done", "ok": ok, "left": left.changes}, compact=True)
    else:
        show_rollback.show_end(plan, left, ok, time.monotonic() - began)
    return 0 if ok else 1


def _runner(
    session: Session, rollback: Rollback, plan: RollbackPlan, emit: events.Emit
) -> RollbackRunner:
    hide = rollback.secrets.hide
    return RollbackRunner(session.targets, session.journal, plan, rollback.run, emit, hide)


def uninstall_all(session: Session, on_change: str | None, *, yes: bool) -> int:
    """Everything is taken back, then Catherd's own directory is removed from every host."""
    name = session.cluster.name
    if not yes:
        if not interactive():
            raise BadInput(T("There is no terminal to ask at"), remedy=T("Add --yes."))
        question = T("This removes the cluster. Type its name ({name}) to go on:", name=name)
        if questionary.text(str(question)).ask() != name:
            show.out().print(str(T("Nothing was touched.")))
            return QUIT
    chosen, scope = in_scope(session, (), (), None)
    code = run(session, chosen, scope, on_change, yes=yes, confirmed=True)
    if code != 0:
        return code
    with session.locked(session.new_run_id(), command="uninstall") as outcome:
        targets = [session.targets[host] for host in chosen.hosts]
        with ThreadPoolExecutor(max_workers=len(targets)) as pool:
            list(pool.map(_forget, targets))
        outcome.ok = True
    journal = session.journal.path
    show.out().print(str(T("Every trace of Catherd on the hosts is gone.")))
    show.out().print(
        str(T("The history of this cluster stays on this machine: {path}", path=journal))
    )
    return 0


def _forget(target: Target) -> None:
    """Remove all that Catherd keeps on a host; the lock goes when the host is given free."""
    for name in ("undo", "saved", "kept", "jobs", "build", "secrets", "proof"):
        target.apply(Remove(f"{STATE}/{name}"))
    target.unstage()
