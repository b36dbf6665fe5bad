"""The report: what was done, what the checks say, what the proof showed, where it all lies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Styled
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from installer.frontend.conductor import Conductor
from installer.frontend.recall import when
from installer.frontend.report import Report, report_of
from installer.frontend.report_files import checks_in_words, seconds
from installer.tui.keys import key
from installer.tui.screens.base import CatherdScreen
from runbook.harmless import harmless
from runbook.text import T, Text, labelled

COLOURS = {"✓": "success", "✗": "error", "?": "warning", "↩": "primary"}


class ReportScreen(CatherdScreen):
    """Needs the journal only; with a look at the hosts it has their checks too."""

    CSS_PATH = "report.tcss"
    TITLE_TEXT = T("Report")
    ABOUT = T(
        "What was done to each host and how long it took, what the checks say, what the proof has "
        "shown, and where the evidence lies. Without a look at the hosts there are no checks: r "
        "looks. s saves the report as Markdown, HTML and JSON beside the journal."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        key("s", "save", T("Save"), more=T("Save it as Markdown, HTML and JSON, for you only")),
        key("r", "look", T("Look"), more=T("Look at the hosts now, and make all checks")),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._conductor: Conductor | None = None
        self._report: Report | None = None
        self._saved = Styled()

    def body(self) -> Iterable[Widget]:
        """One long page."""
        with VerticalScroll(id="page"):
            yield Static("", id="report", markup=False)

    def on_mount(self) -> None:
        """Open the journal."""
        self.query_one("#page").focus()
        self.app.open_session(self._opened)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What does not apply now is greyed out."""
        if action == "look":
            return None if self._conductor is None or self._conductor.at_work else True
        if action == "save":
            return None if self._report is None else True
        return True

    def on_resize(self) -> None:
        """Tables have another width now."""
        self._draw()

    def _opened(self, conductor: Conductor) -> None:
        self._conductor = conductor
        self._renew()

    def _renew(self) -> None:
        conductor, board = self._conductor, self.app.board
        assert conductor is not None
        trials = conductor.proof.trials if conductor.proof else ()
        self.app.background(lambda: report_of(conductor.session, board, trials), self._made)

    def _made(self, report: Report) -> None:
        self._report = report
        if self.is_mounted:
            self._draw()
            self.refresh_bindings()

    def action_look(self) -> None:
        """Look at the hosts now."""
        self.app.open_cluster(self._renew)

    def action_save(self) -> None:
        """Write it to files beside the journal."""
        from installer.frontend.report_saving import save

        report, conductor = self._report, self._conductor
        if report is not None and conductor is not None:
            place = conductor.session.journal.path.parent
            self.app.background(lambda: save(report, place), lambda paths: self._told(*paths))

    def _told(self, *paths: object) -> None:
        self._saved = Styled(f"\n✓ {T('Saved, for you only to read:')}", self._colour("success"))
        for path in paths:
            self._saved.append(f"\n  {harmless(str(path))}", self._colour("foreground"))
        self._draw()
        self.query_one("#page", VerticalScroll).scroll_home(animate=False)

    # Drawing

    def _draw(self) -> None:
        if self._report is not None:
            self.query_one("#report", Static).update(self._page(self._report))

    def _page(self, report: Report) -> RenderableType:
        head = Styled()
        head.append(f"{T('Report on the cluster {name}', name=report.cluster)}\n", "bold")
        made = T("Made {when} by Catherd {version}.", when=when(report.made),
                 version=report.version)  # fmt: skip
        head.append(str(made))
        parts: list[RenderableType] = [head]
        if self._saved:
            parts.append(self._saved)
        parts += [self._heading(T("What was done")), self._steps(report)]
        parts += [self._heading(T("Checks")), self._checks(report)]
        parts += [self._heading(T("The proof")), self._trials(report)]
        parts += [self._heading(T("Evidence")), self._evidence(report)]
        return Group(*parts)

    def _heading(self, text: Text) -> Styled:
        return Styled(f"\n{text}", f"bold {self._colour('primary')}")

    def _steps(self, report: Report) -> RenderableType:
        if not report.lines:
            return Styled(str(T("Nothing yet.")))
        table = self._table((T("step"), T("host"), T("state")), T("time"))
        before = ""
        for line in report.lines:
            title = "" if line.step == before else harmless(str(line.title))
            before = line.step
            state = self._marked(line.glyph, line.outcome)
            table.add_row(title, line.host, state, seconds(line.seconds))
            if line.error:
                table.add_row(Styled(harmless(line.error), self._colour("error")))
        together = T("All of it together: {seconds:.0f} s of work.", seconds=report.seconds)
        return Group(table, Styled(str(together)))

    def _checks(self, report: Report) -> Styled:
        text = Styled(str(checks_in_words(report)))
        for told in report.failed:
            check, verdict = told.finding.check, told.finding.verdict
            failed = labelled(told.host, harmless(str(check.title)))
            text.append(f"\n✗ {failed}", self._colour("error"))
            for name, words in (
                (T("expected"), check.expected),
                (T("seen"), verdict.seen),
                (T("usual cause"), check.usual_cause),
                (T("remedy"), check.remedy),
            ):
                if words:
                    text.append(f"\n  {labelled(name, harmless(str(words)))}")
        return text

    def _trials(self, report: Report) -> RenderableType:
        if not report.trials:
            return Styled(str(T("No proof was seen in this sitting.")))
        table = self._table((T("trial"), T("seen")), T("time"))
        for trial in report.trials:
            seen = Styled(harmless(str(trial.seen)))
            if not trial.ok:
                expected = T("expected: {expected}", expected=trial.expected)
                seen.append(f"\n{harmless(str(expected))}", self._colour("error"))
            table.add_row(self._marked("✓" if trial.ok else "✗", trial.title), seen,
                          seconds(trial.seconds))  # fmt: skip
        return table

    def _evidence(self, report: Report) -> Styled:
        text = Styled()
        for what, path in report.evidence:
            text.append(f"{what}\n").append(f"  {harmless(path)}\n", self._colour("secondary"))
        return text

    def _table(self, heads: tuple[Text, ...], last: Text) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for head in heads:
            table.add_column(str(head), overflow="fold")
        table.add_column(str(last), justify="right", no_wrap=True)
        return table

    def _marked(self, glyph: str, words: Text) -> Styled:
        return Styled(f"{glyph} {words}", self.app.theme_variables.get(COLOURS.get(glyph, ""), ""))

    def _colour(self, name: str) -> str:
        return self.app.theme_variables[name]
