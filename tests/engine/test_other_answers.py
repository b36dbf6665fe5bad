"""A cluster that is in use gets other answers: the preview still shows what is then done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.engine.given import ANSWERS, NEW_HTTPD, NEW_JDK, NEW_SHOP, NEW_TOMCAT, RICH
from tests.engine.three_hosts import ThreeHosts

pytestmark = pytest.mark.usefixtures("without_trials")


@dataclass(frozen=True)
class Change:
    """What is answered anew, and which steps that concerns."""

    steps: set[str]
    answers: Mapping[str, Any] = field(default_factory=dict)
    archives: Mapping[str, Any] = field(default_factory=dict)


def software(**more: Any) -> dict[str, Any]:
    """The software of the usual answers, with some of it changed."""
    usual = ANSWERS["software"]
    return {"software": {name: {**usual[name], **more.get(name, {})} for name in usual}}


def options(**more: Any) -> dict[str, Any]:
    return {"options": {**RICH["options"], **more}}


SEEN = {"preflight", "check", "proof"}
"""They look at the whole cluster, whatever changes."""
THIRD = {"name": "tomcat3", "role": "tomcat", "address": "192.168.232.7"}
PORTS = [ANSWERS["hosts"][0], {**ANSWERS["hosts"][1], "http_port": 9090}, ANSWERS["hosts"][2]]
NODE = {"server-xml", "start-tomcat"}
FRONT = {"modproxy", "start-httpd"}
BUILT = {"httpd-build", "httpd-conf", "modproxy", "start-httpd"}
CHANGES = {
    "no AJP any more": Change(
        FRONT | {"httpd-conf", "tomcat-boot", "start-tomcat"}, options(members="http")
    ),
    "no encryption any more": Change(NODE, options(encrypt=False)),
    "multicast": Change(NODE | {"tomcat-boot"}, options(membership="multicast")),
    "another way to share": Change(FRONT, options(lbmethod="bytraffic")),
    "login shells read a file of their own": Change({"profile"}, options(environment="profile.d")),
    "somebody may see the manager": Change(FRONT, options(manager_allow=["10.0.0.0/8"])),
    "one node deploys for all": Change(NODE, options(farm="tomcat1")),
    "rc.local starts Tomcat": Change(
        {"tomcat-boot", "start-tomcat"}, options(tomcat_boot="rc.local")
    ),
    "a third node": Change(
        NODE | FRONT | {"jdk", "profile", "tomcat", "tomcat-boot", "web-xml"},
        {"hosts": [*ANSWERS["hosts"], THIRD]},
    ),
    "another port": Change(NODE | {"tomcat-boot"}, {"hosts": PORTS}),
    "few modules": Change(BUILT, software(httpd={"modules": "few"})),
    "another place": Change(BUILT | {"httpd-service"}, software(httpd={"prefix": "/opt/balancer"})),
    "a new Apache": Change(BUILT, archives={"httpd": NEW_HTTPD}),
    "a new Tomcat": Change(NODE | {"tomcat", "web-xml"}, archives={"tomcat": NEW_TOMCAT}),
    "a new JDK": Change(
        {"jdk", "profile", "tomcat-boot", "start-tomcat"}, archives={"jdk": NEW_JDK}
    ),
    "all of it": Change(
        BUILT | NODE | {"jdk", "profile", "tomcat", "tomcat-boot", "web-xml"},
        options(membership="multicast"),
        {"httpd": NEW_HTTPD, "tomcat": NEW_TOMCAT, "jdk": NEW_JDK},
    ),
    "a new release of the shop": Change(
        {"web-xml", "start-tomcat"},
        archives={"applications": {"shop": NEW_SHOP}},
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_other_answers_are_carried_out_as_previewed(tmp_path: Path, change: Change) -> None:
    first = ThreeHosts(tmp_path / "first", RICH)
    assert first.run().ok
    hosts = ThreeHosts(tmp_path / "then", {**RICH, **change.answers}, change.archives)
    hosts.runs = first.runs
    for name, host in first.hosts.items():
        hosts[name].state = host.state
    before = hosts.outside()
    ran = hosts.run()
    assert ran.errors() == []
    assert {each.step.id for each in ran.plan.needed} - SEEN == change.steps
    for (step, on), done in ran.changes().items():
        plan = ran.plan.of(step, on)
        assert plan is not None
        shown = {each.target: each for each in plan.changes}
        for each in done:
            if not shown[each.target].known_after:
                assert each.digest == shown[each.target].digest
    assert hosts.plan().needed == ()
    assert hosts.rollback(wanted=lambda record: record.run == "run2").ok
    now = hosts.outside()
    for name, was in before.items():
        proof = "/var/lib/catherd/proof"
        assert {p: f for p, f in now[name].files.items() if p != proof} == {
            p: f for p, f in was.files.items() if p != proof
        }
        assert now[name].accounts == was.accounts
        assert now[name].packages == was.packages
