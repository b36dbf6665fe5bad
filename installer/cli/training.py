"""Training on a plain terminal, from one menu to the next; the trainer does the work."""

from __future__ import annotations

from collections.abc import Callable

from installer.cli import asking, show, show_training
from installer.cli.display import RunDisplay
from installer.frontend.training import NO_MORE_HINTS, WELCOME, pages, shells
from installer.frontend.training.syllabus import drill_of, fault_of, lesson_of, showable
from installer.frontend.training.trainer import Judgement, Trainer
from runbook.errors import CatherdError
from runbook.steps import RUNBOOK
from runbook.text import T, Text
from runbook.training.lesson import Lesson
from runbook.training.lessons import LESSONS


def shell(trainer: Trainer, host: str) -> None:
    """A shell on a host, until it is left; what sudo wants to hear is told first."""
    words, notes = trainer.shell(host)
    for note in notes:
        show.out().print(str(note), style="yellow", markup=False)
    shells.stay(trainer.room.name, host, words)


def judged(trainer: Trainer, found: Judgement) -> None:
    """What the checks said, and the explanation of a drill that is done."""
    kind, id = trainer.under_way()
    entry = trainer.progress.entry(kind, id)
    show_training.page(pages.judgement_page(found, kind))
    if entry.done:
        show_training.page(pages.done_page(entry))
        if kind == "drill":
            show_training.page(pages.explanation_page(fault_of(id), trainer.commands(id)))


def hint(trainer: Trainer) -> None:
    """The next hint."""
    given = trainer.hint()
    if given is None:
        show.out().print(str(NO_MORE_HINTS))
        return
    number, text = given
    show.out().print(str(T("Hint {number} of 3: {text}", number=number, text=text)),
                     style="yellow", markup=False)  # fmt: skip


def begin_lesson(trainer: Trainer, step: str) -> None:
    """Bring the lab to its start and show its page."""
    _, described = trainer.begin_lesson(step)
    show_training.page(pages.lesson_page(described, trainer.solution(step)))


def watch(trainer: Trainer) -> None:
    """Let Catherd do what is under way."""
    kind, id = trainer.under_way()
    if kind == "drill":
        judged(trainer, trainer.show_mending(id))
        return
    with RunDisplay(RUNBOOK, live=show.out().is_terminal) as display:
        found = trainer.watch(id, display.emit)
    judged(trainer, found)


def document(trainer: Trainer, id: str) -> bool:
    """Follow the document, see what happens, mend it; whether all is well again."""
    fault, told = trainer.follow(id)
    show_training.page(pages.followed_page(id, fault, told))
    left = trainer.make_good(fault)
    show_training.page([pages.mended(left)])
    return told.as_told and not left


# Menus


def menu(trainer: Trainer) -> None:
    """The first menu, until somebody leaves."""
    asking.say(WELCOME)
    while True:
        choices: dict[str, Text] = {}
        if trainer.progress.kind is not None:
            choices["on"] = T("Go on with “{name}”", name=trainer.title())
        choices |= {
            "lessons": T("Lessons: do each step of the runbook yourself"),
            "drills": T("Drills: find and mend a fault"),
            "document": T("What if we follow the document?"),
            "summary": T("What have I learnt?"),
            "leave": T("Leave"),
        }
        match asking.choose(T("What would you like to do?"), choices, _likely(trainer)):
            case "on":
                _tried(lambda: _go_on(trainer))
            case "lessons":
                _pick(trainer, pages.lesson_rows(trainer.progress), _lesson)
            case "drills":
                _pick(trainer, pages.drill_rows(trainer.progress), _drill)
            case "document":
                _pick(trainer, pages.document_rows(showable()), document)
            case "summary":
                show_training.page(pages.summary_page(trainer.progress))
            case _:
                show_training.page(pages.summary_page(trainer.progress))
                return


def _likely(trainer: Trainer) -> str:
    kind = trainer.progress.kind
    if kind is None or trainer.progress.entry(kind, trainer.progress.current).done:
        return "lessons"
    return "on"


def _pick(trainer: Trainer, rows: list[pages.Row], then: Callable[[Trainer, str], object]) -> None:
    choices: dict[str, Text] = {
        row.id: f"{row.mark} {row.title}" + (f"  ({row.note})" if row.note else "") for row in rows
    }
    first = next((row.id for row in rows if row.mark != "✓"), rows[0].id)
    chosen = asking.choose(T("Which one?"), {**choices, "back": T("Back")}, first)
    if chosen != "back" and _given_up(trainer):
        _tried(lambda: then(trainer, chosen))


def _given_up(trainer: Trainer) -> bool:
    """Whether what is under way, and not done, may be given up."""
    if not trainer.progress.unfinished:
        return True
    text = T("“{name}” is not done: what was done on the hosts is gone then. Go on?",
             name=trainer.title())  # fmt: skip
    return asking.confirm(text, False)


