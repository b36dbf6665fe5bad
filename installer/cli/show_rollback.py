"""How a rollback looks on a plain terminal."""

from __future__ import annotations

import time
from collections.abc import Iterable

from rich.text import Text as Styled

from installer.cli.show import out, show_diff
from installer.engine.rollback_plan import HostRollback, RecordUndo, RollbackPlan
from installer.engine.undo import Conflict, Reversal
from runbook.steps import RUNBOOK
from runbook.text import T, Text


def show(plan: RollbackPlan) -> None:
    """Every step that is taken back, newest first, with what becomes of each host."""
    if not plan.hosts:
        out().print(Styled(str(T("There is nothing to take back.")), "green"))
        return
    shown = None
    for host, step in _newest_first(plan):
        record = step.record
        if step.reversals and shown != (record.run, record.step):
            shown = record.run, record.step
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(record.began))
            heading = Styled(f"● {title_of(record.step)}", "bold")
            heading.append(f"  {when}, {record.operator}", "dim")
            out().print(heading)
        for reversal in step.reversals:
            _show_reversal(host.host, reversal)
    for host in plan.hosts:
        for restart in host.restarts:
            _line(host.host, restart.summary)
    _show_leaning(plan)
    text = T(
        "{changes} things are taken back on {hosts} hosts.",
        changes=plan.changes,
        hosts=len(plan.hosts),
    )
    out().print(f"\n{text}")


def show_conflict(conflict: Conflict) -> None:
    """What somebody changed since."""
    out().print(Styled(f"\n! {conflict.host}: {conflict.what}", "yellow"))
    for path in conflict.changed:
        out().print(Styled(f"    {path}", "yellow"))


def show_difference(conflict: Conflict) -> None:
    """What overwriting would do."""
    if conflict.diff:
        show_diff(conflict.diff)
    for path in conflict.changed:
        out().print(Styled(f"    {path}"))


def show_end(plan: RollbackPlan, left: RollbackPlan, ok: bool, seconds: float) -> None:
    """How it went, and what was left as it is."""
    for conflict in left.conflicts:
        out().print(Styled(f"! {conflict.host}: {T('left as it is')}: {conflict.path}", "yellow"))
    for reversal in _all_reversals(plan.hosts):
        if reversal.note and reversal.operations:
            out().print(Styled(f"  {reversal.note}", "dim"))
    if ok:
        text = T(
            "Taken back in {seconds:.0f} s: {changes} things on {hosts} hosts.",
            seconds=seconds,
            changes=plan.changes,
            hosts=len(plan.hosts),
        )
        out().print(Styled(f"\n{text}", "bold green"))
        return
    text = T("Not finished. Mend what is named above; “catherd rollback” goes on from there.")
    out().print(Styled(f"\n{text}", "bold red"))


def title_of(step: str) -> Text:
    """A step's title; one that this Catherd does not know goes by its id."""
    return next((each.title for each in RUNBOOK if each.id == step), step)


def _newest_first(plan: RollbackPlan) -> list[tuple[HostRollback, RecordUndo]]:
    """Together what was done together: by run, then by step, then by host."""
    ids = [step.id for step in RUNBOOK]

    def order(pair: tuple[HostRollback, RecordUndo]) -> tuple[str, int]:
        step = pair[1].record.step
        return pair[1].record.run, ids.index(step) if step in ids else -1

    pairs = [(host, step) for host in plan.hosts for step in host.steps]
    return sorted(pairs, key=order, reverse=True)


def _show_reversal(host: str, reversal: Reversal) -> None:
    _line(host, reversal.summary)
    if reversal.note:
        out().print(Styled(f"       {reversal.note}", "dim"))
    if reversal.conflict:
        show_conflict(reversal.conflict)
    elif reversal.diff:
        show_diff(reversal.diff)


def _line(host: str, text: Text) -> None:
    out().print(Styled.assemble((f"     {host} ", "cyan"), str(text)))


def _show_leaning(plan: RollbackPlan) -> None:
    needs = {step.id: frozenset(step.needs) for step in RUNBOOK}
    for step, others in plan.leaning_on(needs).items():
        titles = ", ".join(str(title_of(other)) for other in sorted(others))
        text = T("these build on “{step}” and stay: {others}", step=title_of(step), others=titles)
        out().print(Styled(f"  ! {text}", "yellow"))


def _all_reversals(hosts: Iterable[HostRollback]) -> list[Reversal]:
    return [each for host in hosts for step in host.steps for each in step.reversals]
