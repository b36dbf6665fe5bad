"""The plan on paper: everything there is to do, no host asked, no secret in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from installer.engine.plan import Plan
from installer.export.paper import on_paper, plan_on_paper
from runbook.actions import Edit, Run
from runbook.cluster import Cluster
from runbook.steps import RUNBOOK
from tests.engine.given import ANSWERS
from tests.engine.three_hosts import ThreeHosts

SECRETS = {"options": {"members": "ajp", "encrypt": True}}


def paper(place: Path, **answers: object) -> Plan:
    installation = ThreeHosts(place, answers).installation()
    for target in installation.targets.values():
        target.survey = None  # type: ignore[method-assign,assignment]
    return plan_on_paper(on_paper(installation), "by-hand")


def test_every_action_of_every_step_is_in_it(tmp_path: Path) -> None:
    plan = paper(tmp_path)
    assert {each.step.id for each in plan.steps} == {step.id for step in RUNBOOK}
    kinds = {change.kind for each in plan.steps for change in each.changes}
    assert kinds == {"run", "build", "put", "edit", "unpack", "service", "account", "prove"}
    assert all(change.action for each in plan.steps for change in each.changes)


def test_a_file_of_the_distribution_stays_open(tmp_path: Path) -> None:
    profile = paper(tmp_path).of("profile", "tomcat1")
    assert profile is not None
    (change,) = profile.changes
    assert change.known_after == ""
    assert not change.operations


def test_a_file_of_a_build_names_the_step_and_its_lines(tmp_path: Path) -> None:
    conf = paper(tmp_path).of("httpd-conf", "balancer")
    assert conf is not None
    (change,) = conf.changes
    assert change.known_after == "httpd-build"
    assert isinstance(change.action, Edit)
    assert change.action.lines


def test_what_is_missing_is_found_on_the_host(tmp_path: Path) -> None:
    preflight = paper(tmp_path).of("preflight", "balancer")
    assert preflight is not None
    (change,) = preflight.changes
    assert isinstance(change.action, Run)
    assert "apt-get" in change.target
    assert "dnf" in change.target
    assert not change.undo
    assert str(change.no_undo_because)


def test_words_stand_for_secrets(tmp_path: Path) -> None:
    plan = paper(tmp_path, **SECRETS)
    server_xml = plan.of("server-xml", "tomcat1")
    assert server_xml is not None
    assert 'secret="@ajp@"' in server_xml.changes[-1].diff
    assert 'encryptionKey="@replication@"' in server_xml.changes[-1].diff


def test_the_jdk_of_a_distribution_is_where_debian_has_it(tmp_path: Path) -> None:
    installation = ThreeHosts(tmp_path).installation()
    software = {**ANSWERS["software"], "jdk": {"version": "17", "source": "package"}}
    installation.cluster = Cluster.model_validate({**ANSWERS, "software": software})
    installation.artefacts = replace(installation.artefacts, jdk=None)
    plan = plan_on_paper(on_paper(installation), "by-hand")
    jdk, profile = (plan.of(step, "tomcat1") for step in ("jdk", "profile"))
    assert jdk is not None
    assert profile is not None
    assert "openjdk-17-jdk-headless" in jdk.changes[0].target
    assert any("java-17-openjdk-amd64" in line for line, _ in profile.changes[0].details)
