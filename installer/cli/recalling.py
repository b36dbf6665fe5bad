"""Tells people and programs what happened before: how the last run ended, what is due again."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text as Styled

from installer.cli import show
from installer.engine.history import History
from installer.engine.plan import Plan
from installer.frontend import recall
from runbook.step import Step
from runbook.text import T

MOST_ANSWERS = 12
"""Changed answers that are shown one by one."""


def show_history(history: History, steps: Iterable[Step]) -> None:
    """How the last run ended, unless it ended well, and which answers are others since."""
    last = history.last
    if last is None or last.settled:
        return
    if last.ok is not True:
        show.out().print(Styled(str(recall.sentence(last, steps)), style="yellow"))
    if last.changed:
        heading = T(
            "cluster.toml has changed since the last run, {when}:", when=recall.when(last.began)
        )
        show.out().print(Styled(str(heading), style="yellow"))
        for each in last.changed[:MOST_ANSWERS]:
            line = (
                f"  {each.path}: {recall.shown_value(each.before)} → {recall.shown_value(each.now)}"
            )
            show.out().print(Styled(line))
        if (more := len(last.changed) - MOST_ANSWERS) > 0:
            show.out().print(str(T("  … and {more} more", more=more)))


def show_last_run(history: History, steps: Iterable[Step]) -> None:
    """How the last run ended, well or not, and which answers are others since."""
    if history.last is None:
        show.out().print(Styled(str(T("No run is recorded on this machine.")), style="dim"))
    elif history.last.ok:
        show.out().print(Styled(str(recall.sentence(history.last, steps)), style="dim"))
    show_history(history, steps)


def show_reasons(reasons: recall.Reasons, plan: Plan, steps: Iterable[Step]) -> None:
    """A line for each step that was begun before and is due now, and why."""
    for number, step in enumerate(steps, 1):
        said: dict[str, list[str]] = {}
        for each in plan.needed:
            reason = reasons.get((each.step.id, each.host))
            if each.step.id == step.id and reason:
                said.setdefault(str(recall.words(reason)), []).append(each.host)
        for text, hosts in said.items():
            line = Styled.assemble(
                f"  {number:2d} {step.title} ", (f"({', '.join(hosts)}): ", "cyan"), text
            )
            show.out().print(line)
