"""Tests the connections at the end of ``catherd init`` and lets the operator confirm host keys."""

from __future__ import annotations

from installer.cli import asking
from installer.frontend.connection import ConnectionReport, ConnectionTest
from runbook.cluster import Cluster
from runbook.text import T


def try_connections(cluster: Cluster, test: ConnectionTest) -> None:
    """Connect to every host, one after the other, and tell what was found."""
    for host in cluster.hosts:
        asking.say(T("Connecting to {host} …", host=host.name))
        report = test(host)
        if report.host_key == "unknown" and report.fingerprint and _accepted(report):
            report = test(host, report.fingerprint)
        _tell(report)


def _accepted(report: ConnectionReport) -> bool:
    asking.say(T("{host} is not known yet. It shows this key:", host=report.host), "  ")
    asking.say(report.fingerprint, "    ")
    asking.say(
        T(
            "Compare it with ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub on the host's own "
            "console (the file of the kind that is shown)."
        ),
        "  ",
    )
    return asking.confirm(T("Is this the key of {host}?", host=report.host), False)


def _tell(report: ConnectionReport) -> None:
    mark = "✓" if report.ok else "✗"
    asking.say(T("{mark} {host}: {found}", mark=mark, host=report.host, found=report.words), "  ")
    if report.remedy:
        asking.say(report.remedy, "    ")
