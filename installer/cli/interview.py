"""Walks through the pages of questions, keeping every answer from the moment it is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from installer.cli import asking
from installer.cli.checksums import ask_checksum
from runbook.pages import pages, prepared
from runbook.questions import Answered, Given, Page, Question, is_answered

Key = tuple[object, ...]


class Interview:
    """The answers so far, and which questions have been asked."""

    def __init__(
        self, answers: Answered, base: Path, save: Callable[[Answered], None] = lambda _: None
    ) -> None:
        """``base``: the directory that relative paths start from."""
        self.answers: dict[str, Any] = prepared(answers)
        self._base, self._save = base, save
        self._asked: set[Key] = set()
        self._entered: dict[str, bool] = {}

    def resume(self) -> None:
        """Pass by what was answered before an interruption."""
        known = pages(self.answers)
        last = max((i for i, page in enumerate(known) if page.begun(self.answers)), default=0)
        for page in known[:last]:
            self._entered[page.id] = page.begun(self.answers)
            self._asked |= {_key(each) for each in page.questions}
        self._entered[known[last].id] = True
        self._asked |= {
            _key(each) for each in known[last].questions if is_answered(each, self.answers)
        }

    def walk(self) -> None:
        """Ask everything that was not asked yet; answers decide what comes next."""
        shown = ""
        while found := self._next():
            page, question = found
            if page.gate is not None and page.id not in self._entered:
                self._entered[page.id] = asking.confirm(page.gate, page.begun(self.answers))
                continue
            if page.id != shown:
                shown = page.id
                asking.title(page.title)
                if page.help:
                    asking.say(page.help, "  ")
            self.answers = question.put(self._ask(question), self.answers)
            self._asked.add(_key(question))
            self._save(self.answers)

    def again(self, page_id: str) -> None:
        """Ask one page anew, and what follows from it."""
        page = next(page for page in pages(self.answers) if page.id == page_id)
        self._asked -= {_key(each) for each in page.questions}
        self._entered[page_id] = True
        self.walk()

    def _next(self) -> tuple[Page, Question] | None:
        for page in pages(self.answers):
            for question in page.questions:
                if _key(question) not in self._asked and self._entered.get(page.id, True):
                    return page, question
        return None

    def _ask(self, question: Question) -> Given:
        if question.holds == "checksum":
            return ask_checksum(question, self.answers, self._base)
        return asking.ask(question, self.answers)


def _key(question: Question) -> Key:
    return question.path, question.holds
