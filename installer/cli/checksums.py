"""Asks for a checksum; of a file that lies here it is computed, shown and compared."""

from __future__ import annotations

import hashlib
from pathlib import Path

from installer.cli import asking
from runbook.fields.wrong import Wrong
from runbook.questions import Answered, Given, Question, value_at
from runbook.text import T


def ask_checksum(question: Question, answers: Answered, base: Path) -> Given:
    """The publisher's checksum, as the operator vouches for it."""
    source = str(value_at(answers, (*question.path[:-1], "source")))
    if "://" in source:
        return asking.ask(question, answers)
    path = base / Path(source).expanduser()
    try:
        sums = _sums(path)
    except OSError:
        asking.say(
            T("There is no file {path} yet; bring it there before you run.", path=path), "  "
        )
        return asking.ask(question, answers)
    return _compare(question, answers, path, sums)


def _compare(question: Question, answers: Answered, path: Path, sums: dict[str, str]) -> Given:
    if question.default in sums.values():
        return question.default
    asking.say(T("{path} has these checksums:", path=path), "  ")
    for name, digest in sums.items():
        asking.say(f"{name}  {digest}", "    ")
    asking.say(question.help, "  ")
    if asking.confirm(T("Does the publisher show one of them?"), False):
        return sums["SHA-256"]
    while True:
        given = asking.ask(question, answers)
        digest = str(given).split()[0].lower()
        if digest in sums.values():
            return given
        asking.complain(
            Wrong(
                T("The file has another checksum: it is damaged, or not the publisher's"),
                T("Download it again, or press Ctrl-C and come back with the right file"),
            )
        )
        sums = _sums(path)


def _sums(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        sha256, sha512 = hashlib.sha256(), hashlib.sha512()
        while block := file.read(1 << 20):
            sha256.update(block)
            sha512.update(block)
    return {"SHA-256": sha256.hexdigest(), "SHA-512": sha512.hexdigest()}
