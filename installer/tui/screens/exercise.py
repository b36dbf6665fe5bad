"""A lesson, a drill or a mistake of the document: its page, what was found, what can be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.app import SuspendNotSupported
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from installer.frontend.training import NO_MORE_HINTS, pages, shells
from installer.frontend.training.pages import Line
from installer.frontend.training.syllabus import drill_of, fault_of, lesson_of
from installer.tui.errors import in_words
from installer.tui.keys import key
from installer.tui.screens.base import CatherdScreen
from installer.tui.screens.dialogs import Choose, Confirm
from installer.tui.widgets.lines import rendered
from runbook.errors import CatherdError
from runbook.harmless import harmless
from runbook.text import T, Text
from runbook.training.lesson import Question

if TYPE_CHECKING:
    from installer.engine.plan import StepPlan
    from installer.frontend.training.trainer import Judgement, Trainer

Kind = Literal["lesson", "drill", "document"]
KEPT = 4
"""Lines of what the trainer does that are shown."""


class ExerciseScreen(CatherdScreen):
    """Begins when it is opened; everything that waits happens in the background."""

    CSS_PATH = "exercise.tcss"
    TITLE_TEXT = T("Training")
    ABOUT = T(
        "Work on the hosts in a shell of their own, then have it checked. Three hints are there, "
        "each stronger than the one before; then the difference to what is wanted, or Catherd does "
        "it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        key("o", "shell", T("Shell"), more=T("Open a shell on one of the hosts")),
        key("c", "check", T("Check"), more=T("Judge what was done")),
        key("q", "questions", T("Questions"), more=T("Answer the questions of the lesson")),
        key("h", "hint", T("Hint"), more=T("Give the next hint")),
        key("d", "solution", T("Solution"), more=T("Show what is still missing")),
        key("w", "watch", T("Watch"), more=T("Let Catherd do it")),
        key("r", "reset", T("Reset"), more=T("Back to the start")),
        key("n", "next", T("Next"), more=T("The next lesson")),
    ]  # fmt: skip

    def __init__(self, trainer: Trainer, kind: Kind, id: str, go_on: bool = False) -> None:
        """``go_on``: take up what is under way, with the hosts as they were left."""
        super().__init__()
        self.trainer, self.kind, self.exercise, self._go_on = trainer, kind, id, go_on
        self.ready = False
        """Whether it has begun on the hosts."""
        self._failed = False
        """Whether it could not begin."""
        self._results: list[Line] = []
        self._doing: list[Text] = []

    def body(self) -> Iterable[Widget]:
        """The page, what was found, what is being done."""
        with VerticalScroll(id="page"):
            yield Static("", id="text")
            yield Static("", id="results")
        yield Static("", id="doing", markup=False)

    def on_mount(self) -> None:
        """Show what can be shown at once, and bring the hosts about."""
        self.query_one("#page").focus()
        self._begin()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that do not apply are not shown."""
        if action == "watch" and self._done:
            return False
        if action == "reset":
            return self.ready or self._failed
        if action in ("shell", "check", "hint", "solution", "watch"):
            return self.kind != "document" and self.ready
        if action == "questions":
            return self.kind == "lesson" and self._question is not None
        if action == "next":
            return self.kind == "lesson" and self._done and bool(self._following)
        return super().check_action(action, parameters)

    @property
    def _done(self) -> bool:
        known = self.trainer.progress
        entries = known.lessons if self.kind == "lesson" else known.drills
        return self.exercise in entries and entries[self.exercise].done

    @property
    def _following(self) -> str:
        ids = [row.id for row in pages.lesson_rows(self.trainer.progress)]
        return "".join(ids[ids.index(self.exercise) + 1 :][:1])

    # What is shown

    def progress(self, text: Text) -> None:
        """A line of what the trainer does."""
        self._doing = [*self._doing, text][-KEPT:]
        self._show_doing()

    def _show_doing(self) -> None:
        if self.query("#doing"):
            lines = "\n".join(harmless(str(each)) for each in self._doing)
            doing = self.query_one("#doing", Static)
            doing.update(lines)
            doing.display = bool(lines)

    def _page(self, lines: Iterable[Line]) -> None:
        if self.query("#text"):
            self.query_one("#text", Static).update(rendered(lines))

    def _result(self, lines: Iterable[Line], anew: bool = True) -> None:
        """Show what was found below the page, and bring it into sight."""
        if not self.query("#results"):
            return
        self._results = [*([] if anew else self._results), *lines]
        self.query_one("#results", Static).update(rendered(self._results))
        self.refresh_bindings()
        self.call_after_refresh(self.query_one("#page").scroll_end, animate=False)

    # What is done

    def _work(self, work: Callable[[], object], then: Callable[[], object], doing: Text) -> None:
        """Work on the hosts in the background, one thing at a time."""
        if self.app.training_at_work:
            self.say(T("Wait until that is finished."))
            self._not_begun()
            return
        self.app.training_at_work = True
        self._doing = []
        self.progress(doing)

        def ended() -> None:
            self.app.training_at_work = False
            self._doing = []
            self._show_doing()

        def done(_: object) -> None:
            ended()
            if self.is_attached:
                then()

        def failed(error: CatherdError) -> None:
            ended()
            if self.is_attached:
                self.query_one("#results", Static).update(in_words(error))
                self._not_begun()
            self.app.tell(error)

        self.app.background(work, done, failed)

    def _not_begun(self) -> None:
        """Unless it has begun already, a key begins it anew."""
        if not self.ready:
            self._failed = True
            self.progress(T("Not ready: r tries again."))
            self.refresh_bindings()

    def _begin(self) -> None:
        self._failed = False
        if self.kind == "lesson":
            self._begin_lesson()
        elif self.kind == "drill":
            self._begin_drill()
        else:
            self._follow()

    def _begin_lesson(self) -> None:
        step = lesson_of(self.exercise)[1]
        self._page(pages.lesson_page(step, None))
        found: list[StepPlan] = []

        def work() -> None:
            self._go_to(self.trainer.begin_lesson)
            found[:] = self.trainer.solution(self.exercise)

        def ready() -> None:
            self._page(pages.lesson_page(step, found))
            self._ready(T("The hosts are ready: o opens a shell, c checks."))
            self.call_after_refresh(self._point_down)

        self._prepare(work, ready, T("Bringing the hosts to the start of the lesson …"))

    def _point_down(self) -> None:
        """Say where the tasks are if they do not fit on the screen with all that explains them."""
        if self.query_one("#page").max_scroll_y > 0:
            self.progress(T("↓ What is to be done stands further down."))

    def _begin_drill(self) -> None:
        fault = drill_of(self.exercise)
        self._page(pages.drill_page(fault))

        def ready() -> None:
            self._page(pages.drill_page(fault, self.trainer.url()))
            self._ready(T("It is broken now: o opens a shell, c checks."))

        begin = partial(self._go_to, self.trainer.begin_drill)
        self._prepare(begin, ready, T("Preparing a cluster, and breaking it …"))

    def _go_to(self, begin: Callable[[str], object]) -> None:
        """Begin it, or take up what is under way."""
        if self._go_on:
            self.trainer.go_on()
        else:
            begin(self.exercise)

    def _prepare(self, work: Callable[[], object], then: Callable[[], object], doing: Text) -> None:
        self._work(work, then, T("Looking at the hosts …") if self._go_on else doing)

    def _ready(self, text: Text) -> None:
        """It has begun on the hosts; the page stays where the reader is."""
        self.ready = True
        self.progress(text)
        self.refresh_bindings()

    def _follow(self) -> None:
        lines: list[Line] = []

        def work() -> None:
            fault, told = self.trainer.follow(self.exercise)
            lines.extend(pages.followed_page(self.exercise, fault, told))
            self.app.soon(lambda: self._page(lines))
            self.trainer.say(T("Mending it …"))
            left = self.trainer.make_good(fault)
            lines.append(pages.mended(left))

        self._work(work, lambda: self._page(lines), T("Preparing a cluster …"))

    def action_check(self) -> None:
        """Judge what was done."""
        self._judge(self.trainer.judge, T("Checking …"))

    def _judge(self, judge: Callable[[], Judgement], doing: Text) -> None:
        """Show what the checks say once ``judge`` has ended, with the explanation of a drill."""
        lines: list[Line] = []

        def work() -> None:
            assert self.kind != "document"
            lines.extend(pages.judgement_page(judge(), self.kind))
            entry = self.trainer.progress.entry(self.kind, self.exercise)
            if entry.done:
                lines.extend(pages.done_page(entry))
                if self.kind == "drill":
                    lines.extend(self._explained())

        def judged() -> None:
            self._result(lines)
            if self._done and self.kind == "lesson" and self._following:
                self.progress(T("Done: n goes on with the next lesson."))
            elif self._done:
                self.progress(T("Done: esc leads back to the list."))

        self._work(work, judged, doing)

    def _explained(self) -> Iterable[Line]:
        """What it was. Opens the cluster."""
        commands = self.trainer.commands(self.exercise)
        return pages.explanation_page(fault_of(self.exercise), commands)

    def action_hint(self) -> None:
        """Give the next hint."""
        given = self.trainer.hint()
        text: Text = NO_MORE_HINTS
        if given is not None:
            text = T("Hint {number} of 3: {text}", number=given[0], text=given[1])
        self._result([Line("note", text)], anew=False)

    def action_solution(self) -> None:
        """Show what is still missing, or in a drill how it is mended."""
        lines: list[Line] = []

        def work() -> None:
            self.trainer.reveal()
            if self.kind == "lesson":
                lines.extend(pages.tasks_page(self.trainer.solution(self.exercise)))
            else:
                lines.extend(self._explained())

        self._work(work, lambda: self._result(lines), T("Looking at the hosts …"))

    def action_watch(self) -> None:
        """Let Catherd do it."""

        def shown() -> Judgement:
            if self.kind == "lesson":
                return self.trainer.watch(self.exercise, self.trainer.tell)
            return self.trainer.show_mending(self.exercise)

        self._judge(shown, T("Catherd does it …"))

    def action_reset(self) -> None:
        """Back to the start."""
        if self._failed:
            self._result([])
            self._begin()
            return

        def answered(answer: str | None) -> None:
            if answer == "yes":
                self._work(self.trainer.reset, self._is_reset, T("Back to the start …"))

        title = T("Bring the hosts back to the start?")
        self.app.push_screen(Confirm(title, T("What was done on them is gone then.")), answered)

    def _is_reset(self) -> None:
        self._result([Line("good", T("✓ All is as it was at the start."))])

    def action_next(self) -> None:
        """The next lesson."""
        self.app.switch_screen(ExerciseScreen(self.trainer, "lesson", self._following))

    def action_shell(self) -> None:
        """Open a shell on one of the hosts; the wizard waits until it is left."""
        names = self.trainer.hosts(self.exercise if self.kind == "lesson" else "")
        if len(names) == 1:
            self._shell(names[0])
            return

        def chosen(name: str | None) -> None:
            if name:
                self._shell(name)

        self.app.push_screen(Choose(T("On which host?"), {name: name for name in names}), chosen)

    def _shell(self, name: str) -> None:
        words, notes = self.trainer.shell(name)
        problem: CatherdError | None = None
        try:
            with self.app.suspend():
                print("\n".join(str(note) for note in notes), flush=True)
                # Raised through suspend(), an error would leave the wizard suspended.
                try:
                    shells.stay(self.trainer.room.name, name, words)
                except CatherdError as error:
                    problem = error
        except SuspendNotSupported:
            lines = [Line("text", T("This terminal cannot be lent to a shell. Elsewhere, type:"))]
            self._result([*lines, Line("code", " ".join(words))])
        if problem is not None:
            self.app.tell(problem)
        self.refresh()

    def action_questions(self) -> None:
        """Answer the questions of the lesson, one after the other."""
        if (number := self._question) is not None:
            self._ask(number, lesson_of(self.exercise)[0].questions[number])

    @property
    def _question(self) -> int | None:
        """The first question that is not answered yet."""
        entry = self.trainer.progress.lessons.get(self.exercise)
        answered = entry.answered if entry is not None else []
        questions = lesson_of(self.exercise)[0].questions
        return next((at for at in range(len(questions)) if at not in answered), None)

    def _ask(self, number: int, question: Question, again: Text = "") -> None:
        def chosen(answer: str | None) -> None:
            if answer is None:
                return
            if not self.trainer.answer(self.exercise, number, int(answer)):
                self._ask(number, question, T("✗ No; think of it again."))
                return
            self._result([Line("good", T("✓ Right. {why}", why=question.why))], anew=number == 0)
            if self._question is None and self.ready:
                self.progress(T("All questions are answered: c checks."))

        choices: dict[str, Text] = {str(at): text for at, text in enumerate(question.answers)}
        self.app.push_screen(Choose(question.asked, choices, again), chosen)
