"""What happened before, in words: how the last run ended, and why a step is due again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from installer.engine.history import History, LastRun, Reason, Stop
from runbook.step import Step
from runbook.text import T, Text, listed

Reasons = Mapping[tuple[str, str], Reason]


def texts(reasons: Reasons) -> dict[tuple[str, str], Text]:
    """The reasons as people read them."""
    return {key: words(reason) for key, reason in reasons.items()}


def sentence(last: LastRun, steps: Iterable[Step]) -> Text:
    """The last run in one sentence."""
    values = {"when": when(last.began), "operator": last.operator}
    if last.ok:
        return T("The last run, {when} by {operator}, succeeded.", **values)
    if not last.stops:
        if last.ok is None:
            return T("The last run, {when} by {operator}, was interrupted.", **values)
        return T("The last run, {when} by {operator}, did not finish.", **values)
    worst = min((stop.why for stop in last.stops), key=_ENDINGS.index)
    places = str(T("; ")).join(_places([stop for stop in last.stops if stop.why == worst], steps))
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


def words(reason: Reason) -> Text:
    """Why a step is to be done (again)."""
    moment = when(reason.when)
    match reason.why:
        case "interrupted":
            return T("interrupted {when}", when=moment)
        case "failed":
            return T("failed {when}: {error}", when=moment, error=first_line(reason.error))
        case "cancelled":
            return T("stopped {when}", when=moment)
        case "undone":
            return T("taken back {when}", when=moment)
        case "answers":
            return T("done {when}; cluster.toml says something else now", when=moment)
        case "version":
            return T(
                "done {when} by Catherd {version}; this one does it in another way",
                when=moment,
                version=reason.version,
            )
        case "follows":
            return T("done {when}; due again after the steps before it", when=moment)
        case "owed":
            return T("done {when}; a restart is still owed", when=moment)
        case "drift":
            return T("done {when}; the host has changed since, not by Catherd", when=moment)


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
        hosts.setdefault((stop.step, first_line(stop.error)), []).append(stop.host)
    return [
        str(
            T(
                "step {number} “{title}” on {hosts}",
                number=numbered[step][0] if step in numbered else "?",
                title=numbered[step][1] if step in numbered else step,
                hosts=listed(names),
            )
        )
        + (f": {error}" if error else "")
        for (step, error), names in hosts.items()
    ]


def first_line(text: str) -> str:
    """The first line of an error, as the end of a sentence."""
    return text.strip().partition("\n")[0].rstrip(".")


def when(moment: float) -> str:
    """A moment as people write it, in the time of this machine."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))


def shown_value(value: Any) -> str:
    """A value of cluster.toml as it is shown."""
    if value is None:
        return str(T("(none)"))
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or str(T("(none)"))
    return str(value).lower() if isinstance(value, bool) else str(value)
