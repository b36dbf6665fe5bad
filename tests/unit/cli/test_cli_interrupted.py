"""A run that is ended from outside: what goes on on the hosts is told, and can be stopped."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest

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
