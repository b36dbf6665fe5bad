"""The report of one run, from the journal alone: what was done, by whom, when, and seen how."""

from __future__ import annotations

import time
from typing import Any

import installer
from installer.engine.events import Tried
from installer.engine.plan import Finding
from installer.frontend import past
from installer.frontend.past import PastRun, PastStep
from installer.frontend.report import Line, Report, Told, evidence_of, hosts_of, in_order
from installer.frontend.session import Session
from runbook.check import Check, Seen, Verdict
from runbook.errors import BadInput
from runbook.text import T


def report_of_run(session: Session, run: PastRun) -> Report:
    """Make it; asks no host."""
    seen = session.journal.evidence(run.id)
    steps = past.steps(session.journal, run.id)
    lines = in_order(session.cluster, (_line(session, step, seen) for step in steps))
    return Report(
        session.cluster.name,
        time.time(),
        installer.__version__,
        hosts_of(session.cluster),
        lines,
        tuple(_told(line, each) for line in lines for each in _listed(line, seen, "checks")),
        bool(seen),
        tuple(_tried(line, each) for line in lines for each in _listed(line, seen, "trials")),
        evidence_of(session),
        run,
    )


def chosen_run(session: Session, id: str | None) -> PastRun:
    """The run of that name, or the newest one.

    :raises BadInput: there is none
    """
    runs = past.runs(session.journal)
    found = next((run for run in runs if id is None or run.id == id), None)
    if found is not None:
        return found
    if not runs:
        raise BadInput(
            T("Nothing was done to this cluster from this machine yet"),
            remedy=T("catherd run does it; then there is something to report."),
        )
    raise BadInput(
        T("There is no run {id}", id=id),
        remedy=T("catherd report --list shows all runs."),
    )


Evidence = dict[tuple[str, str], dict[str, Any]]


def _line(session: Session, step: PastStep, seen: Evidence) -> Line:
    output = seen.get((step.step, step.host), {}).get("output", "")
    return Line(
        step.step,
        step.host,
        step.glyph,
        step.ending,
        step.seconds,
        step.began,
        step.error,
        past.changes(session.journal, step),
        output if isinstance(output, str) else "",
    )


def _listed(line: Line, seen: Evidence, what: str) -> list[dict[str, Any]]:
    found = seen.get((line.step, line.host), {}).get(what)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _told(line: Line, seen: dict[str, Any]) -> Told:
    """The check as it was answered then; its question cannot be asked again."""
    verdict = Verdict(bool(seen.get("ok")), _word(seen, "seen"), bool(seen.get("advice")))

    def answered(_: Seen) -> Verdict:
        return verdict

    check = Check(
        id=_word(seen, "id"),
        title=_word(seen, "title"),
        probes=(),
        judge=answered,
        expected=_word(seen, "expected"),
        usual_cause=_word(seen, "usual_cause"),
        remedy=_word(seen, "remedy"),
    )
    return Told(line.step, line.host, Finding(check, verdict))


def _tried(line: Line, seen: dict[str, Any]) -> Tried:
    took = seen.get("seconds")
    return Tried(
        line.step,
        line.host,
        _word(seen, "title"),
        _word(seen, "tried"),
        _word(seen, "expected"),
        _word(seen, "seen"),
        bool(seen.get("ok")),
        float(took) if isinstance(took, int | float) else 0.0,
    )


def _word(seen: dict[str, Any], name: str) -> str:
    return str(seen.get(name, ""))
