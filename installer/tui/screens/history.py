"""History: past runs, their steps and what these changed; from here the way back begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar, TypeVar

from rich.text import Text as Styled
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static, Tree
from textual.widgets.tree import TreeNode

from installer.frontend import past
from installer.frontend.conductor import Conductor
from installer.frontend.past import PastRun, PastStep
from installer.frontend.recall import when
from installer.frontend.undoing import Scope, after, title_of
from installer.tui.keys import key
from installer.tui.screens.base import CatherdScreen
from installer.tui.screens.dialogs import Choose
from installer.tui.screens.rollback import RollbackScreen
from installer.tui.widgets.diff import append_diff
from runbook.errors import CatherdError
from runbook.harmless import harmless
from runbook.text import T, Text, labelled, listed

Entry = PastRun | PastStep
Row = TypeVar("Row")
COLOURS = {"✓": "success", "✗": "error", "?": "warning", "↩": "primary"}


class HistoryScreen(CatherdScreen):
    """Needs the journal on this machine only; no host is asked before something is taken back."""

    CSS_PATH = "history.tcss"
    TITLE_TEXT = T("History")
    ABOUT = T(
        "All runs from this machine, newest first; Enter opens one and shows its steps. At the "
        "side stands what a step changed, as a diff. From any run or step things can be taken "
        "back: the hosts themselves know how, so that needs neither archives nor this journal."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - as Textual has it
    BINDINGS: ClassVar[list[BindingType]] = [
        key("b", "take_back", T("Roll back"), more=T("Take things back, from here on or all")),
        key("tab", "other_pane", T("Details"), more=T("To the details, and back to the runs")),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._conductor: Conductor | None = None
        self._runs: tuple[PastRun, ...] = ()

    def body(self) -> Iterable[Widget]:
        """Runs and steps, and more about one of them."""
        with Container(id="panes"):
            tree: Tree[Entry] = Tree("")
            tree.show_root = False
            tree.guide_depth = 2
            yield tree
            with VerticalScroll(id="details"):
                yield Static("", id="about", markup=False)

    def on_mount(self) -> None:
        """Open the journal."""
        self._tree.focus()
        self.app.open_session(self._opened)

    def on_screen_resume(self) -> None:
        """A rollback is a run too."""
        if self._conductor is not None:
            self._fill()

    @property
    def _tree(self) -> Tree[Entry]:
        return self.query_one(Tree)

    @property
    def _entry(self) -> Entry | None:
        node = self._tree.cursor_node
        return node.data if node is not None else None

    def _opened(self, conductor: Conductor) -> None:
        self._conductor = conductor
        self._fill()

    def _fill(self) -> None:
        assert self._conductor is not None
        journal, tree = self._conductor.session.journal, self._tree
        runs = self._read(lambda: past.runs(journal))
        if runs and runs == self._runs:
            return
        self._runs = runs
        tree.clear()
        for run in runs:
            tree.root.add(self._run_label(run), data=run)
        tree.root.expand()
        if runs:
            tree.cursor_line = 0
        elif self.is_current:
            text = T("Nothing was done to this cluster from this machine yet. What other machines "
                     "have done the hosts know: b takes it back.")  # fmt: skip
            self.query_one("#about", Static).update(str(text))
        self.refresh_bindings()

    def _read(self, read: Callable[[], tuple[Row, ...]]) -> tuple[Row, ...]:
        """What the journal says; nothing, and a word about it, where it is damaged."""
        try:
            return read()
        except CatherdError as error:
            self.app.tell(error)
            return ()

    def on_tree_node_expanded(self, event: Tree.NodeExpanded[Entry]) -> None:
        """Read the steps of a run when they are to be seen."""
        run, node = event.node.data, event.node
        if self._conductor is None or not isinstance(run, PastRun) or node.children:
            return
        journal = self._conductor.session.journal
        for step in self._read(lambda: past.steps(journal, run.id)):
            node.add_leaf(self._step_label(step), data=step)
        if not node.children:
            node.allow_expand = False

    def on_tree_node_highlighted(self, event: Tree.NodeHighlighted[Entry]) -> None:
        """More about this one."""
        entry = event.node.data
        if entry is not None:
            about = self._about_run(entry) if isinstance(entry, PastRun) else self._about(entry)
            self.query_one("#about", Static).update(about)
            self.query_one("#details", VerticalScroll).scroll_home(animate=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is taken back under a run."""
        if action == "take_back" and (self._conductor is None or self._conductor.at_work):
            return None
        return True

    # Words

    def _mark(self, text: Styled, glyph: str, words: str) -> None:
        colour = self.app.theme_variables.get(COLOURS.get(glyph, ""), "")
        text.append(f"{glyph} {words}", colour)

    def _run_label(self, run: PastRun) -> Styled:
        text = Styled(f"{when(run.began)} ")
        self._mark(text, run.glyph, f"{run.command}")
        text.append(f" {harmless(run.operator)}")
        return text if run.seconds is None else text.append(f" {run.seconds:.0f} s")

    def _step_label(self, step: PastStep) -> Styled:
        text = Styled()
        self._mark(text, step.glyph, step.host)
        return text.append(f" {harmless(str(title_of(step.step)))}")

    def _about_run(self, run: PastRun) -> Styled:
        assert self._conductor is not None
        text = Styled()
        text.append(f"{run.command} {run.id}\n", "bold")
        self._mark(text, run.glyph, str(run.ending))
        times: list[Text] = [f"{T('began')} {when(run.began)}"]
        if run.seconds is not None:
            times.append(T("took {seconds:.0f} s", seconds=run.seconds))
        by = T("by {operator}", operator=harmless(run.operator))
        text.append(f"\n{listed(times)}\n{listed([by, f'Catherd {run.version}'])}\n")
        journal = self._conductor.session.journal
        steps = self._read(lambda: past.steps(journal, run.id))
        for glyph, word, count in past.counted(steps):
            self._mark(text, glyph, f"{count} {word}")
            text.append("  ")
        text.append("\n")
        for step in steps:
            if step.error:
                text.append("\n")
                self._mark(text, step.glyph, str(labelled(step.host, title_of(step.step))))
                text.append(f"\n{harmless(step.error)}\n")
        return text

    def _about(self, step: PastStep) -> Styled:
        assert self._conductor is not None
        text = Styled()
        text.append(f"{title_of(step.step)}\n", "bold")
        self._mark(text, step.glyph, str(step.ending))
        took = [f"{step.seconds:.1f} s"] if step.seconds is not None else []
        text.append(f"  {listed([step.host, when(step.began), *took])}\n")
        if step.error:
            text.append(f"\n{harmless(step.error)}\n", self.app.theme_variables["error"])
        journal = self._conductor.session.journal
        for change in self._read(lambda: past.changes(journal, step)):
            text.append(f"\n{harmless(change.summary)}", "bold")
            if change.undone:
                text.append(f"  ↩ {T('taken back {when}', when=when(change.undone))}")
            elif not change.done:
                text.append(f"  ? {T('broken off')}")
            text.append("\n")
            append_diff(text, change.diff, self.app.theme_variables)
        return text

    # Keys

    def action_other_pane(self) -> None:
        """From the runs to the details, and back."""
        tree, details = self._tree, self.query_one("#details", VerticalScroll)
        (details if tree.has_focus else tree).focus()

    def action_take_back(self) -> None:
        """Ask what is taken back; it is shown before anything happens."""
        choices, scopes = {}, {}

        def offer(id: str, words: Text, scope: Scope) -> None:
            choices[id], scopes[id] = words, (words, scope)

        entry = self._entry
        if isinstance(entry, PastStep):
            title = title_of(entry.step)
            offer("step", T("Only “{step}”", step=title), Scope(frozenset({entry.step})))
            if later := after(entry.step):
                offer("after", T("All that comes after “{step}”", step=title),
                      Scope(frozenset(later)))  # fmt: skip
        if entry is not None:
            run = self._run_of(self._tree.cursor_node)
            offer("since", T("This run of {when} and all since", when=when(run.began)),
                  Scope(since=run.began))  # fmt: skip
        offer("all", T("Everything that Catherd has done"), Scope())

        def chosen(id: str | None) -> None:
            if id is not None:
                self.app.push_screen(RollbackScreen(*scopes[id]))

        self.app.push_screen(Choose(T("What is taken back?"), choices), chosen)

    def _run_of(self, node: TreeNode[Entry] | None) -> PastRun:
        while node is not None and not isinstance(node.data, PastRun):
            node = node.parent
        assert node is not None
        assert isinstance(node.data, PastRun)
        return node.data
