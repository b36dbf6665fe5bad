"""A run that is ended from outside: what goes on on the hosts is told, and can be stopped."""

from __future__ import annotations

import io
import json
import os
import signal
import time

import pytest
from rich.console import Console

from installer.cli import show
from installer.cli.display import RunDisplay
from installer.engine import events
from installer.remote.target import Joined
from runbook.steps import RUNBOOK
from tests.engine.three_hosts import ThreeHosts
from tests.unit.cli.conftest import Run, document


def end_it_while_it_compiles(hosts: ThreeHosts, number: signal.Signals) -> None:
    def end(what: str) -> None:
        if what == "balancer: job is going on":
            os.kill(os.getpid(), number)
            time.sleep(0.3)
            raise ConnectionError

    hosts["balancer"].before = end


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_compile_that_goes_on_is_told_with_the_command_that_stops_it(
    hosts: ThreeHosts, catherd_says: Run, number: signal.Signals
) -> None:
    end_it_while_it_compiles(hosts, number)
    result = catherd_says("run", "--yes")
    assert result.exit_code == 1
    assert "It goes on by itself: httpd-2.4.68.tar.gz on balancer." in result.stdout
    assert "“catherd stop” stops it" in result.stdout
    assert list(hosts["balancer"].state.jobs.values()) == [None]
    assert [host.holder for host in hosts.hosts.values()] == [None, None, None]


def test_programs_are_told_too_and_the_next_run_takes_it_up(
    hosts: ThreeHosts, catherd_says: Run
) -> None:
    end_it_while_it_compiles(hosts, signal.SIGTERM)
    told = [json.loads(line) for line in catherd_says("run", "--yes", "--json").stdout.splitlines()]
    assert told[-1] == {
        "event": "left-running",
        "host": "balancer",
        "job": "httpd-2.4.68.tar.gz",
        "stop": "catherd stop",
    }
    hosts["balancer"].before = lambda what: None
    again = [
        json.loads(line) for line in catherd_says("run", "--yes", "--json").stdout.splitlines()
    ]
    assert [each["phase"] for each in again if each["event"] == "job-joined"] == ["make"]
    assert hosts["balancer"].state.builds == 1


def test_stop_ends_it_and_the_next_run_begins_anew(hosts: ThreeHosts, catherd_says: Run) -> None:
    end_it_while_it_compiles(hosts, signal.SIGTERM)
    catherd_says("run", "--yes")
    hosts["balancer"].before = lambda what: None
    stopped = document(catherd_says("stop", "--json"))["stopped"]
    assert [len(titles) for titles in stopped.values()] == [1, 0, 0]
    assert "tomcat1: nothing was at work." in catherd_says("stop", "--host", "tomcat1").stdout
    said = catherd_says("run", "--yes").stdout
    assert "watching it again" not in said
    assert hosts["balancer"].state.builds == 2


def test_a_run_that_joins_a_compile_says_where_it_is_and_how_long_it_has_been_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    console = Console(file=io.StringIO(), width=200)
    monkeypatch.setattr(show, "out", lambda: console)
    display = RunDisplay(RUNBOOK, live=False)
    where = Joined("make", 1234, 90.0, 45.0)
    with display:
        display.emit(events.StepStarted("httpd-build", "balancer"))
        display.emit(events.JobJoined("httpd-build", "balancer", "httpd.tar.gz", where))
        display.settle()
        lane = display._lanes["balancer"]
        assert lane.activity == "make, 1234 lines, no output for 45 s"
        display.emit(events.Output("httpd-build", "balancer", b"cc a.c\n"))
        display.settle()
        assert lane.activity == "make, 1235 lines"
    assert isinstance(console.file, io.StringIO)
    said = "↻ balancer httpd.tar.gz has been going on for 90 s; watching it again\n"
    assert console.file.getvalue() == said
