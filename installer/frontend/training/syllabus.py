"""What there is to learn, by its names: lessons, drills, and the mistakes of the document."""

from __future__ import annotations

from installer.frontend.training.progress import Kind
from runbook.errata import catalogue
from runbook.errors import BadInput
from runbook.step import Step
from runbook.steps import RUNBOOK
from runbook.text import T, Text, listed
from runbook.training.fault import Fault, explained
from runbook.training.faults import DRILLS, FAULTS
from runbook.training.lesson import Lesson
from runbook.training.lessons import LESSONS


def lesson_of(step: str) -> tuple[Lesson, Step]:
    """A lesson and its step.

    :raises BadInput: there is none of that name
    """
    for lesson in LESSONS:
        if lesson.step == step:
            return lesson, next(each for each in RUNBOOK if each.id == step)
    raise BadInput(
        T("There is no lesson {name}.", name=step),
        remedy=T("There are: {names}", names=listed(each.step for each in LESSONS)),
    )


def drill_of(id: str) -> Fault:
    """A drill, by its name or, as that would give it away, by its number.

    :raises BadInput: there is none of that name
    """
    for number, fault in enumerate(DRILLS, 1):
        if id in (fault.id, str(number)):
            return fault
    raise BadInput(
        T("There is no drill {name}.", name=id),
        remedy=T("They are numbered from 1 to {last}: catherd train drills", last=len(DRILLS)),
    )


def hints_of(kind: Kind, id: str) -> tuple[Text, ...]:
    """The hints of a lesson or a drill, each stronger than the one before."""
    if kind == "lesson":
        return lesson_of(id)[0].hints
    drill = drill_of(id).drill
    assert drill is not None
    return drill.hints


def fault_of(id: str) -> Fault:
    """A fault that is known to be there."""
    return next(each for each in FAULTS if each.id == id)


def shown_of(id: str) -> Fault:
    """The fault that shows a mistake of the document.

    :raises BadInput: none does
    """
    fitting = [each for each in FAULTS if each.shown is not None and id in each.errata]
    if fitting:
        return min(fitting, key=lambda each: each.errata.index(id))
    raise BadInput(
        T("The mistake {name} cannot be shown on the lab.", name=id)
        if id in catalogue()
        else T("There is no erratum {name}.", name=id),
        remedy=T("These can: {names}", names=listed(showable())),
    )


def showable() -> tuple[str, ...]:
    """Mistakes of the document that can be shown, in its order."""
    shown = {id for each in FAULTS if each.shown is not None for id in each.errata}
    return tuple(id for id in catalogue() if id in shown)


def explanation(fault: Fault) -> tuple[Text, ...]:
    """What it was, for afterwards."""
    return tuple(explained(fault, {id: erratum for id, (_, erratum) in catalogue().items()}))
