"""The cluster at work: its balancer, its members, and the proof as it happens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text as Styled
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import DataTable, Sparkline, Static

from installer.engine import events
from installer.engine.events import Event
from installer.frontend.conductor import Conductor
from installer.frontend.proof_run import ProofRun
from installer.frontend.watching import KEPT, WORDS, Member, Snapshot, Watch
from installer.tui.errors import in_words
from installer.tui.keys import key
from installer.tui.screens.base import CatherdScreen
from installer.tui.screens.dialogs import Confirm
from installer.tui.widgets.members import STYLES, Members, rate, share
from runbook.errors import CatherdError
from runbook.harmless import harmless
from runbook.steps.proof import proof_again
from runbook.text import T, Text, labelled

DRAW = 0.5
"""Seconds between two drawings of what is known; no host is asked for them."""
ROOMY = 30
"""Lines from which on there is room for a graph of the member under the cursor."""
HTTPD_WORDS: dict[str, Text] = {
    "Ok": T("gets requests"),
    "Err": T("has failed; tried again every few seconds"),
    "Drn": T("keeps its sessions, gets no new ones"),
    "Dis": T("disabled: its sessions go elsewhere"),
    "Stop": T("stopped: its sessions go elsewhere"),
    "HcFl": T("the health check fails"),
    "Ign": T("its errors are ignored"),
    "Stby": T("stands by until others fail"),
    "Spar": T("a spare for one that fails"),
}
"""What httpd's words for a member mean."""


