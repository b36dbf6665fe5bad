"""Walks through the pages of questions, keeping every answer from the moment it is given."""

from __future__ import annotations

from pathlib import Path

from installer.cli import asking
from installer.cli.checksums import ask_checksum
from installer.frontend.licences import licence_of
from installer.frontend.walking import Walk
from runbook.questions import Given, Question


class Interview:
    """The walk on a plain terminal: one question after the other."""

    def __init__(self, walk: Walk, base: Path) -> None:
        """``base``: the directory that relative paths start from."""
        self._walk, self._base = walk, base

    def walk(self) -> None:
        """Ask everything that was not asked yet; answers decide what comes next."""
        shown = ""
        while found := self._walk.next():
            page, question = found
            if page.gate is not None and self._walk.gate_open(page) is None:
                begun = page.begun(self._walk.answers)
                self._walk.enter(page, asking.confirm(page.gate, begun))
                continue
            if page.id != shown:
                shown = page.id
                asking.title(page.title)
                if page.help:
                    asking.say(page.help, "  ")
            self._walk.answer(question, self._ask(question))

    def again(self, page_id: str) -> None:
        """Ask one page anew, and what follows from it."""
        self._walk.again(page_id)
        self.walk()

    def _ask(self, question: Question) -> Given:
        if question.holds == "checksum":
            return ask_checksum(question, self._walk.answers, self._base)
        if question.holds == "licence":
            asking.page(licence_of(question, self._walk.answers, self._base))
        return asking.ask(question, self._walk.answers)
