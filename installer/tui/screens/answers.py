"""Answers: the questions of ``catherd init`` as pages with back and next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text as Styled
from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from installer.frontend.beginning import Begin, Sitting, begin
from installer.frontend.licences import licence_of
from installer.frontend.walking import Filled, Key, Walk, key_of
from installer.tui.checksums import Checksums
from installer.tui.errors import in_words
from installer.tui.keys import key
from installer.tui.screens.base import CatherdScreen
from installer.tui.screens.dialogs import Choose
from installer.tui.screens.licence import LicenceScreen
from installer.tui.widgets.field import ON, Field
from installer.tui.widgets.picker import YES_OR_NO, Picker
from runbook.errors import CatherdError
from runbook.fields.wrong import Wrong
from runbook.harmless import harmless
from runbook.questions import FOLLOWERS, Given, Page
from runbook.text import T

if TYPE_CHECKING:
    from textual.events import DescendantFocus

WIDE = 120


class Scrolled(VerticalScroll, inherit_bindings=False):
    """A page longer than the screen: keys go from field to field, and it follows."""


class AnswersScreen(CatherdScreen):
    """One page at a time; what is typed is checked as it is typed."""

    CSS_PATH = "answers.tcss"
    TITLE_TEXT = T("Answers")
    ABOUT = T(
        "The questions about your cluster, page by page. Enter takes what is shown and goes on. "
        "Each page is kept in a draft as soon as it is left, so nothing is lost by leaving."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "on", T("On"), more=ON, first=True),
        key("pagedown,ctrl+n", "next_page", T("Next"), more=T("Take this page, go to the next")),
        key("pageup,ctrl+b", "previous_page", T("Back a page"), more=T("Back to the page before")),
        key("tab", "move(1)", T("Next field"), more=T("To the next field"), shown=False),
        key("shift+tab", "move(-1)", T("Field before"), more=T("To the field before"),
            shown=False),
        key("down", "arrow(1)", T("Down"), more=T("To the next choice or field"), shown=False),
        key("up", "arrow(-1)", T("Up"), more=T("To the choice or field before"), shown=False),
        key("ctrl+g", "pages", T("Pages"), more=T("Choose a page")),
        key("ctrl+s", "summary", T("Summary"),
            more=T("Take this page and go on to what is not answered yet, or to the summary")),
        key("ctrl+y", "vouch", T("Take checksum"),
            more=T("The publisher shows the checksum of the file here: take it")),
        key("ctrl+l", "licence", T("Licence"), more=T("Read the licence before you accept it")),
        key("escape", "back", T("Leave"), more=T("Leave; the answers are kept in a draft")),
    ]  # fmt: skip

    def __init__(self, how: Begin = "") -> None:
        super().__init__()
        self._how = how
        self.sitting: Sitting | None = None
        self._page: Page | None = None
        self.ready = False
        """Whether a page is shown as it is; keys that come while one is built do nothing."""
        self._fields: dict[Key, Field] = {}

    def body(self) -> Iterable[Widget]:
        """The list of pages, where there is room for it, and the page."""
        with Horizontal():
            with VerticalScroll(id="pages", can_focus=False):
                yield Static(id="list", markup=False)
            with Scrolled(id="page", can_focus=False):
                yield Static(id="title-of-page", markup=False)
                yield Static(id="help-of-page", markup=False)
                yield Static(id="notice")
                yield Vertical(id="gate")
                yield Vertical(id="fields")

    def on_mount(self) -> None:
        """Read what there is to begin with."""
        self.checksums = Checksums(self)
        self.app.background(lambda: begin(self.app.where, self._how), self._begun, self._refused)

    def on_resize(self) -> None:
        """The list of pages stands beside the page where there is room for both."""
        self.set_class(self.size.width >= WIDE, "-wide")

    @property
    def walk(self) -> Walk:
        """The way through the questions."""
        assert self.sitting is not None
        return self.sitting.walk

    @property
    def page(self) -> Page:
        """The page that is shown."""
        assert self._page is not None
        return self._page

    def _refused(self, error: CatherdError) -> None:
        self.app.pop_screen()
        self.app.tell(error)

    def _begun(self, sitting: Sitting) -> None:
        self.sitting = sitting
        self.app.call_later(self._open_first)

    async def _open_first(self) -> None:
        found = self.walk.next()
        await self.open_page(found[0].id if found else self.walk.pages[0].id)
        if found is None and self._how == "draft":
            await self.action_summary()

    # One page

    async def open_page(self, page_id: str) -> None:
        """Show a page, with its answers as they are now."""
        self.ready = False
        page = self.walk.page(page_id) or self.walk.pages[0]
        self._page = page
        self._say_where()
        self.query_one("#title-of-page", Static).update(harmless(str(page.title)))
        words = self.query_one("#help-of-page", Static)
        words.update(harmless(str(page.help)))
        words.display = bool(page.help)
        self._show_notice(page)
        gate = self.query_one("#gate")
        await gate.remove_children()
        gate.display = page.gate is not None
        if page.gate is not None:
            open_ = self.walk.gate_open(page)
            entered = page.begun(self.walk.answers) if open_ is None else open_
            self._gate = Picker(YES_OR_NO, "yes" if entered else "no", beside=True)
            await gate.mount(Static(harmless(str(page.gate)), markup=False), self._gate)
        await self.query_one("#fields").remove_children()
        self._fields = {}
        await self._show_fields(self.walk.filled(page.id, {}))
        self._show_faults()
        self.set_focus(self._stops()[0])
        self.query_one("#page").scroll_home(animate=False)
        self.ready = True
        self.refresh_bindings()

    def _say_where(self) -> None:
        pages = self.walk.pages
        ids = [page.id for page in pages]
        at = ids.index(self.page.id)
        self.say(
            T("Page {number} of {count}: {title}", number=at + 1, count=len(ids),
              title=harmless(str(self.page.title)))
        )  # fmt: skip
        text = Styled()
        for number, page in enumerate(pages):
            here = number == at
            glyph = "▶" if here else "✓" if self.walk.finished(page) else "○"
            title = f"{glyph} {harmless(str(page.title))}\n"
            text.append(title, "bold" if here else "" if glyph == "✓" else "dim")
        self.query_one("#list", Static).update(text)
        side = self.query_one("#pages")
        side.scroll_to(y=max(0, at - side.size.height // 2), animate=False)

    def _show_notice(self, page: Page) -> None:
        assert self.sitting is not None
        notice = self.query_one("#notice", Static)
        problem = self.sitting.problem
        notice.display = problem is not None and not self.sitting.faults
        if problem is not None and notice.display:
            text = in_words(problem)
            text.append("\n" + str(T("The questions begin anew; the file is kept aside.")))
            notice.update(text)

    async def _show_fields(self, filled: Filled) -> None:
        """Fields for the questions as they are now; those that stay keep what was typed.

        Somebody may type on meanwhile: then what comes of that is shown, not this.
        """
        assert self.sitting is not None
        place = self.query_one("#fields")
        wanted = {key_of(question): question for question in filled.page.questions}
        staying = {key_: self._fields[key_] for key_ in wanted if key_ in self._fields}
        given = {key_: field.value for key_, field in staying.items()}
        for gone in [each for each in self._fields if each not in wanted]:
            await self._fields.pop(gone).remove()
        before: Field | None = None
        for key_, question in wanted.items():
            if (field := self._fields.get(key_)) is not None:
                if any(each.value != given[known] for known, each in staying.items()):
                    return
                if field.question != question:
                    field.ask(question)
                    given[key_] = field.value
            else:
                field = Field(question, self.sitting.answering.base)
                self._fields[key_] = field
                first = before is None and place.children
                await place.mount(field, before=0 if first else None, after=before)
            before = field
        self._fields = {key_: self._fields[key_] for key_ in wanted}
        place.display = self._open
        self.checksums.look(self._fields, filled.answers, self.sitting.answering.base)

    def _show_faults(self) -> None:
        """What was wrong in the file stands at its field until that is answered."""
        assert self.sitting is not None
        for field in self._fields.values():
            if (wrong := self.sitting.faults.get(field.question.path)) is not None:
                field.show_wrong(wrong)

    @property
    def _open(self) -> bool:
        return self.page.gate is None or self._gate.value == "yes"

    @property
    def _given(self) -> dict[Key, Given]:
        return {
            key_: field.value
            for key_, field in self._fields.items()
            if field.edited or field.value != field.question.default
        }

    @on(Picker.Changed)
    def _gate_moved(self) -> None:
        self.query_one("#fields").display = self._open

    @on(Field.Changed)
    async def _typed(self, event: Field.Changed) -> None:
        field = event.field
        if field not in self._fields.values():
            return
        assert self.sitting is not None
        filled = self.walk.filled(self.page.id, self._given)
        if field.edited:
            self.sitting.faults.pop(field.question.path, None)
            field.show_wrong(self._wrong(key_of(field.question), filled))
        elif field.question.path not in self.sitting.faults:
            field.show_wrong(None)
        if field.question.path[-1] in FOLLOWERS:
            await self._show_fields(filled)

    def _wrong(self, key_: Key, filled: Filled) -> Wrong | None:
        return filled.wrong.get(key_) or self.checksums.fault(self._fields[key_])

    # From page to page

    def _take(self) -> bool:
        """Keep what is answered on this page, or show what is wrong with it."""
        if not self._open:
            self.walk.enter(self.page, False)
            return True
        filled = self.walk.filled(self.page.id, self._given)
        wrong = {each: self._wrong(each, filled) for each in self._fields}
        for key_, field in self._fields.items():
            field.show_wrong(wrong[key_])
        first = next((each for each in self._fields if wrong[each] is not None), None)
        if first is not None:
            self._fields[first].take_focus()
            return False
        self.walk.take(filled)
        return True

    async def action_next_page(self) -> None:
        """Take this page and go to the next; from the last, to the summary."""
        if not self.ready or not self._take():
            return
        ids = [page.id for page in self.walk.pages]
        at = ids.index(self.page.id) + 1
        if at < len(ids):
            await self.open_page(ids[at])
        else:
            await self.action_summary()

    async def action_previous_page(self) -> None:
        """Back to the page before; what is wrong here can wait."""
        if not self.ready:
            return
        ids = [page.id for page in self.walk.pages]
        at = ids.index(self.page.id)
        self._keep_what_is_right()
        if at > 0:
            await self.open_page(ids[at - 1])

    def _keep_what_is_right(self) -> None:
        if self._open and self._given:
            filled = self.walk.filled(self.page.id, self._given)
            if not any(self._wrong(each, filled) for each in self._fields):
                self.walk.take(filled)

    async def action_summary(self) -> None:
        """To what is not answered yet, or to the summary."""
        if not self.ready or not self._take():
            return
        if (found := self.walk.next()) is not None:
            await self.open_page(found[0].id)
            return
        from installer.tui.screens.summary import SummaryScreen

        assert self.sitting is not None
        self._say_where()
        self.app.push_screen(SummaryScreen(self.sitting, self.revisit))

    def revisit(self, page_id: str) -> None:
        """Show a page again, from the summary."""
        self.app.call_later(self.open_page, page_id)

    def action_pages(self) -> None:
        """Choose a page."""
        if not self.ready:
            return
        titles = {page.id: page.title for page in self.walk.pages}

        async def chosen(page_id: str | None) -> None:
            if page_id is not None:
                self._keep_what_is_right()
                await self.open_page(page_id)

        self.app.push_screen(Choose(T("Which answers?"), titles), chosen)

    def action_back(self) -> None:
        """Leave; the answers are kept in a draft."""
        if self.ready:
            self._keep_what_is_right()
        super().action_back()

    # From field to field

    def _stops(self) -> list[Widget]:
        gate = [self._gate] if self.page.gate is not None else []
        shown = self._fields.values() if self._open else ()
        return [*gate, *(field.control for field in shown)]

    def _at(self) -> int:
        stops = self._stops()
        return stops.index(self.focused) if self.focused in stops else -1

    async def action_move(self, by: int) -> None:
        """To the next field, or the one before; from the last, the first."""
        if not self.ready:
            return
        here = self._at()
        stops = self._stops()
        self.set_focus(stops[(here + by) % len(stops)])

    async def action_arrow(self, by: int) -> None:
        """To the next choice where there is one, else to the next field."""
        if not (isinstance(self.focused, Picker) and self.focused.moved(by)):
            await self.action_move(by)

    async def action_on(self) -> None:
        """To the next field; from the last one, to the next page."""
        if not self.ready:
            return
        stops, here = self._stops(), self._at()
        if here + 1 < len(stops):
            self.set_focus(stops[here + 1])  # at once: the next keys are for it
        else:
            await self.action_next_page()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Keys follow the field, and all of it is in view."""
        self.refresh_bindings()
        if self.ready and (here := self._here()) is not None:
            here.scroll_visible(animate=False)

    def _here(self) -> Field | None:
        return next((f for f in self._fields.values() if f.control is self.focused), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A checksum can be taken where it is asked for and the file is here."""
        if action == "vouch":
            here = self._here() if self.ready else None
            return here is not None and self.checksums.of(here) is not None
        if action == "licence":
            return self.ready and self._licence() is not None
        return super().check_action(action, parameters)

    def action_licence(self) -> None:
        """Show the licence of what is to be installed."""
        if (field := self._licence()) is not None and self.sitting is not None:
            answers = self.walk.filled(self.page.id, self._given).answers
            text = licence_of(field.question, answers, self.sitting.answering.base)
            self.app.push_screen(LicenceScreen(text))

    def _licence(self) -> Field | None:
        return next((f for f in self._fields.values() if f.question.holds == "licence"), None)

    def action_vouch(self) -> None:
        """The publisher shows the checksum of the file that is here."""
        if (here := self._here()) is not None and (sums := self.checksums.of(here)) is not None:
            here.put(sums.sums["SHA-256"])
