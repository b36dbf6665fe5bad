"""Judges: what was seen in, a verdict and its words out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.check import Judge, Seen
from runbook.judges import (
    answers,
    exists,
    is_current,
    runs,
    shows,
    starts_at_boot,
    succeeds,
    values,
)
from runbook.probes import (
    Answer,
    Facts,
    FileAt,
    FileState,
    Http,
    NotAsked,
    Output,
    Probe,
    Reply,
    ServiceAt,
    ServiceState,
    Sh,
)

SH, FILE, SERVICE, PAGE = Sh("it"), FileAt("/it"), ServiceAt("it", ("/conf",)), Http(80)


def judged(judge: Judge, probe: Probe, answer: Answer) -> tuple[bool, str]:
    facts = Facts()
    facts.update({probe: answer})
    verdict = judge(Seen(facts))
    assert not verdict.advice
    return verdict.ok, str(verdict.seen)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (Output(0, b" fine \n"), (True, "fine")),
        (Output(0), (True, "exit code 0")),
        (Output(1, b"no such thing"), (False, "no such thing")),
        (Output(127), (False, "exit code 127")),
        (Output(1, b"\xff"), (False, "�")),
    ],
)
def test_succeeds(output: Output, expected: tuple[bool, str]) -> None:
    assert judged(succeeds(SH), SH, output) == expected


@pytest.mark.parametrize(
    ("pattern", "output", "expected"),
    [
        (r"Apache/2\.4\.6\b", Output(0, b"Server: Apache/2.4.6 (Unix)"), True),
        (r"Apache/2\.4\.6\b", Output(0, b"Server: Apache/2.4.68"), False),
        (r"^two$", Output(0, b"one\ntwo\nthree"), True),
        (r"two", Output(1, b"two"), False),
        (r"(?s)one.*three", Output(0, b"one\ntwo\nthree"), True),
        (r"x", Output(0), False),
    ],
)
def test_shows(pattern: str, output: Output, expected: bool) -> None:
    ok, seen = judged(shows(SH, pattern), SH, output)
    assert ok is expected
    assert seen == (output.text or "nothing, exit code 0")


def test_a_program_that_is_missing_is_told_in_no_shells_words() -> None:
    missing = Output(127, b"sh: 1: eval: /usr/local/apache/bin/httpd: not found")
    assert judged(shows(SH, "Apache"), SH, missing) == (False, "there is no such program")


@pytest.mark.parametrize("kind", ["file", "directory", "link", "other"])
def test_exists(kind: str) -> None:
    assert judged(exists(FILE), FILE, FileState(kind)) == (True, "/it")  # type: ignore[arg-type]
    assert judged(exists(FILE), FILE, FileState()) == (False, "nothing there")


@pytest.mark.parametrize(
    ("state", "boot", "running", "current"),
    [
        (ServiceState(), "no such service", "stopped (-)", "it is"),
        (
            ServiceState(True, detail="failed (Result: exit-code)"),
            "does not start at boot",
            "stopped (failed (Result: exit-code))",
            "it is",
        ),
        (ServiceState(True, True, True, 7), "starts at boot", "running, process 7", "it is"),
        (
            ServiceState(True, False, True, 7, stale=True),
            "does not start at boot",
            "running, process 7",
            "a restart is owed",
        ),
    ],
)
def test_services(state: ServiceState, boot: str, running: str, current: str) -> None:
    assert judged(starts_at_boot(SERVICE), SERVICE, state) == (state.enabled, boot)
    assert judged(runs(SERVICE), SERVICE, state) == (state.running, running)
    assert judged(is_current(SERVICE), SERVICE, state) == (not state.stale, current)


@pytest.mark.parametrize(
    ("statuses", "reply", "expected"),
    [
        ((), Reply(200), (True, "HTTP status 200")),
        ((), Reply(404), (True, "HTTP status 404")),
        ((), Reply(503), (False, "HTTP status 503")),
        ((), Reply(0, error="refused"), (False, "refused")),
        ((403,), Reply(403), (True, "HTTP status 403")),
        ((403,), Reply(200), (False, "HTTP status 200")),
        ((403,), Reply(0, error="timed out"), (False, "timed out")),
        ((200, 503), Reply(503), (True, "HTTP status 503")),
    ],
)
def test_answers(statuses: tuple[int, ...], reply: Reply, expected: tuple[bool, str]) -> None:
    assert judged(answers(PAGE, *statuses), PAGE, reply) == expected


def test_a_fact_that_nobody_asked_for_is_named() -> None:
    with pytest.raises(NotAsked) as caught:
        succeeds(SH)(Seen(Facts()))
    assert caught.value.args == (SH,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1\nb=2", {"a": "1", "b": "2"}),
        (" a = 1 \nno pair\n\nb=", {"a": "1", "b": ""}),
        ("a=b=c", {"a": "b=c"}),
        ("a=1\na=2", {"a": "2"}),
        ('JAVA_VERSION="17"', {"JAVA_VERSION": '"17"'}),
        ("", {}),
    ],
)
def test_values(text: str, expected: dict[str, str]) -> None:
    assert values(text) == expected


@given(st.text())
def test_values_take_any_text(text: str) -> None:
    for key, value in values(text).items():
        assert key == key.strip()
        assert value == value.strip()
