"""Asks for a checksum; of a file that lies here it is computed, shown and compared."""

from __future__ import annotations

from pathlib import Path

from installer.cli import asking
from installer.frontend.checksums import Local, computed, local_file
from runbook.questions import Answered, Given, Question
from runbook.text import T


def ask_checksum(question: Question, answers: Answered, base: Path) -> Given:
    """The publisher's checksum, as the operator vouches for it."""
    path = local_file(question, answers, base)
    if path is None:
        return asking.ask(question, answers)
    local = computed(path)
    if not local.sums:
        asking.say(
            T("There is no file {path} yet; bring it there before you run.", path=path), "  "
        )
        return asking.ask(question, answers)
    return _compare(question, answers, local)


def _compare(question: Question, answers: Answered, local: Local) -> Given:
    if question.default in local.sums.values():
        return question.default
    asking.say(T("{path} has these checksums:", path=local.path), "  ")
    for name, digest in local.sums.items():
        asking.say(f"{name}  {digest}", "    ")
    asking.say(question.help, "  ")
    if asking.confirm(T("Does the publisher show one of them?"), False):
        return local.sums["SHA-256"]
    while True:
        given = asking.ask(question, answers)
        wrong = local.fault(given)
        if wrong is None:
            return given
        asking.complain(wrong)
        local = computed(local.path)
