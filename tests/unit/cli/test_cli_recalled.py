"""What commands tell of the time before: where the last run stopped, what is other since."""

from __future__ import annotations

import json
import re

import pytest

from runbook.cluster import Cluster
from tests.engine.given import ANSWERS, RICH
from tests.engine.memory_host import Crash
from tests.engine.three_hosts import ThreeHosts
from tests.unit.cli.conftest import Run, document

TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")


def timeless(text: str) -> str:
    return TIME.sub("THEN", text)


def answer_anew(hosts: ThreeHosts) -> None:
    given = {**ANSWERS, **RICH, "options": {**RICH["options"], "lbmethod": "bytraffic"}}
    hosts.cluster = Cluster.model_validate(given)


def killed(hosts: ThreeHosts, catherd_says: Run, host: str, at: str) -> None:
    def die(what: str) -> None:
        if what.startswith(f"{host}: {at}"):
            raise Crash(what)

    hosts[host].before = die
    with pytest.raises(Crash):
        catherd_says("run", "--yes")
    hosts[host].before = lambda what: None


def test_a_first_run_tells_nothing_of_the_past(hosts: ThreeHosts, catherd_says: Run) -> None:
    for words in (("plan",), ("run", "--yes")):
        said = catherd_says(*words).stdout
        assert "last run" not in said
        assert not TIME.search(said)


def test_changed_answers_are_shown_with_the_steps_they_concern(
    hosts: ThreeHosts, catherd_says: Run
) -> None:
    assert catherd_says("run", "--yes").exit_code == 0
    answer_anew(hosts)
    shown = timeless(catherd_says("plan").stdout)
    assert "cluster.toml has changed since the last run, THEN:" in shown
    assert "  options.lbmethod: byrequests → bytraffic\n" in shown
    assert "balancer done THEN; cluster.toml says something else now\n" in shown
    plan = document(catherd_says("plan", "--json"))
    assert plan["changed_answers"] == [
        {"path": "options.lbmethod", "before": "byrequests", "now": "bytraffic"}
    ]
    why = {(each["step"], each["why"]) for each in plan["due_again"]}
    assert {("modproxy", "answers"), ("start-httpd", "follows")} <= why
    said = timeless(catherd_says("run", "--yes").stdout)
    assert "11 Configure the balancer (balancer): done THEN; cluster.toml says" in said
    assert "has changed" not in catherd_says("status").stdout


def test_a_killed_run_is_told_and_continued(hosts: ThreeHosts, catherd_says: Run) -> None:
    killed(hosts, catherd_says, "tomcat2", "WriteFile /usr/local/tomcat/conf/server.xml")
    status = timeless(catherd_says("status").stdout)
    place = "in step 8 “Make each Tomcat a node of the cluster” on tomcat2"
    assert place in status
    told = [json.loads(line) for line in catherd_says("run", "--yes", "--json").stdout.splitlines()]
    assert told[0]["event"] == "run-started"
    stopped = {(each["step"], each["host"]) for each in told[0]["last_run"]["stopped_in"]}
    assert ("server-xml", "tomcat2") in stopped
    assert ("server-xml", "tomcat2", "interrupted") in {
        (each["step"], each["host"], each["why"]) for each in told[0]["due_again"]
    }
    assert "succeeded" in catherd_says("status").stdout


def test_a_failed_run_is_told_with_its_error(hosts: ThreeHosts, catherd_says: Run) -> None:
    hosts["tomcat1"].broken.add("tomcat")
    assert catherd_says("run", "--yes").exit_code == 1
    hosts["tomcat1"].broken.clear()
    said = timeless(catherd_says("run", "--yes").stdout)
    assert "failed in step 12 “Start the Tomcats” on tomcat1: The service tomcat did not" in said


def test_drift_is_told(hosts: ThreeHosts, catherd_says: Run) -> None:
    assert catherd_says("run", "--yes").exit_code == 0
    hosts["tomcat1"].files.put("/etc/profile", b"# mine\n")
    said = timeless(catherd_says("status").stdout)
    assert "(tomcat1): done THEN; the host has changed since, not by Catherd" in said


def test_answers_that_change_nothing_are_told_once(hosts: ThreeHosts, catherd_says: Run) -> None:
    """How this machine reaches a host changes no host; a run with nothing to do takes note."""
    assert catherd_says("run", "--yes").exit_code == 0
    node = {**ANSWERS["hosts"][1], "ssh": {"port": 2222}}
    given = {**ANSWERS, **RICH, "hosts": [ANSWERS["hosts"][0], node, ANSWERS["hosts"][2]]}
    hosts.cluster = Cluster.model_validate(given)
    assert "hosts.tomcat1.ssh.port: (none) → 2222" in catherd_says("plan").stdout
    assert "Nothing to do" in catherd_says("run", "--yes").stdout
    assert "2222" not in catherd_says("plan").stdout
