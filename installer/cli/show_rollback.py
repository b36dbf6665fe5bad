"""How a rollback looks on a plain terminal."""

from __future__ import annotations

from rich.text import Text as Styled

from installer.cli.show import out, show_diff
from installer.engine.rollback_plan import RollbackPlan
from installer.engine.undo import Conflict, Reversal
from installer.frontend import recall, undoing
from runbook.text import T, Text, labelled


def show(plan: RollbackPlan) -> None:
    """Every step that is taken back, newest first, with what becomes of each host."""
    if not plan.hosts:
        out().print(Styled(str(T("There is nothing to take back.")), "green"))
        return
    shown = None
    for host, step in undoing.newest_first(plan):
        record = step.record
        if step.reversals and shown != (record.run, record.step):
            shown = record.run, record.step
            when = recall.when(record.began)
            heading = Styled(f"● {undoing.title_of(record.step)}", "bold")
            heading.append(f"  {when}, {record.operator}", "dim")
            out().print(heading)
        for reversal in step.reversals:
            _show_reversal(host.host, reversal)
    for host in plan.hosts:
        for restart in host.restarts:
            _line(host.host, restart.summary)
    for warning in undoing.leaning(plan):
        out().print(Styled(f"  ! {warning}", "yellow"))
    out().print(f"\n{undoing.amount(plan)}")


def show_conflict(conflict: Conflict) -> None:
    """What somebody changed since."""
    out().print(Styled(f"\n! {labelled(conflict.host, conflict.what)}", "yellow"))
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
    for host, path in undoing.left_as_it_is(left):
        text = labelled(host, T("left as it is: {path}", path=path))
        out().print(Styled(f"! {text}", "yellow"))
    for note in undoing.notes(plan):
        out().print(Styled(f"  {note}", "dim"))
    if ok:
        out().print(Styled(f"\n{undoing.done(plan, seconds)}", "bold green"))
        return
    text = T("Not finished. Mend what is named above; “catherd rollback” goes on from there.")
    out().print(Styled(f"\n{text}", "bold red"))


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
