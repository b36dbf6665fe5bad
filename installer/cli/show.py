"""How plans, checks and errors look on a plain terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.segment import Segment
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text as Styled

from installer.frontend.wrapping import teach_rich
from runbook.errors import CatherdError, Faults
from runbook.harmless import cut, harmless
from runbook.text import T, Text, labelled

if TYPE_CHECKING:
    from installer.engine.change import Change
    from installer.engine.events import Tried
    from installer.engine.plan import Finding, Plan, StepPlan
    from runbook.step import Erratum, Step


teach_rich()


class HarmlessConsole(Console):
    """A console on which only Catherd itself moves the cursor or changes colours."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        """The segments of what is shown, with nothing in their text that steers a terminal."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=harmless(segment.text))


@cache
def out() -> Console:
    """The console for results; NO_COLOR and pipes are respected."""
    return HarmlessConsole(highlight=False, soft_wrap=not sys.stdout.isatty())


@cache
def err() -> Console:
    """The console for errors and questions about them."""
    return HarmlessConsole(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def show_error(error: CatherdError) -> None:
    """One line of what, one of where, one of what to do; several faults one after the other."""
    for each in error.faults if isinstance(error, Faults) else (error,):
        err().print(Styled.assemble((str(T("error: ")), "bold red"), str(each.what)))
        if each.where:
            err().print(Styled(f"  {each.where}", style="dim"))
        if each.remedy:
            err().print(Styled.assemble(("  → ", "green"), str(each.remedy)))


Again = Mapping[tuple[str, str], Text]
"""Why steps that were begun before are due now, by step and host."""


def show_plan(plan: Plan, steps: Iterable[Step], again: Again) -> None:
    """Every step with what it would change on each host."""
    titles = {step.id: number for number, step in enumerate(steps, 1)}
    for each in plan.by_step().values():
        needed = [step_plan for step_plan in each if step_plan.needed]
        step = each[0].step
        show_heading(titles[step.id], step, bool(needed))
        for step_plan in needed:
            show_step_plan(step_plan, again.get((step.id, step_plan.host), ""))


def show_heading(number: int, step: Step, pending: bool) -> None:
    """Number and title of a step, dim when there is nothing to do."""
    mark = "●" if pending else "✓"
    style = "bold" if pending else "dim"
    out().print(Styled(f"{mark} {number:2d} {step.title}", style=style))


def show_step_plan(plan: StepPlan, again: Text = "") -> None:
    """What one step would do to one host; ``again`` says why, where it was begun before."""
    if again:
        out().print(Styled.assemble(("     " + plan.host + " ", "cyan"), (str(again), "yellow")))
    for change in plan.changes:
        show_change(plan.host, change)
    if plan.error:
        out().print(Styled(f"     {labelled(plan.host, plan.error.what)}", style="red"))
        if plan.error.remedy:
            out().print(Styled(f"       → {plan.error.remedy}", style="green"))
    if not plan.changes:
        for finding in plan.findings:
            if finding.failed:
                show_finding(plan.host, finding)


def show_change(host: str, change: Change) -> None:
    """A change with its reason and its diff or its commands."""
    line = Styled.assemble(("     " + host + " ", "cyan"), str(change.summary))
    line.append(f"  — {change.why}", style="dim")
    out().print(line)
    if change.known_after:
        note = T("to the byte known after the step “{step}”; it brings:", step=change.known_after)
        out().print(Styled(f"       {note}", style="yellow"))
    for text, why in change.details:
        detail = Styled(f"       {text}")
        if why:
            detail.append(f"   {why}", style="dim")
        out().print(detail)
    if change.diff:
        show_diff(change.diff)


def show_diff(diff: str) -> None:
    """A unified diff, coloured on a terminal."""
    if not out().is_terminal:
        out().print(
            "".join(f"       {line}" for line in diff.splitlines(keepends=True)),
            end="",
            markup=False,
        )
        return
    syntax = Syntax(
        diff.rstrip("\n"), "diff", theme="ansi_dark", background_color="default", word_wrap=True
    )
    out().print(Padding(syntax, (0, 0, 0, 7)))


def show_finding(host: str, finding: Finding) -> None:
    """A check and its answer; a failed one with cause and remedy."""
    check, verdict = finding.check, finding.verdict
    if verdict.ok:
        mark, style = "✓", "green"
    elif verdict.advice:
        mark, style = "!", "yellow"
    else:
        mark, style = "✗", "bold red"
    line = Styled.assemble(
        (f"     {mark} ", style), (f"{host} ", "cyan"), str(labelled(check.title, ""))
    )
    line.append(first_lines(str(verdict.seen)), style="dim" if verdict.ok else style)
    out().print(line)
    if not verdict.ok:
        out().print(f"         {escape(str(labelled(T('expected'), check.expected)))}")
        if check.why:
            out().print(f"         {escape(str(labelled(T('why it matters'), check.why)))}")
        out().print(f"         {escape(str(labelled(T('usual cause'), check.usual_cause)))}")
        out().print(Styled(f"         → {check.remedy}", style="green"))


def show_prose(step: Step) -> None:
    """What the step is for, and what the document gets wrong here."""
    out().print(Padding(Styled(str(step.prose)), (0, 2, 0, 5)))
    for erratum in step.errata:
        out().print()
        show_erratum(erratum)


def show_erratum(erratum: Erratum) -> None:
    """What the document says, what happens then, and what Catherd does."""
    out().print(Styled(f"     {labelled(T('The document'), erratum.says)}", style="yellow"))
    out().print(f"     {escape(str(labelled(T('What happens'), erratum.happens)))}")
    if erratum.message:
        out().print(Styled(f"       {erratum.message}", style="dim"))
    if erratum.versions:
        out().print(f"     {escape(str(labelled(T('Holds for'), erratum.versions)))}")
    out().print(f"     {escape(str(labelled('Catherd', erratum.instead)))}")
    if erratum.unshown:
        untested = str(labelled(T("Not tested"), erratum.unshown))
        out().print(Styled(f"     {untested}", style="dim"))


def first_lines(text: str, most: int = 3) -> str:
    """At most three lines of what a host said, none of them endless."""
    lines = cut(harmless(text)).splitlines()
    return "\n         ".join(lines[:most] + (["…"] if len(lines) > most else []))


def show_summary(plan: Plan) -> None:
    """How much there is to do, in one line."""
    changes = sum(len(each.changes) for each in plan.steps)
    if not plan.needed:
        out().print(Styled(str(T("Nothing to do: everything is as it should be.")), "green"))
        return
    steps = len({each.step.id for each in plan.needed})
    hosts = len({each.host for each in plan.needed})
    text = T(
        "{changes} changes in {steps} steps on {hosts} hosts. “catherd run” makes them, and asks "
        "before each step.",
        changes=changes,
        steps=steps,
        hosts=hosts,
    )
    out().print(f"\n{text}")


def show_verification(plan: Plan, steps: Iterable[Step]) -> None:
    """All checks; then what has drifted, as a diff."""
    numbers = {step.id: number for number, step in enumerate(steps, 1)}
    checks = failed = 0
    for each in plan.by_step().values():
        step = each[0].step
        show_heading(numbers[step.id], step, any(step_plan.needed for step_plan in each))
        for step_plan in each:
            for finding in step_plan.findings:
                checks, failed = checks + 1, failed + finding.failed
                if not finding.verdict.ok:
                    show_finding(step_plan.host, finding)
            for change in step_plan.changes:
                show_change(step_plan.host, change)
            if step_plan.error:
                out().print(
                    Styled(f"     {labelled(step_plan.host, str(step_plan.error))}", style="red")
                )
    drift = sum(len(each.changes) for each in plan.steps)
    if not failed and not drift:
        text = T("All {checks} checks hold; nothing has drifted.", checks=checks)
        out().print(Styled(f"\n{text}", style="bold green"))
        return
    text = T(
        "{failed} of {checks} checks failed, {drift} things have drifted. “catherd run” mends it.",
        failed=failed,
        checks=checks,
        drift=drift,
    )
    out().print(Styled(f"\n{text}", style="bold red"))


def show_status(plan: Plan, cluster: str, hosts: Iterable[str]) -> None:
    """A table of steps and hosts."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    names = list(hosts)
    table.add_column(cluster)
    for name in names:
        table.add_column(name, style="cyan")
    for number, each in enumerate(plan.by_step().values(), 1):
        cells = {step_plan.host: _cell(step_plan) for step_plan in each}
        table.add_row(
            f"{number:2d} {each[0].step.title}", *(cells.get(n, Styled("")) for n in names)
        )
    out().print(table)


def show_locks(holders: Mapping[str, str]) -> None:
    """Who is at work on which host."""
    from installer.remote.locking import described

    for name, held in holders.items():
        out().print(
            Styled.assemble(("● ", "yellow"), str(labelled(name, "")), str(described(held)))
        )


def _cell(plan: StepPlan) -> Styled:
    if plan.error:
        return Styled(f"✗ {T('blocked')}", "bold red")
    if plan.changes:
        return Styled(f"● {T('{count} to do', count=len(plan.changes))}", "yellow")
    if plan.needed:
        return Styled(f"✗ {T('check failed')}", "red")
    return Styled(f"✓ {T('done')}", "green")


def show_end(ok: bool, seconds: float, trials: Iterable[Tried]) -> None:
    """How a run ended, with the table of the proof where there was one."""
    tried = list(trials)
    if tried:
        show_trials(tried)
    if ok:
        text = T("Done in {seconds:.0f} s: every step is verified.", seconds=seconds)
        out().print(Styled(f"\n{text}", style="bold green"))
    else:
        text = T("Not finished. Mend what is named above, then run again: it goes on from there.")
        out().print(Styled(f"\n{text}", style="bold red"))


def show_trials(trials: Iterable[Tried]) -> None:
    """The proof: what was tried, expected and seen."""
    table = Table(title=str(T("The proof")), title_justify="left", show_lines=True)
    for column in (T("tried"), T("expected"), T("seen")):
        table.add_column(str(column), overflow="fold")
    table.add_column("", no_wrap=True)
    for each in trials:
        mark = Styled("✓", "green") if each.ok else Styled("✗", "bold red")
        table.add_row(
            escape(str(each.tried)), escape(str(each.expected)), escape(str(each.seen)), mark
        )
    out().print(table)
