"""What a learner reads: pages as lines, each with its kind; front ends give them their looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from installer.engine.plan import StepPlan
from installer.frontend.training.classroom import SHELF
from installer.frontend.training.progress import Entry, Progress
from installer.frontend.training.syllabus import explanation, fault_of, lesson_of
from installer.frontend.training.trainer import Followed, Judgement
from runbook.errata import catalogue
from runbook.harmless import cut, harmless
from runbook.step import Erratum, Step
from runbook.steps import RUNBOOK
from runbook.text import T, Text, labelled, listed
from runbook.training.fault import Fault
from runbook.training.faults import DRILLS
from runbook.training.lesson import Lesson
from runbook.training.lessons import LESSONS

Kind = Literal["title", "text", "more", "code", "good", "bad", "note", "gap"]


@dataclass(frozen=True)
class Line:
    """A paragraph and what it is."""

    kind: Kind
    text: Text = ""


@dataclass(frozen=True)
class Row:
    """An entry of a list of lessons, drills or mistakes."""

    id: str
    title: Text
    mark: str
    """✓ done, ◐ begun, · not yet."""
    note: Text = ""


GAP = Line("gap")


def lesson_page(step: Step, plans: Iterable[StepPlan] | None) -> Iterator[Line]:
    """What the lesson is about, what is to be brought about on which host, and why, line by line.

    :param plans: None while the hosts are not ready
    """
    number = [each.id for each in RUNBOOK].index(step.id) + 1
    yield Line("title", T("Lesson {number}: {title}", number=number, title=step.title))
    for paragraph in str(step.prose).split("\n\n"):
        yield Line("text", paragraph)
    for erratum in step.errata:
        yield GAP
        yield from _mistake(erratum)
    if plans is None:
        return
    yield GAP
    yield Line("title", T("What is to be done"))
    there = False
    for plan in plans:
        for change in plan.changes:
            there = True
            yield Line("text", f"{plan.host}: {change.summary} — {change.why}")
            if change.artefact is not None:
                yield Line("text", T("{file} lies in {place} on {host}.", file=change.artefact.name,
                                     place=SHELF, host=plan.host))  # fmt: skip
            for text, why in change.details:
                yield Line("code", harmless(str(text)))
                if why:
                    yield Line("more", why)
    if not there:
        yield Line("text", T("Nothing is to be changed here: look around, and answer."))
    yield from _meanings(lesson_of(step.id)[0])


def _meanings(lesson: Lesson) -> Iterator[Line]:
    """Each line that is written, and what it is for."""
    if lesson.lines:
        yield GAP
        yield Line("title", T("What the lines mean"))
    for meaning in lesson.lines:
        yield Line("code", meaning.text)
        yield Line("more", meaning.why)


def tasks_page(plans: Iterable[StepPlan]) -> Iterator[Line]:
    """What is still missing, as differences against what there is.

    Where all checks hold, nothing is: what was done by hand counts, however Catherd does it.
    """
    there = False
    for plan in plans:
        if plan.findings and not plan.error and not any(one.failed for one in plan.findings):
            continue
        for change in plan.changes:
            there = True
            yield Line("text", f"{plan.host}: {change.summary}")
            for text, _ in change.details:
                yield Line("code", harmless(str(text)))
            if change.diff:
                yield Line("code", harmless(change.diff.rstrip("\n")))
        if plan.error is not None:
            yield Line("bad", labelled(plan.host, plan.error.what))
    if not there:
        yield Line("good", T("Nothing is missing."))


def _mistake(erratum: Erratum) -> Iterator[Line]:
    yield Line("note", labelled(T("The document"), erratum.says))
    yield Line("text", labelled(T("What happens"), erratum.happens))
    if erratum.message:
        yield Line("code", erratum.message)
    yield Line("text", labelled("Catherd", erratum.instead))


def drill_page(fault: Fault, url: str = "") -> Iterator[Line]:
    """What a user reports, and where a browser sees it."""
    assert fault.drill is not None
    number = DRILLS.index(fault) + 1
    yield Line("title", T("Drill {number}: somebody reports", number=number))
    yield Line("note", fault.drill.symptom)
    yield GAP
    task = T(
        "Find out what it is, and mend it on the hosts. When you are done, have it checked: each "
        "check of the runbook must hold again."
    )
    yield Line("text", task)
    if url:
        yield Line("text", T("What users see: {url} in a browser on this machine.", url=url))


def judgement_page(judged: Judgement, kind: Literal["lesson", "drill"]) -> Iterator[Line]:
    """What the checks say; a drill does not tell where to look."""
    for host, finding in judged.wrong:
        check = finding.check
        if kind == "drill":
            continue
        yield Line("bad", f"✗ {host}: {check.title}")
        yield Line("more", labelled(T("expected"), check.expected))
        seen = "\n".join(cut(harmless(str(finding.verdict.seen))).splitlines()[:3])
        yield Line("more", labelled(T("seen"), seen))
    if judged.wrong:
        yield Line("bad", T("✗ Checks that do not hold yet: {wrong}; that do: {right}.",
                            wrong=len(judged.wrong), right=judged.right))  # fmt: skip
    else:
        yield Line("good", T("✓ All checks hold: {right}.", right=judged.right))
    for trial in judged.failed:
        yield Line("bad", f"✗ {trial.title}")
        yield Line("more", labelled(T("expected"), trial.expected))
        yield Line("more", labelled(T("seen"), trial.seen))
    if judged.trials and not judged.failed:
        yield Line("good", T("✓ The proof holds: {count} trials.", count=len(judged.trials)))
    if judged.unanswered:
        yield Line("note", T("Questions that are still open: {count}.", count=judged.unanswered))


def done_page(entry: Entry) -> Iterator[Line]:
    """That it is done, and how."""
    if entry.way == "self":
        yield Line("good", T("Done in {time}; hints: {hints}.",
                             time=time_of(entry.seconds), hints=entry.hints))  # fmt: skip
    else:
        yield Line("good", T("Done by Catherd; try it yourself another time."))


def explanation_page(fault: Fault, commands: Iterable[tuple[str, str]]) -> Iterator[Line]:
    """What it was, how it is mended, which checks find it."""
    yield GAP
    yield Line("title", T("What it was: {title}", title=fault.title))
    for paragraph in explanation(fault):
        yield Line("text", paragraph)
    if found := listed(sorted({check for check, _ in fault.finds})):
        yield Line("text", T("catherd verify finds it by: {checks}", checks=found))
    yield Line("text", T("Mended by hand:"))
    for host, command in commands:
        yield Line("code", f"{host}# {command}")


def followed_page(id: str, fault: Fault, told: Followed) -> Iterator[Line]:
    """What happened when the document was followed."""
    _, erratum = catalogue()[id]
    yield Line("title", T("What if we follow the document: {name}", name=id))
    yield Line("note", labelled(T("The document"), erratum.says))
    yield Line("text", T("On the lab, this is what is seen:"))
    lines = [harmless(each) for each in told.printed.splitlines()] or [str(T("(nothing)"))]
    yield from (Line("code", line) for line in lines[-20:])
    if not told.as_told:
        yield Line("bad", T("That is not what the erratum says; this software behaves otherwise."))
    yield Line("text", labelled(T("What happens"), erratum.happens))
    if told.found:
        yield Line("text", T("catherd verify finds it:"))
    for host, finding in told.found[:6]:
        yield Line("bad", f"✗ {host}: {finding.check.title}")
    yield Line("text", labelled("Catherd", erratum.instead))


def mended(left: Iterable[str]) -> Line:
    """Whether all is well again; ``left`` are checks that do not hold."""
    if names := listed(left):
        return Line("bad", T("Not all is well again: {checks}", checks=names))
    return Line("good", T("✓ Mended: all checks hold again."))


def lesson_rows(progress: Progress) -> list[Row]:
    """All lessons, in the order of the runbook."""
    return [
        _row(step.id, _numbered(number, step.title), progress.lessons.get(step.id))
        for number, step in enumerate(RUNBOOK, 1)
    ]


def drill_rows(progress: Progress) -> list[Row]:
    """All drills; the title of one that is not done would give it away."""
    rows = []
    for number, fault in enumerate(DRILLS, 1):
        assert fault.drill is not None
        entry = progress.drills.get(fault.id)
        title = fault.title if entry and entry.learnt else fault.drill.symptom
        rows.append(_row(fault.id, _numbered(number, title), entry))
    return rows


def document_rows(ids: Iterable[str]) -> list[Row]:
    """Mistakes of the document that can be shown."""
    return [Row(id, catalogue()[id][1].says, "·") for id in ids]


def _numbered(number: int, title: Text) -> Text:
    return T("{number}. {title}", number=number, title=title)


def _row(id: str, title: Text, entry: Entry | None) -> Row:
    if entry is None or not (entry.began or entry.done):
        return Row(id, title, "·")
    if not entry.done:
        if entry.learnt:
            return Row(id, title, "✓", T("begun again"))
        return Row(id, title, "◐", T("begun"))
    if entry.way == "shown":
        return Row(id, title, "✓", T("shown by Catherd"))
    return Row(id, title, "✓", T("{time}, hints: {hints}", time=time_of(entry.seconds),
                                 hints=entry.hints))  # fmt: skip


def summary_page(progress: Progress) -> Iterator[Line]:
    """What was learnt: lessons, drills, time, hints."""
    yield Line("title", T("What you have learnt"))
    for title, entries, all_of in (
        (T("Lessons"), progress.lessons, len(LESSONS)),
        (T("Drills"), progress.drills, len(DRILLS)),
    ):
        done = [each for each in entries.values() if each.learnt]
        alone = [each for each in done if each.learnt == "self"]
        yield Line("text", T("{what}: {done} of {all}; {alone} of them by yourself.",
                             what=title, done=len(done), all=all_of, alone=len(alone)))  # fmt: skip
    both = [*progress.lessons.values(), *progress.drills.values()]
    yield Line("text", T("Time: {time}. Hints: {hints}. Wrong answers: {wrong}.",
                         time=time_of(sum(each.seconds for each in both)),
                         hints=sum(each.hints for each in both),
                         wrong=sum(each.wrong_answers for each in both)))  # fmt: skip
    titles = {each.id: each.title for each in RUNBOOK}
    for step, entry in progress.lessons.items():
        if entry.learnt:
            yield Line("good", f"✓ {titles.get(step, step)}")
    for id, entry in progress.drills.items():
        if entry.learnt and id in {each.id for each in DRILLS}:
            yield Line("good", f"✓ {fault_of(id).title}")


def time_of(seconds: float) -> str:
    """A time as minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