class ClusterScreen(CatherdScreen):
    """Looks at the hosts every second or two for as long as it is shown."""

    CSS_PATH = "cluster.tcss"
    TITLE_TEXT = T("Cluster")
    ABOUT = T(
        "The balancer and its members as they are now. Every second or two the balancer is asked "
        "for its manager's page, and each Tomcat whether it answers. “Requests” counts since httpd "
        "was started. “Sessions” is what a node holds, copies of those of other nodes included; "
        "only the page of the proof can tell that, so it is known while the proof runs. “History” "
        "shows requests a second, the newest at the right."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        key("p", "prove", T("Prove"), more=T("Kill a node and show that sessions survive it")),
        key("d", "drain", T("Drain"), more=T("The member keeps its sessions, gets no new ones")),
        key("e", "enable", T("Enable"), more=T("The member takes new visitors again")),
        key("o", "order", T("Order"), more=T("Sort the members by something else")),
        key("tab", "other_pane", T("Trials"), more=T("To the trials, which scroll, and back")),
        key("r", "refresh", T("Refresh"), more=T("Look now, also at hosts that refused us")),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._watch: Watch | None = None
        self._conductor: Conductor | None = None
        self._snapshot = Snapshot(())
        self._shown: dict[str, Styled] = {}
        self._applies: tuple[object, ...] = ()

    def body(self) -> Iterable[Widget]:
        """The balancer, its members, more about one of them, the trials of the proof."""
        yield Static(str(T("Reading cluster.toml …")), id="balancer", markup=False)
        yield Members()
        yield Static("", id="selected", markup=False)
        yield Sparkline(id="graph", summary_function=max)
        with VerticalScroll(id="proof"):
            yield Static("", id="trials", markup=False)

    def on_mount(self) -> None:
        """Open the hosts, and begin to look."""
        self.app.listen(self._hear)
        self.set_interval(DRAW, self._draw)
        self.query_one(Members).focus()
        self.app.open_session(self._opened)

    def on_unmount(self) -> None:
        """Ask nobody any more."""
        self.app.unlisten(self._hear)
        if self._watch is not None:
            self._watch.stop()

    def on_screen_suspend(self) -> None:
        """Nobody sees it: no host is asked."""
        if self._watch is not None:
            self._watch.stop()

    def on_screen_resume(self) -> None:
        """Go on."""
        if self._watch is not None:
            self._watch.start()
            self._draw()

    def on_resize(self) -> None:
        """Other columns fit now."""
        self._draw()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """More about another member."""
        self._draw_selected()

    def _opened(self, conductor: Conductor) -> None:
        session = conductor.session
        self._conductor = conductor
        self._watch = Watch(session.cluster, session.targets)
        if self.is_current:
            self._watch.start()
        self._draw()
        self._draw_proof()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What does not apply now is greyed out."""
        if action in ("prove", "drain", "enable"):
            if self._conductor is None or self._conductor.at_work:
                return None
            member = self.query_one(Members).selected if action != "prove" else None
            if action == "drain":
                return True if self._drains and member and member.state == "ok" else None
            if action == "enable":
                return True if member and member.state in ("drain", "disabled") else None
        return True

    @property
    def _drains(self) -> bool:
        return self._conductor is not None and self._conductor.session.cluster.httpd_line.drains

    # What is known

    def _draw(self) -> None:
        if self._watch is None or not self.is_mounted:
            return
        assert self._conductor is not None
        self._watch.proving = self._conductor.proving
        self._snapshot = self._watch.snapshot()
        self._put("#balancer", self._balancer())
        self.query_one(Members).present(self._snapshot)
        self._draw_selected()

    def _put(self, place: str, text: Styled) -> None:
        """Draw only what is not there already: this comes twice a second."""
        if self._shown.get(place) != text:
            self._shown[place] = text
            self.query_one(place, Static).update(text)

    def _balancer(self) -> Styled:
        assert self._conductor is not None
        seen, cluster = self._snapshot, self._conductor.session.cluster
        line = Styled(f"{cluster.balancer.name} ", "bold", no_wrap=False)
        line.append(f"{cluster.balancer.address}:{cluster.balancer.port}  ", "not bold")
        if not seen.known:
            line.append(f"? {WORDS['unknown']}")
        elif seen.error:
            line.append(f"✗ {T('its manager does not answer')}", self._colour("error"))
            line.append(f"  {T('for {seconds:.0f} s', seconds=seen.silent)}", "not bold")
            line.append(f"\n  {harmless(str(seen.error))} {harmless(str(seen.where))}", "not bold")
        else:
            line.append(f"● {WORDS['up']}", self._colour("success"))
            of = T("{count} of {all} in service", count=seen.in_service,
                   all=len(seen.members))  # fmt: skip
            line.append(f"  {of}", "not bold")
            if seen.rate is not None:
                line.append(f"  {T('{rate} requests/s', rate=rate(seen.rate))}", "not bold")
        return line

    def _draw_selected(self) -> None:
        member = self.query_one(Members).selected
        self._put("#selected", self._about(member) if member else Styled())
        graph = self.query_one("#graph", Sparkline)
        graph.display = self.size.height >= ROOMY
        history = member.history if member else ()
        graph.data = (0.0,) * (KEPT - len(history)) + history
        at_work = self._conductor is not None and self._conductor.at_work
        applies = (at_work, member.name, member.state) if member else (at_work,)
        if applies != self._applies:
            self._applies = applies
            self.refresh_bindings()

    def _about(self, member: Member) -> Styled:
        text = Styled(f"{member.name}  ")
        text.append(str(WORDS[member.state]), self._colour(STYLES[member.state]))
        text.append(f"  {member.address}  {T('route {route}', route=member.route)}")
        text.append(f"  {T('load')} {share(member)}")
        if member.error:
            error = harmless(str(member.error))
            told = T("{error}, for {seconds:.0f} s", error=error, seconds=member.silent)
            text.append(f"\n{told}")
        meanings = [
            str(labelled(word, HTTPD_WORDS[word]))
            for word in member.status.split()
            if word in HTTPD_WORDS
        ]
        if meanings:
            text.append(f"\n{T('httpd says')} {str(T('; ')).join(meanings)}")
        if not self._drains:
            text.append(f"\n{T('It cannot be drained: that came with Apache 2.4.')}")
        return text

    def _colour(self, name: str) -> str:
        return self.app.theme_variables[name]

    # Members

    def action_order(self) -> None:
        """Sort the members by something else."""
        self.say(self.query_one(Members).next_order())

    def action_refresh(self) -> None:
        """Look now."""
        if self._watch is not None:
            self._watch.refresh()

    def action_drain(self) -> None:
        """Ask, then drain the member under the cursor."""
        watch, member = self._watch, self.query_one(Members).selected
        if watch is None or member is None:
            return
        body = str(T("Its sessions stay with it; new visitors go to the others. This lasts until "
                     "you enable it again, or httpd is restarted."))  # fmt: skip
        if self._snapshot.in_service <= 1:
            body += "\n\n" + str(T("No other member is in service: new visitors get an error."))
        self._confirm(T("Drain {host}?", host=member.name), body, lambda: watch.drain(member.name))

    def action_enable(self) -> None:
        """Ask, then let the member under the cursor take visitors again."""
        watch, member = self._watch, self.query_one(Members).selected
        if watch is None or member is None:
            return
        body = T("It takes new visitors again.")
        self._confirm(
            T("Enable {host}?", host=member.name), body, lambda: watch.enable(member.name)
        )

    def _confirm(self, title: Text, body: Text, act: object) -> None:
        def answered(answer: str | None) -> None:
            if answer == "yes":
                assert callable(act)
                self.app.background(act, lambda done: self.action_refresh())

        self.app.push_screen(Confirm(title, body), answered)

    # The proof

    def action_prove(self) -> None:
        """Ask, then carry the proof out."""
        conductor = self._conductor
        if conductor is None:
            return
        body = T("A Tomcat is killed and another one emptied for some seconds. Visitors keep their "
                 "sessions, but for a moment only the other nodes answer. A small application is "
                 "put on each Tomcat and removed afterwards.")  # fmt: skip

        def answered(answer: str | None) -> None:
            if answer == "yes":
                self.app.background(lambda: conductor.prove(proof_again(False)), self._proved,
                                    self._not_proved, T("The proof is running …"))  # fmt: skip

        self.app.push_screen(Confirm(T("Run the proof?"), body, T("Run it")), answered)

    def _hear(self, event: Event) -> None:
        if isinstance(event, events.Tried | events.ChangeStarted | events.StepDone):
            self._draw_proof()

    def _proved(self, ok: bool) -> None:
        if self.is_mounted:
            self._draw_proof()
            self._draw()

    def _not_proved(self, error: CatherdError) -> None:
        self.app.tell(error)
        self._proved(False)

    def _draw_proof(self) -> None:
        proof = self._conductor.proof if self._conductor else None
        self.query_one("#trials", Static).update(self._trials(proof))
        self.query_one("#proof", VerticalScroll).scroll_end(animate=False)

    def _trials(self, proof: ProofRun | None) -> RenderableType:
        if proof is None:
            return Styled(str(T("p runs the proof: a node is killed here, and you see it go and "
                                "come back.")))  # fmt: skip
        table = Table.grid(padding=(0, 1, 0, 0))
        for trial in proof.trials:
            mark, colour = ("✓", "success") if trial.ok else ("✗", "error")
            text = Styled()
            text.append(str(trial.title), self._colour(colour))
            text.append(f"  {trial.seconds:.1f} s\n{harmless(str(trial.seen))}")
            if not trial.ok:
                expected = T("expected: {expected}", expected=trial.expected)
                text.append(f"\n{harmless(str(expected))}")
            table.add_row(Styled(mark, self._colour(colour)), text)
        if proof.ok is None:
            table.add_row("▶", str(T("The proof is running …")))
        elif proof.ok:
            style = f"bold {self._colour('success')}"
            table.add_row(Styled("✓", style), Styled(str(T("The cluster is proved.")), style))
        else:
            style = f"bold {self._colour('error')}"
            told = Styled(str(T("The cluster is not proved.")), style)
            if proof.error is not None:
                told = Styled.assemble(told, "\n", in_words(proof.error))
            table.add_row(Styled("✗", style), told)
        return table

    def action_other_pane(self) -> None:
        """From the members to the trials, and back."""
        members, trials = self.query_one(Members), self.query_one("#proof", VerticalScroll)
        (trials if members.has_focus else members).focus()
