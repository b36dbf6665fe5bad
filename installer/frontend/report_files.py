"""A report as files: Markdown for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator

from installer.export.markdown_words import fenced, inline, table
from installer.frontend.past import PastRun
from installer.frontend.recall import when
from installer.frontend.report import Report, Told
from runbook.text import T, Text, as_written, labelled


def markdown(report: Report) -> str:
    """The whole report."""
    return "\n".join(_markdown(report)) + "\n"


def _markdown(report: Report) -> Iterator[str]:
    yield f"# {T('Report on the cluster {name}', name=report.cluster)}\n"
    made = T("Made {when} by Catherd {version}.", when=when(report.made), version=report.version)
    yield f"{made}\n"
    if report.run is not None:
        yield f"{inline(run_in_words(report.run))}\n"
    yield from table((T("host"), T("role"), T("address")), report.hosts)
    yield f"\n## {T('What was done')}\n"
    rows = [
        (line.title, line.host, f"{line.glyph} {line.outcome}", seconds(line.seconds),
         when(line.when) if line.when else "")
        for line in report.lines
    ]  # fmt: skip
    yield from table((T("step"), T("host"), T("state"), T("time"), T("begun")), rows)
    together = T("All of it together: {seconds:.0f} s of work.", seconds=report.seconds)
    yield f"\n{together}"
    for line in report.lines:
        if line.error:
            yield f"\n**{line.host}, {inline(line.title)}**\n"
            yield fenced(line.error)
    yield f"\n## {T('Checks')}\n"
    yield f"{checks_in_words(report)}\n"
    for told in report.failed:
        yield f"### {inline(told.finding.check.title)} ({told.host})\n"
        for name, text in _check(told):
            yield f"- {labelled(name, inline(text))}"
        yield ""
    yield f"## {T('The proof')}\n"
    if report.trials:
        trials = [
            ("✓" if each.ok else "✗", each.title, each.tried, each.expected, each.seen,
             seconds(each.seconds))
            for each in report.trials
        ]  # fmt: skip
        heads = ("", T("trial"), T("tried"), T("expected"), T("seen"), T("time"))
        yield from table(heads, trials)
    else:
        yield str(T("No proof was seen in this sitting."))
    yield f"\n## {T('Evidence')}\n"
    for what, path in report.evidence:
        yield f"- {labelled(what, f'`{path}`')}"


def checks_in_words(report: Report) -> Text:
    """How many checks there were, and how many failed."""
    if not report.looked and report.run is not None:
        return T("No checks of it were kept.")
    if not report.looked:
        return T("The hosts have not been looked at in this sitting.")
    if not report.failed:
        return T("{count} checks, all as they should be.", count=len(report.checks))
    return T("{count} checks, {failed} failed.", count=len(report.checks),
             failed=len(report.failed))  # fmt: skip


def run_in_words(run: PastRun) -> Text:
    """Which run it was: when, who, how it ended."""
    return T(
        "{command} {id}, begun {when} by {operator} with Catherd {version}: {ending}.",
        command=run.command,
        id=run.id,
        when=when(run.began),
        operator=run.operator,
        version=run.version,
        ending=run.ending,
    )


def as_json(report: Report) -> str:
    """The same for programs."""
    document = {
        "cluster": report.cluster,
        "made": report.made,
        "version": report.version,
        "run": report.run and run_as_data(report.run),
        "hosts": [
            {"name": name, "role": role, "address": address} for name, role, address in report.hosts
        ],
        "steps": [
            {"step": line.step, "title": str(line.title), "host": line.host,
             "outcome": as_written(line.outcome), "seconds": line.seconds, "begun": line.when,
             "error": line.error, "output": line.output,
             "changes": [
                 {"target": each.target, "summary": each.summary, "diff": each.diff,
                  "done": each.done, "undone": each.undone}
                 for each in line.changes
             ]}
            for line in report.lines
        ],
        "looked": report.looked,
        "checks": [
            {"step": told.step, "host": told.host, "check": told.finding.check.id,
             "title": str(told.finding.check.title), "ok": told.finding.verdict.ok,
             "advice": told.finding.verdict.advice, "seen": str(told.finding.verdict.seen),
             "expected": str(told.finding.check.expected),
             "usual_cause": str(told.finding.check.usual_cause),
             "remedy": str(told.finding.check.remedy)}
            for told in report.checks
        ],
        "trials": [
            {"title": str(each.title), "tried": str(each.tried), "expected": str(each.expected),
             "seen": str(each.seen), "ok": each.ok, "seconds": round(each.seconds, 3)}
            for each in report.trials
        ],
        "evidence": [{"what": str(what), "place": place} for what, place in report.evidence],
    }  # fmt: skip
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def run_as_data(run: PastRun) -> dict[str, object]:
    """A run for programs."""
    return {
        "id": run.id, "began": run.began, "seconds": run.seconds, "operator": run.operator,
        "command": as_written(run.command), "version": run.version, "ok": run.ok,
    }  # fmt: skip


def seconds(value: float | None) -> str:
    """A time; nothing where it is not known."""
    return "" if value is None else f"{value:.1f} s"


def _check(told: Told) -> list[tuple[Text, Text]]:
    check, verdict = told.finding.check, told.finding.verdict
    return [
        (T("expected"), check.expected),
        (T("seen"), verdict.seen),
        (T("usual cause"), check.usual_cause),
        (T("remedy"), check.remedy),
    ]