def _tried(act: Callable[[], object]) -> None:
    """An error is told, and the menu comes again."""
    try:
        act()
    except CatherdError as error:
        show.show_error(error)


def _go_on(trainer: Trainer) -> None:
    kind, id = trainer.under_way()
    trainer.go_on()
    if kind == "lesson":
        lesson, step = lesson_of(id)
        show_training.page(pages.lesson_page(step, trainer.solution(id)))
        _in_lesson(trainer, lesson)
    else:
        show_training.page(pages.drill_page(drill_of(id), trainer.url()))
        _in_drill(trainer)


def _lesson(trainer: Trainer, step: str) -> None:
    while step:
        begin_lesson(trainer, step)
        step = _in_lesson(trainer, lesson_of(step)[0])


def _in_lesson(trainer: Trainer, lesson: Lesson) -> str:
    """Until the lesson is left; the next one's name where one goes on with it."""
    ids = [each.step for each in LESSONS]
    following = ids[ids.index(lesson.step) + 1 :][:1]
    chosen = ""
    while True:
        entry = trainer.progress.entry("lesson", lesson.step)
        choices: dict[str, Text] = {}
        if entry.done and following:
            choices["next"] = T("Next lesson: {name}", name=lesson_of(following[0])[1].title)
        if len(entry.answered) < len(lesson.questions):
            choices["ask"] = T("Answer the questions")
        choices |= _shells(trainer, lesson.step)
        choices |= {
            "check": T("Check what I did"),
            "hint": T("A hint"),
            "solution": T("Show what is still missing, as a difference"),
            "watch": T("Let Catherd do it, and watch"),
            "reset": T("Back to the start of the lesson"),
            "back": T("Back to the menu"),
        }
        chosen = asking.choose(T("And now?"), choices, _after(chosen))
        if chosen == "back":
            return ""
        if chosen == "next":
            return following[0]
        if chosen == "ask":
            if _ask(trainer, lesson):
                _tried(lambda: judged(trainer, trainer.judge()))
        elif chosen == "solution":
            trainer.reveal()
            _tried(lambda: show_training.page(pages.tasks_page(trainer.solution(lesson.step))))
        else:
            _tried(lambda chosen=chosen: _common(trainer, chosen))  # type: ignore[misc]


def _in_drill(trainer: Trainer) -> None:
    chosen = ""
    while True:
        done = trainer.progress.entry(*trainer.under_way()).done
        choices: dict[str, Text] = {} if not done else {"back": T("Back to the menu")}
        choices |= _shells(trainer)
        choices |= {
            "check": T("I think it is mended: check"),
            "hint": T("A hint"),
            "watch": T("I give up: show me"),
            "reset": T("Break it again"),
            "back": T("Back to the menu"),
        }
        chosen = asking.choose(T("And now?"), choices, _after(chosen))
        if chosen == "back":
            return
        _tried(lambda chosen=chosen: _common(trainer, chosen))  # type: ignore[misc]


def _after(chosen: str) -> str | None:
    """What somebody is likely to want next: a judgement, once a shell is left."""
    return "check" if chosen.startswith("shell ") else None


def _common(trainer: Trainer, chosen: str) -> None:
    what, _, host = chosen.partition(" ")
    if what == "shell":
        shell(trainer, host)
    elif what == "check":
        judged(trainer, trainer.judge())
    elif what == "hint":
        hint(trainer)
    elif what == "watch":
        watch(trainer)
    elif what == "reset":
        if not asking.confirm(T("What was done on the hosts is gone then. Go on?"), False):
            return
        trainer.reset()
        show.out().print(str(T("✓ All is as it was at the start.")), style="green")


def _drill(trainer: Trainer, id: str) -> None:
    show_training.page(pages.drill_page(trainer.begin_drill(id), trainer.url()))
    _in_drill(trainer)


def _shells(trainer: Trainer, step: str = "") -> dict[str, Text]:
    return {f"shell {name}": T("Open a shell on {host}", host=name) for name in trainer.hosts(step)}


def _ask(trainer: Trainer, lesson: Lesson) -> bool:
    """Ask until all is answered, or somebody would rather look again first."""
    entry = trainer.progress.entry("lesson", lesson.step)
    for number, question in enumerate(lesson.questions):
        while number not in entry.answered:
            answers: dict[str, Text] = {str(n): text for n, text in enumerate(question.answers)}
            chosen = asking.choose(question.asked, {**answers, "later": T("Later")})
            if chosen == "later":
                return False
            right = trainer.answer(lesson.step, number, int(chosen))
            if right:
                show.out().print(str(T("✓ Right. {why}", why=question.why)), style="green")
            else:
                show.out().print(str(T("✗ No; think of it again.")), style="red")
    return True
