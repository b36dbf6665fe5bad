"""The runbook of three hosts, as it is exported: of hosts that are not even there."""

from __future__ import annotations

from typing import Any

from installer.engine.installation import Installation
from installer.export.model import Runbook
from installer.export.writing import runbook_of
from runbook.cluster import Cluster
from runbook.host import Artefacts
from runbook.steps import RUNBOOK
from tests.engine.given import ANSWERS, HTTPD, JDK, MEMBERS, SHOP, TOMCAT, MemoryArchives

SECRETS: dict[str, Any] = {"options": {"members": "ajp", "encrypt": True}}
SYSV: dict[str, Any] = {"hosts": [{**each, "init": "sysv"} for each in ANSWERS["hosts"]]}
TWO_ON_ONE: dict[str, Any] = {
    "hosts": [
        {"name": "balancer", "role": "balancer", "address": "192.168.232.4"},
        {"name": "tomcat1", "role": "tomcat", "address": "192.168.232.5",
         "instances": [{"name": "a"}, {"name": "b"}]},
        {"name": "tomcat2", "role": "tomcat", "address": "192.168.232.6", "init": "sysv"},
    ]
}  # fmt: skip


def runbook(
    answers: dict[str, Any] | None = None, archives: dict[str, Any] | None = None
) -> Runbook:
    """With other answers and archives than usual."""
    cluster = Cluster.model_validate({**ANSWERS, **(answers or {})})
    applications = {each.name: SHOP for each in cluster.applications if each.source}
    usual = {"httpd": HTTPD, "tomcat": TOMCAT, "jdk": JDK, "applications": applications}
    artefacts = Artefacts(**{**usual, **(archives or {})})
    return runbook_of(Installation(cluster, artefacts, MemoryArchives(MEMBERS), RUNBOOK, {}))
