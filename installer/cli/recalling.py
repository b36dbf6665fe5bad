"""Tells people and programs what happened before: how the last run ended, what is due again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from rich.text import Text as Styled

from installer.cli import show
from installer.engine.history import History, LastRun, Reason, Stop
from installer.engine.plan import Plan
from runbook.step import Step
from runbook.text import T, Text

MOST_ANSWERS = 12
"""Changed answers that are shown one by one."""

Reasons = Mapping[tuple[str, str], Reason]


def show_history(history: History, steps: Iterable[Step]) -> None:
    """How the last run ended, unless it ended well, and which answers are others since."""
    last = history.last
    if last is None or last.settled:
        return
    if last.ok is not True:
        show.out().print(Styled(str(sentence(last, steps)), style="yellow"))
    if last.changed:
        heading = T("cluster.toml has changed since the last run, {when}:", when=_when(last.began))
        show.out().print(Styled(str(heading), style="yellow"))
        for each in last.changed[:MOST_ANSWERS]:
            line = f"  {each.path}: {_value(each.before)} → {_value(each.now)}"
            show.out().print(Styled(line))
        if (more := len(last.changed) - MOST_ANSWERS) > 0:
            show.out().print(str(T("  … and {more} more", more=more)))


def texts(reasons: Reasons) -> dict[tuple[str, str], Text]:
    """The reasons as people read them."""
    return {key: words(reason) for key, reason in reasons.items()}


def show_last_run(history: History, steps: Iterable[Step]) -> None:
    """How the last run ended, well or not, and which answers are others since."""
    if history.last is None:
        show.out().print(Styled(str(T("No run is recorded on this machine.")), style="dim"))
    elif history.last.ok:
        show.out().print(Styled(str(sentence(history.last, steps)), style="dim"))
    show_history(history, steps)


def sentence(last: LastRun, steps: Iterable[Step]) -> Text:
    """The last run in one sentence."""
    values = {"when": _when(last.began), "operator": last.operator}
    if last.ok:
        return T("The last run, {when} by {operator}, succeeded.", **values)
    if not last.stops:
        if last.ok is None:
            return T("The last run, {when} by {operator}, was interrupted.", **values)
        return T("The last run, {when} by {operator}, did not finish.", **values)
    worst = min((stop.why for stop in last.stops), key=_ENDINGS.index)
    places = "; ".join(_places([stop for stop in last.stops if stop.why == worst], steps))
    if worst == "failed":
        return T("The last run, {when} by {operator}, failed in {places}.", **values, places=places)
    if worst == "cancelled":
        return T(
            "The last run, {when} by {operator}, was stopped in {places}.", **values, places=places
        )
    return T(
        "The last run, {when} by {operator}, was interrupted in {places}.", **values, places=places
    )


_ENDINGS = ("failed", "interrupted", "cancelled")


def show_reasons(reasons: Reasons, plan: Plan, steps: Iterable[Step]) -> None:
    """A line for each step that was begun before and is due now, and why."""
    for number, step in enumerate(steps, 1):
        said: dict[str, list[str]] = {}
        for each in plan.needed:
            reason = reasons.get((each.step.id, each.host))
            if each.step.id == step.id and reason:
                said.setdefault(str(words(reason)), []).append(each.host)
        for text, hosts in said.items():
            line = Styled.assemble(
                f"  {number:2d} {step.title} ", (f"({', '.join(hosts)}): ", "cyan"), text
            )
            show.out().print(line)


def words(reason: Reason) -> Text:
    """Why a step is to be done (again)."""
    when = _when(reason.when)
    match reason.why:
        case "interrupted":
            return T("interrupted {when}", when=when)
        case "failed":
            return T("failed {when}: {error}", when=when, error=_first_line(reason.error))
        case "cancelled":
            return T("stopped {when}", when=when)
        case "undone":
            return T("taken back {when}", when=when)
        case "answers":
            return T("done {when}; cluster.toml says something else now", when=when)
        case "version":
            return T(
                "done {when} by Catherd {version}; this one does it in another way",
                when=when,
                version=reason.version,
            )
        case "follows":
            return T("done {when}; due again after the steps before it", when=when)
        case "owed":
            return T("done {when}; a restart is still owed", when=when)
        case "drift":
            return T("done {when}; the host has changed since, not by Catherd", when=when)


def document(history: History, reasons: Reasons) -> dict[str, Any]:
    """The same for programs."""
    last = history.last
    return {
        "last_run": last
        and {
            "id": last.id,
            "began": last.began,
            "operator": last.operator,
            "version": last.version,
            "ok": last.ok,
            "stopped_in": [asdict(stop) for stop in last.stops],
        },
        "changed_answers": [asdict(each) for each in last.changed] if last else [],
        "due_again": [
            {"step": step, "host": host, "why": reason.why, "reason": str(words(reason))}
            for (step, host), reason in reasons.items()
        ],
    }


def _places(stops: Iterable[Stop], steps: Iterable[Step]) -> list[str]:
    numbered = {step.id: (number, step.title) for number, step in enumerate(steps, 1)}
    hosts: dict[tuple[str, str], list[str]] = {}
    for stop in stops:
        hosts.setdefault((stop.step, _first_line(stop.error)), []).append(stop.host)
    return [
        str(
            T(
                "step {number} “{title}” on {hosts}",
                number=numbered[step][0] if step in numbered else "?",
                title=numbered[step][1] if step in numbered else step,
                hosts=", ".join(names),
            )
        )
        + (f": {error}" if error else "")
        for (step, error), names in hosts.items()
    ]


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].rstrip(".")


def _when(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))


def _value(value: Any) -> str:
    if value is None:
        return str(T("(none)"))
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or str(T("(none)"))
    return str(value).lower() if isinstance(value, bool) else str(value)
