"""The answers at a glance: what does not fit together, the hosts tried, and the file written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

from rich.table import Table
from rich.text import Text as Styled
from textual import on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static
from textual.widgets.option_list import Option

from installer.frontend.answering import summary
from installer.frontend.beginning import Sitting
from installer.frontend.connection import ConnectionReport
from installer.frontend.trying import Trying
from installer.tui.keys import key
from installer.tui.screens.base import CatherdScreen
from installer.tui.screens.dialogs import Choose
from installer.tui.widgets.menu import Menu
from runbook.cluster import Cluster, HostAnswers
from runbook.fields.wrong import Conflicts, shown_path
from runbook.harmless import harmless
from runbook.text import T, Text
from runbook.validation import validated

AT_ONCE = 8
"""Hosts that are tried at the same time."""


class SummaryScreen(CatherdScreen):
    """The last page of the answers."""

    CSS_PATH = "summary.tcss"
    TITLE_TEXT = T("Summary of the answers")
    ABOUT = T(
        "The answers at a glance. What does not fit together is listed first and leads to its "
        "page. Each host is tried: nothing is changed there."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        key("t", "test", T("Test again"), more=T("Try all hosts again")),
        key("w", "write", T("Write"), more=T("Write the file with the answers")),
        key("escape", "back", T("Back"), more=T("Back to the questions")),
    ]

    def __init__(self, sitting: Sitting, revisit: Callable[[str], None]) -> None:
        """``revisit`` shows a page of questions again."""
        super().__init__()
        self._sitting, self._revisit = sitting, revisit
        self.cluster: Cluster | None = None
        self.reports: dict[str, ConnectionReport | None] = {}
        """What trying each host has shown; None while it is being tried."""
        self._pages: dict[str, str] = {}

    def body(self) -> Iterable[Widget]:
        """Answers, hosts, what can be done."""
        with VerticalScroll(id="page"):
            yield Static(id="answers", classes="part")
            yield Static(id="hosts", classes="part")
        yield Menu(id="moves")

    def on_mount(self) -> None:
        """Judge the answers; where they fit together, try the hosts."""
        answers = self.query_one("#answers", Static)
        try:
            self.cluster = validated(self._sitting.walk.answers)
        except Conflicts as conflicts:
            answers.update(self._conflicts(conflicts))
        else:
            answers.update(_table(summary(self.cluster)))
            self.action_test()
        self._offer()
        self.query_one(Menu).focus()

    def _conflicts(self, conflicts: Conflicts) -> Styled:
        text = Styled(str(T("✗ These answers do not fit together")), "bold red")
        for wrong in conflicts.found:
            page = self._sitting.walk.concerned(wrong.at)
            if page is not None:
                self._pages[page.id] = str(page.title)
            text.append(f"\n\n{harmless(str(wrong.what))}", "bold")
            text.append(f"\n{harmless(shown_path(wrong.at))}", "dim")
            if wrong.remedy:
                text.append(f"\n→ {harmless(str(wrong.remedy))}", "green")
        return text

    def _offer(self) -> None:
        moves: dict[str, Text] = {}
        if self.cluster is not None:
            moves["write"] = T("Write {path}", path=self._sitting.answering.path)
        for page_id, title in self._pages.items():
            moves[f"page {page_id}"] = T("Change: {page}", page=title)
        moves["change"] = T("Change another answer") if self._pages else T("Change an answer")
        if self.cluster is not None:
            moves["test"] = T("Test the connections again")
        moves["stop"] = T("Stop here and keep a draft")
        menu = self.query_one(Menu)
        menu.clear_options()
        menu.add_options(Option(Styled(harmless(str(words))), id=id) for id, words in moves.items())
        menu.highlighted = 0

    # The hosts

    def action_test(self) -> None:
        """Try all hosts, in the background; what they ask is asked in dialogs."""
        if self.cluster is None or any(each is None for each in self.reports.values()):
            return
        hosts = self.cluster.hosts
        self.reports = {host.name: None for host in hosts}
        self._show_hosts()
        trying = Trying(self._sitting.answering.base, self.app.operator)

        def tried(host: HostAnswers) -> None:
            report = trying(host)
            if report.host_key == "unknown" and report.fingerprint:
                address = str(host.ssh.host or host.address)
                if self.app.operator.trusts_shown(host.name, address, report.fingerprint):
                    report = trying(host, report.fingerprint)
            self.app.soon(lambda: self._tried(report))

        def work() -> None:
            with trying, ThreadPoolExecutor(AT_ONCE, "try") as pool:
                list(pool.map(tried, hosts))

        self.app.background(work, doing=T("Trying the hosts …"))

    def _tried(self, report: ConnectionReport) -> None:
        if self.query("#hosts"):
            self.reports[report.host] = report
            self._show_hosts()

    def _show_hosts(self) -> None:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
        table.add_column(no_wrap=True)
        table.add_column(ratio=1)
        for name, report in self.reports.items():
            if report is None:
                table.add_row(f"… {harmless(name)}", Styled(str(T("connecting")), "dim"))
                continue
            mark = Styled(f"{'✓' if report.ok else '✗'} {harmless(name)}",
                          "bold green" if report.ok else "bold red")  # fmt: skip
            words = Styled(harmless(str(report.words)))
            if report.remedy:
                words.append(f"\n→ {harmless(str(report.remedy))}", "green")
            table.add_row(mark, words)
        self.query_one("#hosts", Static).update(table)

    # What next

    @on(Menu.OptionSelected)
    def _chosen(self, event: Menu.OptionSelected) -> None:
        move, _, page_id = (event.option_id or "").partition(" ")
        match move:
            case "write":
                self.action_write()
            case "test":
                self.action_test()
            case "page":
                self._go_to(page_id)
            case "change":
                self._choose_page()
            case _:
                self._leave()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only answers that fit together can be tried and written."""
        if action in ("test", "write"):
            return self.cluster is not None
        return super().check_action(action, parameters)

    def _go_to(self, page_id: str) -> None:
        self.app.pop_screen()
        self._revisit(page_id)

    def _choose_page(self) -> None:
        titles = {page.id: page.title for page in self._sitting.walk.pages}

        def chosen(page_id: str | None) -> None:
            if page_id is not None:
                self._go_to(page_id)

        self.app.push_screen(Choose(T("Which answers?"), titles), chosen)

    def _leave(self) -> None:
        """Out of the questions; the draft stays."""
        self.app.pop_screen()
        self.app.pop_screen()

    def action_write(self) -> None:
        """Write the file, and ask whether to install now."""
        if self.cluster is None:
            return
        kept = self._sitting.answering.write(self.cluster)
        self.app.close_cluster()
        title = T("{path} is written.", path=self._sitting.answering.path)
        body = T("The file before is kept as {kept}.", kept=kept) if kept else ""
        choices = {
            "install": T("Install now: look at the hosts first"),
            "home": T("Go home; install later"),
        }

        def chosen(answer: str | None) -> None:
            self._leave()
            if answer == "install":
                self.app.show("preflight")

        self.app.push_screen(Choose(title, choices, body), chosen)


def _table(rows: Iterable[tuple[Text, Text]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(ratio=1)
    for label, value in rows:
        table.add_row(Styled(harmless(str(label))), Styled(harmless(str(value))))
    return table
