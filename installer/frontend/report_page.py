"""A report as one HTML page: timeline, steps with diffs and output, checks, the proof."""

from __future__ import annotations

from collections.abc import Iterator

from installer.export.html import page
from installer.frontend.recall import when
from installer.frontend.report import Line, Report, Told
from installer.frontend.report_files import checks_in_words, run_in_words, seconds
from installer.frontend.timeline import chart_of
from runbook.steps import RUNBOOK
from runbook.text import T, Text

TIMELINE = T("When it was done")
TIMELINE_WHY = T("A lane for each host; bars carry the numbers of the steps.")
DONE = T("What was done")
STEP_HEADS = (T("step"), T("host"), T("state"), T("time"), T("begun"))
CHECKS = T("Checks")
CHECK_HEADS = ("", T("step"), T("host"), T("check"), T("seen"), T("expected"))
PROOF = T("The proof")
TRIAL_HEADS = ("", T("trial"), T("tried"), T("expected"), T("seen"), T("time"))
NO_PROOF = T("No proof was carried out in it.")
EVIDENCE = T("Evidence")
OUTPUT = T("Output")


def html(report: Report) -> str:
    """The whole page."""
    steps = [step.id for step in RUNBOOK]
    hosts = [name for name, _, _ in report.hosts]
    shown = {name: value for name, value in globals().items() if name.isupper()}
    return page(
        "report.html.j2",
        title=T("Report on the cluster {name}", name=report.cluster),
        contents=list(_contents(report)),
        report=report,
        said=shown,
        chart=chart_of(report.lines, hosts, steps) if report.run else None,
        introduction=list(_introduction(report)),
        step_rows=[_row(line, steps) for line in report.lines],
        detailed=[line for line in report.lines if line.changes or line.output or line.error],
        checks_in_words=checks_in_words(report),
        check_rows=[_check_row(told) for told in report.checks],
        trial_rows=[
            (_mark(each.ok), each.title, each.tried, each.expected, each.seen,
             seconds(each.seconds))
            for each in report.trials
        ],
    )  # fmt: skip


def _introduction(report: Report) -> Iterator[Text]:
    if report.run is not None:
        yield run_in_words(report.run)
    yield T("Made {when} by Catherd {version}.", when=when(report.made), version=report.version)


def _contents(report: Report) -> Iterator[tuple[str, Text]]:
    if report.run is not None:
        yield "timeline", TIMELINE
    yield from (("done", DONE), ("checks", CHECKS), ("proof", PROOF), ("evidence", EVIDENCE))


def _row(line: Line, steps: list[str]) -> tuple[Text, ...]:
    begun = when(line.when) if line.when else ""
    number = steps.index(line.step) + 1 if line.step in steps else "–"
    title = T("{number}. {title}", number=number, title=line.title)
    return title, line.host, f"{line.glyph} {line.outcome}", seconds(line.seconds), begun


def _check_row(told: Told) -> tuple[Text, ...]:
    check, verdict = told.finding.check, told.finding.verdict
    mark = "!" if verdict.advice and not verdict.ok else _mark(verdict.ok)
    return mark, told.step, told.host, check.title, verdict.seen, check.expected


def _mark(ok: bool) -> str:
    return "✓" if ok else "✗"
