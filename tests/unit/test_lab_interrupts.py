from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from installer.lab.interrupts import in_parallel, shielded, undone_unless_finished
from installer.lab.process import run


def nothing() -> None:
    pass


def boom() -> None:
    raise ValueError("boom")


def begin(*undos: Callable[[], object], then: Callable[[], None]) -> None:
    with undone_unless_finished(nothing) as undo:
        for each in undos:
            undo.callback(each)
        then()


def test_what_is_finished_stays() -> None:
    undone: list[str] = []
    with undone_unless_finished(nothing) as undo:
        undo.callback(undone.append, "network")
    assert undone == []


def test_a_failure_is_undone_last_first_and_still_told() -> None:
    undone: list[str] = []
    with pytest.raises(ValueError, match="boom"):
        begin(partial(undone.append, "network"), partial(undone.append, "host"), then=boom)
    assert undone == ["host", "network"]


def test_an_undo_that_fails_stops_no_other_and_hides_no_reason() -> None:
    undone: list[str] = []

    def fail() -> None:
        raise OSError("gone")

    with pytest.raises(ValueError, match="boom"):
        begin(partial(undone.append, "network"), fail, then=boom)
    assert undone == ["network"]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_undoes_and_further_ones_do_not_disturb_that(sign: signal.Signals) -> None:
    undone: list[str] = []
    before = signal.getsignal(sign)

    def impatient() -> None:
        os.kill(os.getpid(), sign)
        undone.append("network")

    with pytest.raises(KeyboardInterrupt):
        begin(impatient, then=partial(os.kill, os.getpid(), sign))
    assert undone == ["network"]
    assert signal.getsignal(sign) is before


def test_a_call_that_may_not_be_hung_up_is_not() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with undone_unless_finished(nothing):
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_another_thread_leaves_signals_alone() -> None:
    failures: list[BaseException] = []

    def elsewhere() -> None:
        try:
            with undone_unless_finished(nothing), shielded():
                pass
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert failures == []


def test_all_results_come_in_order() -> None:
    assert in_parallel(lambda item, stop: item * 2, [1, 2, 3]) == [2, 4, 6]
    assert in_parallel(lambda item, stop: item, []) == []


def test_one_failure_tells_the_others_to_stop() -> None:
    def work(item: int, stop: threading.Event) -> None:
        if item == 2:
            raise ValueError("boom")
        assert stop.wait(10)

    began = time.monotonic()
    with pytest.raises(ValueError, match="boom"):
        in_parallel(work, [1, 2, 3])
    assert time.monotonic() - began < 5


def test_a_signal_that_comes_while_a_failure_is_waited_out_is_not_lost() -> None:
    both = threading.Barrier(2)

    def work(item: int, stop: threading.Event) -> None:
        both.wait()
        if item == 1:
            raise ValueError("boom")
        stop.wait(10)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.1)

    def catch_and_go_on() -> None:
        try:
            in_parallel(work, [1, 2])
        except ValueError:
            pytest.fail("went on after the signal")

    with pytest.raises(KeyboardInterrupt):
        begin(then=catch_and_go_on)


def test_a_program_is_run_without_a_shell() -> None:
    finished = run(["printf", "%s", "$HOME; true"])
    assert finished.ok
    assert finished.out == "$HOME; true"
    assert run(["cat"], input=b"\xff\n").out == "�\n"
    assert run(["cat"]).out == "", "it cannot read the terminal"


def test_its_last_words_are_the_reason() -> None:
    assert run(["sh", "-c", "echo out; echo first >&2; echo why >&2; exit 3"]).last_words == "why"
    assert run(["false"]).last_words == "exit code 1"
    missing = run(["no-such-program"])
    assert (missing.code, missing.last_words) == (127, "no-such-program: command not found")


def test_an_interruption_leaves_no_program_behind(tmp_path: Path) -> None:
    """Ctrl-C in Catherd ends the program and what it has started, and lets it clean up."""
    script = "trap 'echo cleaned > done; exit 1' TERM; sleep 60 & echo $! > pid; wait"
    code = (
        "from installer.lab.process import run\n"
        f"run(['bash', '-c', {script!r}], cwd=__import__('pathlib').Path({str(tmp_path)!r}))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as catherd:
        pid = tmp_path / "pid"
        for _ in range(200):
            if pid.exists() and pid.read_text().strip():
                break
            time.sleep(0.05)
        catherd.send_signal(signal.SIGINT)
        assert catherd.wait(15) != 0
    assert (tmp_path / "done").read_text() == "cleaned\n"
    for _ in range(100):
        if not Path(f"/proc/{pid.read_text().strip()}").exists():
            return
        time.sleep(0.05)
    pytest.fail("the program's own child lives on")
