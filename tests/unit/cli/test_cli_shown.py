"""How plans, checks, errors and progress look, and the JSON that stands for them."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from installer.cli import documents, show
from installer.cli.display import RunDisplay
from installer.engine import events
from installer.engine.change import Change
from installer.engine.events import Event
from installer.engine.plan import Finding, Plan, StepPlan
from runbook.check import Check, Verdict
from runbook.errors import BadInput, Failed, Faults
from runbook.step import Step
from runbook.text import T

STEP = Step(
    "it", T("Do it"), ("tomcat",), T("Why.\n\nMore."), lambda h: iter(()), lambda h: iter(())
)
CHANGE = Change(
    kind="edit",
    target="/etc/it",
    summary=T("edit {path}", path="/etc/it"),
    why="because",
    diff="--- /etc/it\n+++ /etc/it\n@@ -1 +1 @@\n-[red]old[/red]\n+new\n",
    details=(("0644 root:root", "as it must be"),),
)
CHECK = Check(
    id="runs",
    title=T("it runs"),
    probes=(),
    judge=lambda seen: Verdict(True, ""),
    expected=T("running"),
    usual_cause=T("it died"),
    remedy=T("Start it [now]."),
)
BAD = Finding(CHECK, Verdict(False, T("stopped ({detail})", detail="[bold]-")))


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What would be on a terminal that knows no colours."""
    text = io.StringIO()
    console = Console(file=text, width=200, highlight=False, soft_wrap=True)
    monkeypatch.setattr(show, "out", lambda: console)
    monkeypatch.setattr(show, "err", lambda: console)
    return text


def a_plan(
    *changes: Change, error: Failed | None = None, findings: tuple[Finding, ...] = ()
) -> Plan:
    return Plan((StepPlan(STEP, "tomcat1", changes, findings, error),))


def test_a_change_is_shown_with_reason_and_diff(screen: io.StringIO) -> None:
    show.show_plan(a_plan(CHANGE), [STEP], {})
    assert screen.getvalue() == (
        "●  1 Do it\n"
        "     tomcat1 edit /etc/it  — because\n"
        "       0644 root:root   as it must be\n"
        "       --- /etc/it\n"
        "       +++ /etc/it\n"
        "       @@ -1 +1 @@\n"
        "       -[red]old[/red]\n"
        "       +new\n"
    )


def test_what_is_known_later_says_so(screen: io.StringIO) -> None:
    show.show_change("tomcat1", replace(CHANGE, diff="", known_after="build"))
    assert "to the byte known after the step “build”; it brings:" in screen.getvalue()


def test_a_failed_check_is_shown_with_cause_and_remedy(screen: io.StringIO) -> None:
    show.show_finding("tomcat1", BAD)
    assert screen.getvalue() == (
        "     ✗ tomcat1 it runs: stopped ([bold]-)\n"
        "         expected: running\n"
        "         usual cause: it died\n"
        "         → Start it [now].\n"
    )


@pytest.mark.parametrize(
    ("verdict", "mark"),
    [
        (Verdict(True, "fine"), "✓"),
        (Verdict(False, "hm", advice=True), "!"),
        (Verdict(False, "no"), "✗"),
    ],
)
def test_verdicts_have_marks(screen: io.StringIO, verdict: Verdict, mark: str) -> None:
    show.show_finding("tomcat1", Finding(CHECK, verdict))
    assert screen.getvalue().startswith(f"     {mark} tomcat1 it runs: ")


def test_what_a_host_says_cannot_write_on_the_screen() -> None:
    assert show.first_lines("\x1b[2Jgone\x07") == "�[2Jgone�"
    assert show.first_lines("1\n2\n3\n4").splitlines()[-1].strip() == "…"


def test_an_error_has_three_lines_and_faults_have_as_many_as_they_are(screen: io.StringIO) -> None:
    show.show_error(Failed("[b]what", "where", "do this"))
    show.show_error(Faults([BadInput("one", remedy="first"), BadInput("two")]))
    assert screen.getvalue() == (
        "error: [b]what\n  where\n  → do this\nerror: one\n  → first\nerror: two\n"
    )


def test_a_step_that_cannot_be_planned_is_shown(screen: io.StringIO) -> None:
    plan = a_plan(error=Failed("no file", "tomcat1: it", "make one"))
    show.show_plan(plan, [STEP], {})
    assert "tomcat1: no file\n       → make one" in screen.getvalue()
    show.show_status(plan, "cluster", ["tomcat1"])
    assert "✗ blocked" in screen.getvalue()


def test_the_end_of_a_run_shows_the_trials(screen: io.StringIO) -> None:
    trial = events.Tried("proof", "balancer", "Failover", "kill", "200", "[503]", False, 1.0)
    show.show_end(False, 3.2, [trial])
    text = screen.getvalue()
    assert "[503]" in text
    assert "✗" in text
    assert "Not finished." in text


EVENTS: list[Event] = [
    events.StepStarted("it", "tomcat1"),
    events.ChangeStarted("it", "tomcat1", 1, 2, CHANGE),
    events.ChangeDone("it", "tomcat1", CHANGE, 0.12345),
    events.Checked("it", "tomcat1", CHECK, Verdict(False, T("stopped ({d})", d=1))),
    events.Tried("it", "tomcat1", T("Failover"), T("kill"), T("200"), T("503"), False, 1.5),
    events.StepDone("it", "tomcat1", "failed", 2.0, Failed("no", T("on {h}", h="it"), None)),
    events.StepDone("it", "tomcat2", "blocked", 0.0),
]
QUIET: list[Event] = [
    events.RunStarted("run", Plan(())),
    events.Uploading("it", "tomcat1", "jdk", 1, 2),
    events.Output("it", "tomcat1", b"\xff== make\n"),
    events.RunDone("run", True, 1.0),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_is_one_line_of_json(event: Event) -> None:
    document = documents.event(event)
    assert document is not None
    text = json.dumps(document)
    back = json.loads(text)
    assert back == document
    assert back["event"].replace("-", "") == type(event).__name__.lower()
    assert (back["step"], back["host"]) == (event.step, event.host)  # type: ignore[union-attr]


@pytest.mark.parametrize("event", QUIET, ids=lambda event: type(event).__name__)
def test_what_only_a_screen_needs_is_left_out(event: Event) -> None:
    assert documents.event(event) is None


def test_an_error_in_a_document_has_what_is_known() -> None:
    assert documents.error(None) is None
    assert documents.error(Failed("no", remedy="mend")) == {"what": "no", "remedy": "mend"}


def test_progress_without_a_terminal_is_a_line_a_step(screen: io.StringIO) -> None:
    with RunDisplay((STEP,), live=False) as display:
        for event in EVENTS[:1] + QUIET[1:3] + EVENTS[1:]:
            display.emit(event)
    lines = screen.getvalue().splitlines()
    assert lines[0].strip() == "✗ Failover: 503"
    assert lines[1].startswith("✗  1 tomcat1    Do it  2.0 s")
    assert lines[2:4] == ["       no", "       on it"]
    assert lines[4].startswith("-  1 tomcat2    Do it    not reached: something before it failed")
    assert [each.outcome for each in display.failures] == ["failed"]
    assert len(display.trials) == 1
