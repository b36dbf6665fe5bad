"""Where a sitting over the answers begins: a draft, the file that is there, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from installer.frontend.answering import Answering, found_in
from installer.frontend.walking import Walk
from installer.frontend.where import Where
from runbook.errors import CatherdError
from runbook.fields.wrong import KeyPath, Wrong

Begin = Literal["", "new", "draft", "answers"]
"""What to begin with; by default the draft, else the file, else nothing."""


@dataclass
class Sitting:
    """The way through the questions, and where it began."""

    answering: Answering
    walk: Walk
    problem: CatherdError | None = None
    """Why the file that it began with could not be used as it was."""
    faults: dict[KeyPath, Wrong] = field(default_factory=dict)
    """Its faulty values, by their places."""


def begin(where: Where, how: Begin = "") -> Sitting:
    """Read what there is to begin with.

    :raises BadInput: no file can be written there
    """
    answering = Answering(where.path)
    if how == "draft" or (not how and answering.draft.exists()):
        found = found_in(answering.draft)
        walk = Walk(found.answers, answering.save)
        if found.answers:
            walk.resume()
        return Sitting(answering, walk, found.problem if not found.faults else None)
    if how == "new" or not answering.path.exists():
        return Sitting(answering, Walk({}, answering.save))
    found = found_in(answering.path)
    walk = Walk(found.answers, answering.save)
    if found.problem is not None and not found.faults:
        return Sitting(answering, walk, found.problem)
    faults = {wrong.at: wrong for wrong in found.faults}
    pages = (walk.concerned(at) for at in faults)
    walk.pass_by({page.id for page in pages if page is not None})
    return Sitting(answering, walk, found.problem, faults)
