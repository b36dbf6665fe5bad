"""The licence that an installer shows, for the question whether it is accepted."""

from __future__ import annotations

from pathlib import Path

from installer.frontend.checksums import local_file
from runbook.harmless import harmless
from runbook.questions import Answered, Question, value_at
from runbook.text import T, Text


def licence_of(question: Question, answers: Answered, base: Path) -> Text:
    """The text of the file that the answers name, or why it cannot be shown."""
    from installer.depot.depot import Depot
    from installer.depot.installers import licence

    path = local_file(question, answers, base)
    if path is not None:
        try:
            found = licence(path)
        except OSError:
            return T("There is no file {path} yet, so its licence cannot be shown.", path=path)
    else:
        sums = (value_at(answers, (*question.path[:-1], key)) for key in ("sha256", "sha512"))
        cached = Depot().licence(*sums)
        if cached is None:
            return T(
                "The file is not on this machine yet, so its licence cannot be shown: read it at "
                "the publisher's, or download the file and give its path."
            )
        found = cached
    return harmless(found) or T("No licence was found in the file: read it at the publisher's.")
