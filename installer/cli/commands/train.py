"""``catherd train``: learn the runbook by doing it, on a practice lab."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from installer.cli.helping import Group
from installer.cli.options import as_json

if TYPE_CHECKING:
    from installer.frontend.training.trainer import Trainer
    from runbook.text import Text

name_option = click.option("--lab", "name", metavar="NAME", default="training",
                           show_default=True, help="The practice lab that is used.")  # fmt: skip


def _of(list_of: Callable[[], list[str]]) -> Callable[..., list[str]]:
    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        return [each for each in list_of() if each.startswith(incomplete)]

    return complete


def _lessons() -> list[str]:
    from runbook.training.lessons import LESSONS

    return [each.step for each in LESSONS]


def _drills() -> list[str]:
    from runbook.training.faults import DRILLS

    return [str(number) for number in range(1, len(DRILLS) + 1)]


def _documents() -> list[str]:
    from installer.frontend.training.syllabus import showable

    return list(showable())


def _say(text: Text) -> None:
    from installer.cli import show

    show.err().print(f"  {text}", style="dim", markup=False)


def _trainer(name: str) -> Trainer:
    from installer.cli.opening import AtTheTerminal, Unattended
    from installer.cli.terminal import interactive
    from installer.frontend.training.trainer import Trainer

    return Trainer(AtTheTerminal() if interactive() else Unattended(), _say, name)


@click.group(cls=Group, invoke_without_command=True,
             short_help="Learn it by doing: lessons and drills on a practice lab.")  # fmt: skip
@name_option
@click.pass_context
def train(context: click.Context, name: str) -> None:
    """Lessons, the document's mistakes before your eyes, and faults to find.

    A lesson is a step of the runbook that you do yourself, in a real shell on a practice host; the
    step's own checks judge what is there, not what was typed. A drill is a fault in a running
    cluster, as a user reports it. Without a command, a menu leads through all of it. The lab is
    started for you; the first lesson that needs an installed cluster prepares one, once.

    \b
    Examples:
      catherd train                          the menu
      catherd train lessons                  all lessons, and how far you are
      catherd train lesson jdk               bring the lab to the start of a lesson
      catherd train shell tomcat1            a shell on one of its hosts
      catherd train check                    judge what was done
      catherd train drill 1                  plant a fault
      catherd train document proxypass-slash follow the document and see what happens
    """
    if context.invoked_subcommand is not None:
        return
    from installer.cli.terminal import interactive

    if not interactive():
        click.echo(context.get_help())
        return
    from installer.cli import training

    training.menu(_trainer(name))


@train.command()
@name_option
@as_json
def lessons(name: str, json: bool) -> None:
    """List the lessons, and how far you are.

    \b
    Example:
      catherd train lessons
    """
    from installer.frontend.training import pages, progress

    _rows(pages.lesson_rows(progress.load(name)), "lessons", json)


@train.command()
@name_option
@as_json
def drills(name: str, json: bool) -> None:
    """List the drills by their symptoms, and how far you are.

    \b
    Example:
      catherd train drills
    """
    from installer.frontend.training import pages, progress

    _rows(pages.drill_rows(progress.load(name)), "drills", json)


@train.command()
@click.argument("step", shell_complete=_of(_lessons))
@name_option
def lesson(step: str, name: str) -> None:
    """Bring the lab to the start of the lesson STEP, and show what it is about.

    \b
    Examples:
      catherd train lesson preflight
      catherd train lesson server-xml
    """
    from installer.cli import training
    from runbook.text import T

    training.begin_lesson(_trainer(name), step)
    _next(T("Do it yourself: catherd train shell HOST. Then: catherd train check. "
            "Besides: question, hint, solution, watch, reset."))  # fmt: skip


@train.command()
@click.argument("number", shell_complete=_of(_drills))
@name_option
def drill(number: str, name: str) -> None:
    """Bring a running cluster about, and break it as the drill NUMBER wants it.

    \b
    Examples:
      catherd train drills       their numbers, and what a user reports
      catherd train drill 2
    """
    from installer.cli import show_training
    from installer.frontend.training import pages
    from runbook.text import T

    trainer = _trainer(name)
    show_training.page(pages.drill_page(trainer.begin_drill(number), trainer.url()))
    _next(T("Look around: catherd train shell HOST. Mended? catherd train check. "
            "Besides: hint, solution, watch, reset."))  # fmt: skip


@train.command()
@click.argument("id", required=False, shell_complete=_of(_documents))
@name_option
def document(id: str | None, name: str) -> None:
    """Follow the document where it is wrong, see what the software says, and mend it.

    Without ID, the mistakes that can be shown are listed. Exit code 1: what was seen is not what
    the erratum says, or not all is well again.

    \b
    Examples:
      catherd train document
      catherd train document proxypass-slash
    """
    from installer.cli import show_training, training
    from installer.frontend.training import pages
    from installer.frontend.training.syllabus import showable

    if id is None:
        show_training.rows(pages.document_rows(showable()))
        return
    sys.exit(0 if training.document(_trainer(name), id) else 1)


@train.command()
@name_option
@as_json
def check(name: str, json: bool) -> None:
    """Judge what was done in the lesson or drill that is under way.

    Exit code 0: all of it is right. 1: something is not.

    \b
    Example:
      catherd train check
    """
    from installer.cli import documents, training

    trainer = _trainer(name)
    found = trainer.judge()
    if json:
        wrong = [{"host": host, "check": one.check.id, "seen": str(one.verdict.seen)}
                 for host, one in found.wrong]  # fmt: skip
        failed = [{"title": str(each.title), "seen": str(each.seen)} for each in found.failed]
        documents.write({"ok": found.ok, "right": found.right, "wrong": wrong, "failed": failed,
                         "unanswered": found.unanswered})  # fmt: skip
    else:
        training.judged(trainer, found)
    sys.exit(0 if found.ok else 1)


@train.command()
@name_option
def hint(name: str) -> None:
    """Give the next hint; there are three, each stronger than the one before.

    \b
    Example:
      catherd train hint
    """
    from installer.cli import training

    training.hint(_trainer(name))


@train.command()
@click.argument("number", type=click.IntRange(1), required=False)
@click.argument("answer", type=click.IntRange(1), required=False)
@name_option
def question(number: int | None, answer: int | None, name: str) -> None:
    """Show the questions of the lesson that is under way, or answer one by the numbers.

    Exit code 1: the answer is not right.

    \b
    Examples:
      catherd train question          all questions with their answers
      catherd train question 1 2      answer the first by its second answer
    """
    from installer.cli import show
    from installer.frontend.training.syllabus import lesson_of
    from runbook.errors import BadInput
    from runbook.text import T

    trainer = _trainer(name)
    kind, id = trainer.under_way()
    if kind != "lesson":
        raise BadInput(T("A drill has no questions."))
    asked = lesson_of(id)[0].questions
    if number is None or answer is None:
        answered = trainer.progress.entry("lesson", id).answered
        for place, each in enumerate(asked, 1):
            mark = "✓" if place - 1 in answered else "·"
            show.out().print(f"{mark} {place}. {each.asked}", markup=False)
            for at, text in enumerate(each.answers, 1):
                show.out().print(f"     {at}) {text}", markup=False)
        return
    right = trainer.answer(id, number - 1, answer - 1)
    text = T("✓ Right. {why}", why=asked[number - 1].why) if right else T(
        "✗ No; think of it again.")  # fmt: skip
    show.out().print(str(text), style="green" if right else "red", markup=False)
    sys.exit(0 if right else 1)


@train.command()
@name_option
def solution(name: str) -> None:
    """Show what is still missing: as differences in a lesson, as commands in a drill.

    \b
    Example:
      catherd train solution
    """
    from installer.cli import show_training
    from installer.frontend.training import pages
    from installer.frontend.training.syllabus import fault_of

    trainer = _trainer(name)
    kind, id = trainer.under_way()
    trainer.reveal()
    if kind == "lesson":
        show_training.page(pages.tasks_page(trainer.solution(id)))
    else:
        show_training.page(pages.explanation_page(fault_of(id), trainer.commands(id)))


@train.command()
@name_option
def watch(name: str) -> None:
    """Let Catherd do what is under way: the step of a lesson, or the mending of a drill.

    \b
    Example:
      catherd train watch
    """
    from installer.cli import training

    trainer = _trainer(name)
    training.watch(trainer)
    kind, id = trainer.under_way()
    sys.exit(0 if trainer.progress.entry(kind, id).done else 1)


@train.command()
@name_option
def reset(name: str) -> None:
    """Bring the lesson or drill that is under way back to its start.

    \b
    Example:
      catherd train reset
    """
    from installer.cli import show
    from runbook.text import T

    _trainer(name).reset()
    show.out().print(str(T("✓ All is as it was at the start.")), style="green")


@train.command()
@click.argument("host")
@name_option
def shell(host: str, name: str) -> None:
    """Open a shell on HOST of the lab.

    \b
    Example:
      catherd train shell tomcat1
    """
    from installer.cli import training

    training.shell(_trainer(name), host)


@train.command()
@name_option
@as_json
def summary(name: str, json: bool) -> None:
    """Tell what was learnt: lessons, drills, time, hints.

    \b
    Example:
      catherd train summary
    """
    from dataclasses import asdict

    from installer.cli import documents, show_training
    from installer.frontend.training import pages, progress

    known = progress.load(name)
    if json:
        documents.write(asdict(known))
    else:
        show_training.page(pages.summary_page(known))


@train.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@name_option
def forget(name: str, yes: bool) -> None:
    """Forget what was learnt, and begin anew; the lab stays.

    \b
    Example:
      catherd train forget
    """
    from installer.cli import asking, show
    from installer.cli.terminal import interactive
    from installer.frontend.training import progress
    from runbook.errors import BadInput
    from runbook.text import T

    if not yes and not interactive():
        raise BadInput(T("There is no terminal to ask at"), remedy=T("Add --yes."))
    if not yes and not asking.confirm(T("Forget all lessons and drills that were done?"), False):
        return
    progress.forget(name)
    show.out().print(str(T("Forgotten.")))


def _rows(entries: list[Any], what: str, json: bool) -> None:
    from installer.cli import documents, show_training

    if json:
        documents.write({what: [{"id": row.id, "title": str(row.title), "mark": row.mark}
                                for row in entries]})  # fmt: skip
    else:
        show_training.rows(entries, named=what != "drills")


def _next(text: Text) -> None:
    from installer.cli import show

    show.out().print(f"\n{text}", style="dim", markup=False)
