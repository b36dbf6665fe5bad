"""A host as its steps see it, made of answers and facts alone."""

from __future__ import annotations

import time
from typing import Any

from runbook.actions import Action
from runbook.check import Seen, Verdict
from runbook.cluster import Cluster
from runbook.host import Artefacts, Host
from runbook.probes import Answer, Facts, FileAt, FileState, Output, Probe
from runbook.software.inventory import CLOCK
from runbook.software.platform import BUILD_NEEDS, fact_name
from runbook.steps import RUNBOOK
from runbook.steps.preflight import look_at, room
from tests.engine.given import ANSWERS, HTTPD, JDK, SHOP, TOMCAT

STEPS = {step.id: step for step in RUNBOOK}
HOSTS = ("balancer", "tomcat1", "tomcat2")
SECRETS = {"ajp": "a" * 64, "replication": "b" * 64}


def a_host(name: str, facts: dict[Probe, Answer] | None = None, **answers: Any) -> Host:
    cluster = Cluster.model_validate({**ANSWERS, **answers})
    applications = {each.name: SHOP for each in cluster.applications if each.source}
    artefacts = Artefacts(HTTPD, TOMCAT, JDK, applications)
    known = Facts()
    known.update(facts or {})
    return Host(cluster.host(name), cluster, artefacts, known, {name: known}, SECRETS)


def actions(step: str, host: Host) -> list[Action]:
    return list(STEPS[step].actions(host))


def verdict(step: str, check: str, host: Host) -> Verdict:
    found = next(each for each in STEPS[step].checks(host) if each.id == check)
    return found.judge(Seen(host.facts, host.peers))


def inventory_of(host: Host, **lines: str) -> dict[Probe, Answer]:
    usual = {
        "os": "Debian",
        "kernel": "Linux",
        "arch": "x86_64",
        "init": "systemd",
        "user": "0",
        "memory": "2000000",
        "home": "/home/operator",
        **{f"disk{place}": "2000000" for place in (*room(host), "/home/operator")},
        "hostname": host.name,
        "resolves": host.address,
        "manager": "apt-get",
        **{fact_name(need): "yes" for need in BUILD_NEEDS},
    }
    text = "\n".join(f"{key}={value}" for key, value in {**usual, **lines}.items())
    release = FileAt(f"{host.java_home}/release")
    return {
        look_at(host): Output(0, text.encode()),
        CLOCK: clock(0),
        release: FileState(),
    }


def clock(ahead: float) -> Output:
    return Output(0, str(int(time.time() + ahead)).encode())
