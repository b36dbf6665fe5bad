"""The JSON that ``--json`` prints: plans, checks and events as plain data."""

from __future__ import annotations

import json
import sys
from typing import Any

from installer.engine import events
from installer.engine.change import Change
from installer.engine.plan import Finding, Plan
from installer.engine.rollback_plan import RollbackPlan
from installer.engine.undo import Reversal
from runbook.errors import CatherdError
from runbook.harmless import harmless


def write(document: dict[str, Any], compact: bool = False) -> None:
    """Print a document; ``compact`` keeps it on one line."""
    indent = None if compact else 2
    text = json.dumps(document, indent=indent, ensure_ascii=False, default=str)
    sys.stdout.write(escaped(text) + "\n")
    sys.stdout.flush()


def escaped(text: str) -> str:
    """JSON in which what could steer a terminal stands as an escape, as JSON itself does for C0."""
    if harmless(text) == text:
        return text
    return "".join(c if harmless(c) == c else json.dumps(c)[1:-1] for c in text)


def plan(planned: Plan) -> dict[str, Any]:
    """A plan: for each step and host its changes, its checks and what stands in the way."""
    return {
        "changes": sum(len(each.changes) for each in planned.steps),
        "steps": [
            {
                "step": each.step.id,
                "title": str(each.step.title),
                "host": each.host,
                "needed": each.needed,
                "changes": [change(one) for one in each.changes],
                "checks": [finding(one) for one in each.findings],
                "error": error(each.error),
            }
            for each in planned.steps
        ],
    }


def change(one: Change) -> dict[str, Any]:
    """A change."""
    return {
        "kind": one.kind,
        "target": one.target,
        "summary": str(one.summary),
        "why": str(one.why),
        "diff": one.diff,
        "details": [[text, str(why)] for text, why in one.details],
        "known_after": one.known_after,
        "reversible": bool(one.undo),
    }


def finding(one: Finding) -> dict[str, Any]:
    """A check with its answer."""
    check, verdict = one.check, one.verdict
    return {
        "check": check.id,
        "title": str(check.title),
        "ok": verdict.ok,
        "advice": verdict.advice,
        "seen": str(verdict.seen),
        "expected": str(check.expected),
        "why": str(check.why),
        "usual_cause": str(check.usual_cause),
        "remedy": str(check.remedy),
    }


def rollback(plan: RollbackPlan) -> dict[str, Any]:
    """A rollback: for each host and step, newest first, what is taken back and how."""
    return {
        "changes": plan.changes,
        "steps": [
            {
                "host": host.host,
                "step": step.record.step,
                "run": step.record.run,
                "operator": step.record.operator,
                "reversals": [reversal(each) for each in step.reversals],
            }
            for host in plan.hosts
            for step in host.steps
        ],
        "restarts": [
            {"host": host.host, "service": each.name, "summary": str(each.summary)}
            for host in plan.hosts
            for each in host.restarts
        ],
    }


def reversal(one: Reversal) -> dict[str, Any]:
    """One change that is taken back, and what somebody did to it since."""
    conflict = one.conflict
    return {
        "kind": one.change.kind,
        "target": one.change.target,
        "summary": str(one.summary),
        "note": str(one.note),
        "diff": one.diff,
        "kept": one.kept,
        "conflict": conflict
        and {"path": conflict.path, "what": str(conflict.what), "changed": list(conflict.changed)},
    }


def error(problem: CatherdError | None) -> dict[str, Any] | None:
    """An error."""
    if problem is None:
        return None
    lines = {"what": problem.what, "where": problem.where, "remedy": problem.remedy}
    return {name: str(text) for name, text in lines.items() if text}


def emit(one: events.Event) -> None:
    """Print an event on a line, unless it is one that only a screen needs."""
    document = event(one)
    if document is not None:
        write(document, compact=True)


def event(one: events.Event) -> dict[str, Any] | None:
    """An event of a run, or None for those that only a screen needs."""
    match one:
        case events.StepStarted(step, host):
            return {"event": "step-started", "step": step, "host": host}
        case events.ChangeStarted(step, host, number, count, what):
            place = {"step": step, "host": host, "number": number, "changes": count}
            return {"event": "change-started", **place, "change": change(what)}
        case events.ChangeDone(step, host, what, seconds):
            place = {"step": step, "host": host, "target": what.target}
            return {"event": "change-done", **place, "seconds": round(seconds, 3)}
        case events.JobJoined(step, host, title, joined):
            place = {"step": step, "host": host, "job": title, "phase": joined.phase}
            return {"event": "job-joined", **place, "running": joined.running}
        case events.Checked(step, host, check, verdict):
            answer = finding(Finding(check, verdict))
            return {"event": "checked", "step": step, "host": host, **answer}
        case events.Tried(step, host, title, tried, expected, seen, ok, seconds):
            words = {"title": title, "tried": tried, "expected": expected, "seen": seen}
            texts = {name: str(text) for name, text in words.items()}
            place = {"step": step, "host": host, "ok": ok, "seconds": round(seconds, 3)}
            return {"event": "tried", **place, **texts}
        case events.StepDone(step, host, outcome, seconds, problem):
            place = {"step": step, "host": host, "outcome": outcome}
            return {
                "event": "step-done",
                **place,
                "seconds": round(seconds, 3),
                "error": error(problem),
            }
        case _:
            return None
