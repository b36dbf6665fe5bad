"""What becomes of long work on the hosts when the operator stops a run."""

from __future__ import annotations

from installer.cli import documents, show
from installer.cli.endings import Leaving
from installer.cli.terminal import interactive
from installer.engine.run import Runner
from installer.frontend.session import Session
from runbook.text import T


def abandon(runner: Runner) -> None:
    """Begin nothing more and let what is under way end whole; a second Ctrl-C does not wait."""
    if interactive():
        show.out().print(str(T("Ending what is under way. Ctrl-C again leaves at once.")))
    try:
        runner.abandon()
    except KeyboardInterrupt:
        raise Leaving from None


def leave_or_stop(session: Session, runner: Runner) -> None:
    """Ask whether what was started on the hosts goes on there; a second Ctrl-C leaves it."""
    if not (titles := _titles(runner)):
        return
    import questionary

    go_on = questionary.Choice(str(T("Let it go on; the next run takes it up")), "leave")
    end = questionary.Choice(str(T("Stop it; the next run begins it anew")), "stop")
    question = str(T("Still at work: {titles}", titles=titles))
    if questionary.select(question, choices=[go_on, end]).ask() == "stop":
        for host in runner.jobs:
            show_stopped(host, session.targets[host].stop_jobs())
    else:
        leave(session, runner)


def leave(session: Session, runner: Runner) -> None:
    """Say what goes on on the hosts, and how it is stopped."""
    if titles := _titles(runner):
        text = T(
            "It goes on by itself: {titles}. The next run takes it up; “{command}” stops it.",
            titles=titles,
            command=session.command("stop"),
        )
        show.out().print(str(text))


def leave_json(session: Session, runner: Runner) -> None:
    """The same for programs."""
    for host, job in runner.jobs.items():
        place = {"host": host, "job": job.title, "stop": session.command("stop")}
        documents.write({"event": "left-running", **place}, compact=True)


def show_stopped(host: str, titles: list[str]) -> None:
    """Say what was ended on a host."""
    if not titles:
        show.out().print(str(T("{host}: nothing was at work.", host=host)))
    for title in titles:
        text = T("{host}: {title} was stopped; no process of it is left.", host=host, title=title)
        show.out().print(str(text))


def _titles(runner: Runner) -> str:
    titles = (T("{title} on {host}", title=job.title, host=h) for h, job in runner.jobs.items())
    return str(T("; ")).join(str(title) for title in titles)
