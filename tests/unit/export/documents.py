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


def runbook(
    answers: dict[str, Any] | None = None, archives: dict[str, Any] | None = None
) -> Runbook:
    """With other answers and archives than usual."""
    cluster = Cluster.model_validate({**ANSWERS, **(answers or {})})
    applications = {each.name: SHOP for each in cluster.applications if each.source}
    usual = {"httpd": HTTPD, "tomcat": TOMCAT, "jdk": JDK, "applications": applications}
    artefacts = Artefacts(**{**usual, **(archives or {})})
    return runbook_of(Installation(cluster, artefacts, MemoryArchives(MEMBERS), RUNBOOK, {}))
