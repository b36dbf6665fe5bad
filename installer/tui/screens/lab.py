"""Practice lab: bare hosts on this machine, made, made bare again, and taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text as Styled
from textual import on
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static
from textual.widgets.option_list import Option

from installer.frontend.where import LAB, Where
from installer.tui.errors import in_words
from installer.tui.keys import key
from installer.tui.screens.base import CatherdScreen
from installer.tui.screens.dialogs import Ask, Confirm
from installer.tui.widgets.menu import Menu
from runbook.errors import CatherdError
from runbook.harmless import harmless
from runbook.text import T, Text, listed

if TYPE_CHECKING:
    from installer.frontend.situation import PracticeLab
    from installer.lab.spec import Init

OLD = "sysv"
"""Name of the lab with hosts of the document's time."""
KEPT = 500
"""Lines of progress that are kept."""


class LabScreen(CatherdScreen):
    """Offers what can be done with each lab, and shows what is being done."""

    CSS_PATH = "lab.tcss"
    TITLE_TEXT = T("Practice lab")
    ABOUT = T(
        "A practice lab is a balancer and two Tomcats in containers on this machine, with real "
        "sshd, systemd and sudo. It runs on Podman. Break what you like there: a reset makes the "
        "hosts bare again in seconds."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        key("f5", "look", T("Look again"), more=T("See again which labs there are")),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.busy = False
        """Whether a lab is being worked on."""
        self._labs: tuple[PracticeLab, ...] = ()
        self._lines: list[Text] = []

    def body(self) -> Iterable[Widget]:
        """What a lab is, what can be done, and what is being done."""
        with Vertical(id="page"):
            yield Static(str(self.ABOUT), id="about", markup=False)
            yield Menu(id="moves")
            with VerticalScroll(id="progress", can_focus=False):
                yield Static(id="lines")

    def on_mount(self) -> None:
        """See which labs there are."""
        self.query_one(Menu).focus()
        self.action_look()

    def action_look(self) -> None:
        """See again which labs there are."""
        from installer.frontend.situation import practice_labs

        self.app.background(practice_labs, self._show)

    def _show(self, labs: tuple[PracticeLab, ...]) -> None:
        if not self.query("#moves"):
            return
        self._labs = labs
        menu = self.query_one(Menu)
        menu.clear_options()
        for name, title, why in _moves(labs):
            text = Styled(harmless(str(title)), "bold")
            text.append(f"\n{harmless(str(why))}", "not bold dim")
            menu.add_option(Option(text, id=name))
        menu.highlighted = 0

    # What can be done

    @on(Menu.OptionSelected)
    def _chosen(self, event: Menu.OptionSelected) -> None:
        move, _, name = (event.option_id or "").partition(" ")
        if self.busy:
            self.say(T("Wait until that is finished."))
        elif move == "up":
            self._bring_up(name)
        elif move == "old":
            self._bring_up(OLD, "sysv")
        elif move == "another":
            self._another()
        elif move == "reset":
            title = T("Make all hosts of {name} bare?", name=name)
            body = T("All that is installed on them is gone then.")
            self._confirmed(title, body, lambda: self._reset(name))
        elif move == "down":
            title = T("Take down the lab {name}?", name=name)
            body = T("Its hosts, their network, snapshots and keys are removed.")
            self._confirmed(title, body, lambda: self._down(name))

    def _confirmed(self, title: Text, body: Text, then: Callable[[], None]) -> None:
        def answered(answer: str | None) -> None:
            if answer == "yes":
                then()

        self.app.push_screen(Confirm(title, body), answered)

    def _another(self) -> None:
        def named(name: str | None) -> None:
            if name:
                self._bring_up(name.strip())

        body = T("Lower-case letters, digits and hyphens.")
        self.app.push_screen(Ask(T("Name of the new lab:"), body), named)

    def _bring_up(self, name: str, init: Init | None = None) -> None:
        def work() -> str:
            from installer.lab.cluster import write_answers
            from installer.lab.lab import up
            from installer.lab.spec import LabSpec

            lab = up(LabSpec(name, init=init), self._progress)
            if not (lab.directory / "cluster.toml").exists():
                write_answers(lab, self._progress)
            return name

        self._do(T("Bringing up {name} …", name=name), work, self._ready)

    def _reset(self, name: str) -> None:
        def work() -> str:
            from installer.lab.lab import reset

            reset(name, self._progress)
            return name

        def bare(name: str) -> None:
            self._progress(T("✓ All hosts of {name} are bare again.", name=name))
            self.action_look()

        self._do(T("Making the hosts of {name} bare …", name=name), work, bare)

    def _down(self, name: str) -> None:
        def work() -> str:
            from installer.lab.lab import down

            down(name)
            return name

        def gone(name: str) -> None:
            self._progress(T("✓ The lab {name} is gone.", name=name))
            if self.app.where.lab == name:
                self.app.where = Where()
            self.action_look()

        self._do(T("Taking down {name} …", name=name), work, gone)

    def _do(self, title: Text, work: Callable[[], str], then: Callable[[str], None]) -> None:
        """Work on a lab, in the background; nothing may hold its hosts meanwhile."""
        if self.app.conductor is not None and self.app.conductor.at_work:
            self.app.tell(CatherdError(
                T("Something is running on the hosts"),
                remedy=T("Wait until it has ended, or stop the run."),
            ))  # fmt: skip
            return
        self.app.close_cluster()
        self.busy = True
        self._lines = []
        self._progress(title)

        def done(name: str) -> None:
            self.busy = False
            then(name)

        def failed(error: CatherdError) -> None:
            self.busy = False
            self._progress(T("✗ That did not work."))
            self.query_one("#lines", Static).update(in_words(error))
            self.app.tell(error)
            self.action_look()

        self.app.background(work, done, failed, title)

    def _ready(self, name: str) -> None:
        """The lab is the cluster from now on."""
        self._progress(T("✓ The lab {name} is ready.", name=name))
        self.app.where = Where(lab=name)
        if self.app.screen is self:
            self.app.show_instead("preflight")

    def _progress(self, text: Text) -> None:
        """A line of what is being done; from any thread."""
        self.app.soon(lambda: self._add(text))

    def _add(self, text: Text) -> None:
        if not self.query("#lines"):
            return
        self._lines = [*self._lines, text][-KEPT:]
        lines = Styled("\n").join(Styled(harmless(str(each))) for each in self._lines)
        self.query_one("#lines", Static).update(lines)
        self.query_one("#progress").scroll_end(animate=False)


def _moves(labs: Iterable[PracticeLab]) -> Iterable[tuple[str, Text, Text]]:
    """What can be done, as names, titles and reasons."""
    known = {lab.name: lab for lab in labs}
    for lab in known.values():
        hosts = listed(lab.hosts)
        if lab.running:
            title = T("Work on the lab {name}", name=lab.name)
            why = T("It is running: {hosts}. Whatever is broken is mended.", hosts=hosts)
        else:
            title = T("Bring up the lab {name}", name=lab.name)
            why = T("It is not running: {hosts}.", hosts=hosts)
        yield f"up {lab.name}", title, why
    if LAB not in known:
        yield (f"up {LAB}", T("Make a practice lab"),
               T("Takes a minute the first time, when the image of a host is built."))  # fmt: skip
    for lab in known.values():
        yield (f"reset {lab.name}", T("Reset the lab {name}", name=lab.name),
               T("All hosts are bare again; addresses and keys stay."))  # fmt: skip
        yield (f"down {lab.name}", T("Take down the lab {name}", name=lab.name),
               T("Removes the hosts, their network, snapshots and keys."))  # fmt: skip
    if OLD not in known:
        yield ("old", T("Make a lab with SysV init"),
               T("Hosts as of 2007: Red Hat's directories, chkconfig, an old sshd."))  # fmt: skip
    if known:
        yield ("another", T("Make another lab"), T("It stands beside the others."))
