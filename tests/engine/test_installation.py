"""The whole runbook on three hosts in memory: from bare to proved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runbook.errors import Faults, Unreachable
from runbook.steps import RUNBOOK
from tests.engine.given import ANSWERS, RICH
from tests.engine.three_hosts import ThreeHosts

pytestmark = pytest.mark.usefixtures("without_trials")

TWO_EACH = [
    ANSWERS["hosts"][0],
    {**ANSWERS["hosts"][1], "instances": [{"name": "a"}, {"name": "b"}]},
    {
        **{key: value for key, value in ANSWERS["hosts"][2].items() if key != "loadfactor"},
        "instances": [{"name": "a"}, {"name": "b", "loadfactor": 2}],
    },
]
OTHERS: dict[str, dict[str, Any]] = {
    "as answered at first": {},
    "rich": RICH,
    "multicast": {"options": {"membership": "multicast", "lbmethod": "bybusyness"}},
    "two Tomcats on each host": {"hosts": TWO_EACH},
    "without health checks": {"options": {"health_checks": False}},
}


@pytest.mark.parametrize("answers", OTHERS.values(), ids=OTHERS)
def test_bare_hosts_become_a_cluster(tmp_path: Path, answers: dict[str, Any]) -> None:
    hosts = ThreeHosts(tmp_path, answers)
    ran = hosts.run()
    assert ran.errors() == []
    assert ran.ok
    assert set(ran.outcomes().values()) <= {"done", "unchanged"}
    assert {step for step, _ in ran.outcomes()} == {step.id for step in RUNBOOK}
    assert {pair for pair, outcome in ran.outcomes().items() if outcome == "unchanged"} == {
        ("preflight", "tomcat1"),
        ("preflight", "tomcat2"),
        ("check", "balancer"),
        ("check", "tomcat1"),
        ("check", "tomcat2"),
    }
    assert ran.plan.of("proof", "balancer")
    services = [("balancer", "httpd")]
    services += [(node.host, node.service) for node in hosts.cluster.nodes]
    for name, service in services:
        state = hosts[name].service(service)
        assert state.running
        assert state.enabled


@pytest.mark.parametrize("answers", OTHERS.values(), ids=OTHERS)
def test_a_second_look_costs_one_round_trip_and_finds_nothing(
    tmp_path: Path, answers: dict[str, Any]
) -> None:
    hosts = ThreeHosts(tmp_path, answers)
    assert hosts.run().ok
    before = {name: host.surveys for name, host in hosts.hosts.items()}
    plan = hosts.plan()
    assert {name: host.surveys - before[name] for name, host in hosts.hosts.items()} == {
        "balancer": 1,
        "tomcat1": 1,
        "tomcat2": 1,
    }
    assert plan.needed == ()
    assert len(plan.steps) == 26


def test_a_second_run_changes_nothing(hosts: ThreeHosts) -> None:
    assert hosts.run().ok
    before, changes = hosts.states(), [len(host.log) for host in hosts.hosts.values()]
    ran = hosts.run()
    assert ran.ok
    assert set(ran.outcomes().values()) == {"unchanged"}
    assert hosts.states() == before
    assert [len(host.log) for host in hosts.hosts.values()] == changes


def test_tomcats_are_started_one_after_the_other_and_apache_last(hosts: ThreeHosts) -> None:
    order: list[str] = []
    for host in hosts.hosts.values():
        host.before = order.append
    assert hosts.run().ok
    starts = [each for each in order if "SetService" in each]
    begun = [each.split(":")[0] for each in starts if "done" not in each][-3:]
    assert begun == ["tomcat1", "tomcat2", "balancer"]
    assert order.index(starts[-1]) > order.index("balancer: job is over")


def test_all_hosts_that_cannot_be_reached_are_named(hosts: ThreeHosts) -> None:
    def away(*_: object) -> None:
        raise Unreachable("no answer")

    for name in ("tomcat1", "tomcat2"):
        hosts[name].survey = away  # type: ignore[assignment,method-assign]
    with pytest.raises(Faults) as caught:
        hosts.plan()
    assert len(caught.value.faults) == 2
    assert caught.value.exit_code == Unreachable.exit_code
