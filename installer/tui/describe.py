"""Steps, changes, checks and errata as they look in the wizard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Styled

from installer.engine.change import Change
from installer.engine.plan import Finding, StepPlan
from installer.frontend.board import GLYPHS, WORDS, Cell
from installer.tui.errors import in_words
from installer.tui.widgets.diff import Colours, append_diff
from installer.tui.widgets.step_list import STYLES, times
from runbook.harmless import cut, harmless
from runbook.step import Step
from runbook.text import T, Text, labelled, listed

Again = dict[tuple[str, str], Text]


def why(step: Step, titles: dict[str, Text]) -> RenderableType:
    """The prose of a step and what it waits for."""
    text = Styled(str(step.prose))

    def named(ids: Iterable[str]) -> str:
        return listed(titles.get(id, id) for id in ids)

    if step.needs:
        text.append(f"\n\n{T('On each host after: {steps}', steps=named(step.needs))}", "dim")
    if step.after:
        text.append(f"\n\n{T('After, on all hosts: {steps}', steps=named(step.after))}", "dim")
    if step.one_at_a_time:
        text.append("\n\n" + str(T("Hosts take it one after the other.")), "dim")
    return text


def preview(
    cells: Sequence[Cell], again: Again, awaited: Sequence[Step], colours: Colours
) -> RenderableType:
    """All that a step would change; hosts that would be changed alike are shown once."""
    parts: list[RenderableType] = []
    if awaited:
        names = listed(step.title for step in awaited)
        parts.append(Styled(f"▷ {T('Approved; waits for: {steps}', steps=names)}\n", "yellow"))
    for group in _alike(cells):
        plan = group[0].plan
        hosts = listed(cell.host for cell in group)
        parts.append(Styled(f"{'' if len(parts) < 2 else chr(10)}{hosts}", "bold cyan"))
        if plan.changes and group[0].state == "done":
            parts.append(Styled(f"  ✓ {T('Done; this was changed:')}", "green"))
        reasons = {str(again[key]) for cell in group if (key := (cell.step.id, cell.host)) in again}
        parts += [Styled(f"  {reason}", "yellow") for reason in sorted(reasons)]
        for change in plan.changes:
            parts += _change(change, colours)
        if plan.error:
            parts.append(Padding(in_words(plan.error), (0, 0, 0, 2)))
        if not plan.changes and not plan.error:
            parts.append(_nothing(plan))
    return Group(*parts)


def _nothing(plan: StepPlan) -> Styled:
    if plan.needed:
        return Styled(f"  {T('Nothing to change; its checks do not hold yet (see Checks).')}")
    return Styled(f"  ✓ {T('Nothing to do: it is as it should be.')}", "green")


def _alike(cells: Iterable[Cell]) -> list[list[Cell]]:
    groups: dict[object, list[Cell]] = {}
    for cell in cells:
        plan = cell.plan
        shown = tuple((str(c.summary), c.diff, c.details) for c in plan.changes)
        done = cell.state == "done"
        groups.setdefault((shown, str(plan.error or ""), plan.needed, done), []).append(cell)
    return list(groups.values())


def _change(change: Change, colours: Colours) -> list[RenderableType]:
    line = Table.grid(padding=(0, 1, 0, 0))
    line.add_row("•", Styled(harmless(str(change.summary)), "bold"))
    parts: list[RenderableType] = [line]
    if change.why:
        parts.append(Padding(Styled(str(change.why), "dim"), (0, 0, 0, 2)))
    if change.known_after:
        note = T("to the byte known after the step “{step}”; it brings:", step=change.known_after)
        parts.append(Padding(Styled(str(note), "yellow"), (0, 0, 0, 2)))
    details = Table.grid(padding=(0, 2, 0, 0))
    for text, reason in change.details:
        details.add_row(Styled(harmless(text), overflow="fold"), Styled(str(reason), "dim"))
    if change.details:
        parts.append(Padding(details, (0, 0, 0, 2)))
    if change.diff:
        shown = Styled()
        append_diff(shown, change.diff, colours)
        shown.rstrip()
        parts.append(shown)
    return parts


def checks(cells: Iterable[Cell]) -> RenderableType:
    """What was expected on each host, what was seen, and what usually causes the difference."""
    parts: list[RenderableType] = []
    for cell in cells:
        heading = Styled(f"{'' if not parts else chr(10)}{cell.host}  ", "bold cyan")
        heading.append(
            f"{GLYPHS[cell.state]} {WORDS[cell.state]} {times(cell)}", STYLES[cell.state]
        )
        parts.append(heading)
        parts += [finding_in_words(finding) for finding in cell.findings.values()]
        if not cell.findings:
            parts.append(Styled(f"  {T('Nothing to check.')}", "dim"))
        for trial in cell.trials:
            mark, style = ("✓", "green") if trial.ok else ("✗", "bold red")
            line = Styled("  ").append(f"{mark} ", style)
            line.append(str(labelled(trial.title, ""))).append(harmless(str(trial.seen)), "dim")
            parts.append(line)
    return Group(*parts)


def finding_in_words(finding: Finding) -> RenderableType:
    """One check and its answer; one that does not hold with cause and remedy."""
    check, verdict = finding.check, finding.verdict
    mark, word, style = (
        ("✓", T("holds"), "green")
        if verdict.ok
        else ("!", T("advice"), "yellow")
        if verdict.advice
        else ("✗", T("does not hold"), "bold red")
    )
    head = Table.grid(padding=(0, 1, 0, 0))
    head.add_row(
        Styled(mark, style), Styled(str(labelled(check.title, ""))).append(str(word), style)
    )
    more = Table.grid(padding=(0, 2, 0, 0))
    rows: list[tuple[Text, object]] = [
        (T("expected"), check.expected),
        (T("seen"), harmless(cut(str(verdict.seen)))),
    ]
    if not verdict.ok:
        rows += [(T("why it matters"), check.why)] if check.why else []
        rows += [(T("usual cause"), check.usual_cause)]
    for label, words in rows:
        style = "dim" if verdict.ok else ""
        more.add_row(Styled(str(label), "dim"), Styled(str(words), style, overflow="fold"))
    if not verdict.ok:
        more.add_row("→", Styled(str(check.remedy), "green"))
    return Padding(Group(head, Padding(more, (0, 0, 0, 2))), (0, 0, 0, 2))


def document(step: Step) -> RenderableType:
    """What the original document says here, what happens then, and what Catherd does."""
    if not step.errata:
        return Styled(str(T("Nothing is known that the document gets wrong in this step.")), "dim")
    text = Styled()
    for number, erratum in enumerate(step.errata, 1):
        text.append(f"{number}. {labelled(T('The document'), '')}", "bold yellow")
        text.append(f"{erratum.says}\n")
        text.append(f"   {labelled(T('What happens'), '')}", "bold").append(f"{erratum.happens}\n")
        if erratum.message:
            text.append(f"     {erratum.message}\n", "dim")
        if erratum.versions:
            text.append(f"   {labelled(T('Holds for'), '')}", "bold").append(
                f"{erratum.versions}\n"
            )
        text.append(f"   {labelled('Catherd', '')}", "bold green").append(f"{erratum.instead}\n")
        if erratum.unshown:
            text.append(f"   {labelled(T('Not tested'), erratum.unshown)}\n", "dim")
        text.append("\n")
    text.rstrip()
    return text
