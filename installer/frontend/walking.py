"""The way through the pages of questions: which comes next, and what is answered already."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runbook.fields.wrong import KeyPath, Wrong
from runbook.pages import pages, prepared
from runbook.questions import FOLLOWERS, Answered, Given, Page, Question, is_answered

Key = tuple[KeyPath, str]


@dataclass(frozen=True)
class Filled:
    """A page as it is once these answers are given on it."""

    page: Page
    answers: dict[str, Any]
    """All answers, with those of the page that are right."""
    wrong: dict[Key, Wrong]
    """What is wrong with the others."""


class Walk:
    """The answers so far, which questions have been asked, and which pages are gone into."""

    def __init__(self, answers: Answered, save: Callable[[Answered], None] = lambda _: None):
        """``save`` gets the answers after each one that is given."""
        self.answers: dict[str, Any] = prepared(answers)
        self._save = save
        self._asked: set[Key] = set()
        self._entered: dict[str, bool] = {}

    @property
    def pages(self) -> tuple[Page, ...]:
        """All pages that there are with these answers."""
        return pages(self.answers)

    def page(self, page_id: str) -> Page | None:
        """The page of that name, with its questions as they are now."""
        return next((page for page in self.pages if page.id == page_id), None)

    def resume(self) -> None:
        """Pass by what was answered before an interruption."""
        known = self.pages
        last = max((i for i, page in enumerate(known) if page.begun(self.answers)), default=0)
        for page in known[:last]:
            self._entered[page.id] = page.begun(self.answers)
            self._asked |= {key_of(each) for each in page.questions}
        self._entered[known[last].id] = True
        self._asked |= {
            key_of(each) for each in known[last].questions if is_answered(each, self.answers)
        }

    def pass_by(self, but: Collection[str] = ()) -> None:
        """Take all answers for given, those of a whole file, except on some pages."""
        for page in self.pages:
            self._entered[page.id] = page.id in but or page.begun(self.answers)
            if page.id not in but:
                self._asked |= {key_of(each) for each in page.questions}

    def next(self) -> tuple[Page, Question] | None:
        """The first question that was not asked yet; None at the end."""
        for page in self.pages:
            for question in page.questions:
                if key_of(question) not in self._asked and self._entered.get(page.id, True):
                    return page, question
        return None

    def gate_open(self, page: Page) -> bool | None:
        """Whether to go into a page: as was said, or None for a gate that nobody was asked at."""
        return self._entered.get(page.id, None if page.gate else True)

    def enter(self, page: Page, yes: bool) -> None:
        """Go into a page, or pass it by."""
        self._entered[page.id] = yes

    def answer(self, question: Question, given: Given) -> None:
        """Keep an answer that ``question.check`` found right."""
        self.answers = question.put(given, self.answers)
        self._asked.add(key_of(question))
        self._save(self.answers)

    def filled(self, page_id: str, given: Mapping[Key, Given]) -> Filled:
        """A page with what was typed there; what was not touched has its default.

        A version or a source decides which questions follow, and what they suggest.
        """
        answers, wrong, done = self.answers, dict[Key, Wrong](), set[Key]()
        page = _page(page_id, answers)
        while left := [each for each in page.questions if key_of(each) not in done]:
            for question in left:
                key = key_of(question)
                done.add(key)
                value = given.get(key, question.default)
                if fault := question.check(value, answers):
                    wrong[key] = fault
                    continue
                answers = question.put(value, answers)
                if question.path[-1] in FOLLOWERS:
                    page = _page(page_id, answers)
                    break
        return Filled(page, answers, wrong)

    def take(self, filled: Filled) -> None:
        """Keep the answers of a page on which nothing is wrong."""
        self.enter(filled.page, True)
        self.answers = prepared(filled.answers)
        self._asked |= {key_of(each) for each in filled.page.questions}
        self._save(self.answers)

    def again(self, page_id: str) -> None:
        """Ask one page anew, and what follows from it."""
        page = self.page(page_id)
        assert page is not None
        self._asked -= {key_of(each) for each in page.questions}
        self._entered[page_id] = True

    def finished(self, page: Page) -> bool:
        """Whether all was asked on a page, or it is passed by."""
        return self.gate_open(page) is False or all(
            key_of(each) in self._asked for each in page.questions
        )

    def concerned(self, at: KeyPath) -> Page | None:
        """The page on which the answer at ``at``, or the one nearest to it, is given."""
        best: tuple[int, Page | None] = (0, None)
        for page in self.pages:
            for question in page.questions:
                shared = _shared(_paths(question), at)
                if shared > best[0]:
                    best = (shared, page)
        return best[1]


def key_of(question: Question) -> Key:
    """What makes a question the same one, whatever its words and default are by now."""
    return question.path, question.holds


def _page(page_id: str, answers: Answered) -> Page:
    return next(page for page in pages(answers) if page.id == page_id)


def _paths(question: Question) -> Iterable[KeyPath]:
    if question.holds == "checksum":
        return [(*question.path[:-1], key) for key in ("sha256", "sha512")]
    return [question.path]


def _shared(paths: Iterable[KeyPath], at: KeyPath) -> int:
    """How far one of these paths goes the same way."""
    most = 0
    for path in paths:
        same = 0
        for mine, other in zip(path, at, strict=False):
            if mine != other:
                break
            same += 1
        most = max(most, same)
    return most
