"""Training: lessons, drills and the document's mistakes, and how far one is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Literal

from rich.table import Table
from rich.text import Text as Styled
from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static
from textual.widgets.option_list import Option

from installer.frontend.training import WELCOME
from installer.tui.keys import key
from installer.tui.screens.base import CatherdScreen
from installer.tui.widgets.menu import Menu
from runbook.errors import CatherdError
from runbook.harmless import harmless
from runbook.text import T, Text

if TYPE_CHECKING:
    from installer.frontend.training.pages import Row
    from installer.frontend.training.trainer import Trainer

Part = Literal["lessons", "drills", "document"]
MARKS = {"✓": "green", "◐": "yellow", "·": "dim"}


class TrainingScreen(CatherdScreen):
    """Three lists; Enter begins what the cursor is on."""

    CSS_PATH = "training.tcss"
    TITLE_TEXT = T("Training")
    ABOUT = WELCOME
    BINDINGS: ClassVar[list[BindingType]] = [
        key("l", "part('lessons')", T("Lessons"), more=T("Do each step of the runbook yourself")),
        key("d", "part('drills')", T("Drills"), more=T("Find and mend a fault")),
        key("w", "part('document')", T("What if …"),
            more=T("Follow the document, and see what happens")),
        key("s", "summary", T("Learnt"), more=T("What was learnt so far")),
    ]  # fmt: skip

    def __init__(self, part: Part = "lessons") -> None:
        super().__init__()
        self._part: Part = part
        self.trainer: Trainer | None = None

    def body(self) -> Iterable[Widget]:
        """A sentence, the list, and how far one is."""
        with Vertical(id="page"):
            yield Static("", id="about", markup=False)
            yield Menu(id="entries")
            yield Static("", id="far", markup=False)

    def on_mount(self) -> None:
        """Read what was learnt."""
        self.query_one(Menu).focus()

    def on_screen_resume(self) -> None:
        """Show how far one is, each time one comes here."""
        try:
            self._open()
        except CatherdError as error:
            self.app.tell(error)
            return
        self._show()

    def _open(self) -> None:
        from installer.frontend.training.trainer import Trainer

        if self.trainer is None:
            self.trainer = Trainer(self.app.operator, self._say)

    def _say(self, text: Text) -> None:
        """Hand on what the trainer does; from any thread."""
        self.app.soon(lambda: self._hand_on(text))

    def _hand_on(self, text: Text) -> None:
        from installer.tui.screens.exercise import ExerciseScreen

        for screen in reversed(self.app.screen_stack):
            if isinstance(screen, ExerciseScreen):
                screen.progress(text)
                return

    def action_part(self, part: Part) -> None:
        """Show another list."""
        self._part = part
        self._show()

    def _show(self) -> None:
        from installer.frontend.training import pages
        from installer.frontend.training.syllabus import showable

        assert self.trainer is not None
        known = self.trainer.progress
        about: Text
        rows: list[Row]
        if self._part == "lessons":
            about, rows = T("Do each step of the runbook yourself:"), pages.lesson_rows(known)
        elif self._part == "drills":
            about, rows = T("Somebody reports a fault; find and mend it:"), pages.drill_rows(known)
        else:
            about = T("The document says this; see what the software does:")
            rows = pages.document_rows(showable())
        self.query_one("#about", Static).update(str(about))
        menu = self.query_one(Menu)
        menu.clear_options()
        for row in rows:
            menu.add_option(Option(_in_words(row), id=row.id))
        menu.highlighted = next((at for at, row in enumerate(rows) if row.mark != "✓"), 0)
        far = T(
            "Lessons: {lessons}. Drills: {drills}.",
            lessons=_share(pages.lesson_rows(known)),
            drills=_share(pages.drill_rows(known)),
        )
        self.query_one("#far", Static).update(str(far))

    def action_summary(self) -> None:
        """What was learnt: lessons, drills, time, hints."""
        from installer.frontend.training.pages import summary_page
        from installer.tui.screens.dialogs import Choose
        from installer.tui.widgets.lines import in_one

        assert self.trainer is not None
        title, *lines = summary_page(self.trainer.progress)
        self.app.push_screen(Choose(title.text, {"close": T("Close")}, in_one(lines)))

    @on(Menu.OptionSelected)
    def _chosen(self, event: Menu.OptionSelected) -> None:
        conductor = self.app.conductor
        if self.app.training_at_work or (conductor is not None and conductor.at_work):
            self.app.tell(CatherdError(
                T("Something is running on the hosts"),
                remedy=T("Wait until it has ended, or stop the run."),
            ))  # fmt: skip
            return
        assert self.trainer is not None
        self.app.close_cluster()
        kind: Literal["lesson", "drill", "document"] = "document"
        if self._part != "document":
            kind = "lesson" if self._part == "lessons" else "drill"
        self._begin(kind, event.option_id or "")

    def _begin(self, kind: Literal["lesson", "drill", "document"], id: str) -> None:
        """Open it; what is under way and not done is not thrown away unasked."""
        from installer.tui.screens.dialogs import Choose
        from installer.tui.screens.exercise import ExerciseScreen

        assert self.trainer is not None
        trainer, known = self.trainer, self.trainer.progress
        if not known.unfinished:
            self.app.push_screen(ExerciseScreen(trainer, kind, id))
            return
        same = (known.kind, known.current) == (kind, id)
        begin = T("Back to the start") if same else T("Begin this one")
        choices: dict[str, Text] = {"on": T("Go on with “{name}”", name=trainer.title()),
                                    "begin": begin}  # fmt: skip

        def chosen(answer: str | None) -> None:
            if answer == "begin":
                self.app.push_screen(ExerciseScreen(trainer, kind, id))
            elif answer == "on" and known.kind is not None:
                self.app.push_screen(ExerciseScreen(trainer, known.kind, known.current, True))

        title = T("“{name}” is under way", name=trainer.title())
        body = T("Whoever begins anew, or something else, loses what was done on the hosts.")
        self.app.push_screen(Choose(title, choices, body), chosen)


def _in_words(row: Row) -> Table:
    """A row whose further lines begin below its first one, not below its mark."""
    text = Styled(harmless(str(row.title)))
    if row.note:
        text.append(f"  {row.note}", "dim")
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_row(Styled(row.mark, MARKS[row.mark]), text)
    return table


def _share(rows: list[Row]) -> str:
    return f"{sum(row.mark == '✓' for row in rows)}/{len(rows)}"
