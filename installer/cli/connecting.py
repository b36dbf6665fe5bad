"""Tests the connections at the end of ``catherd init`` and lets the operator confirm host keys."""

from __future__ import annotations

from installer.cli import asking
from installer.frontend.connection import ConnectionReport, ConnectionTest
from runbook.cluster import Cluster
from runbook.text import T, Text

SUDO: dict[str, Text] = {
    "root": T("logged in as root"),
    "free": T("sudo without a password"),
    "password": T("sudo asks for a password, which catherd run will ask you for"),
    "refused": T("this user may not use sudo"),
    "unknown": T("sudo was not tested"),
}


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
    if report.error is not None:
        asking.say(T("✗ {host}: {why}", host=report.host, why=report.error), "  ")
    elif report.host_key == "changed":
        asking.say(
            T(
                "✗ {host} shows another key than before: {fingerprint}. Find out why before you "
                "go on; it may be another machine.",
                host=report.host,
                fingerprint=report.fingerprint,
            ),
            "  ",
        )
    elif report.host_key == "unknown":
        asking.say(T("✗ {host}: its key is not accepted", host=report.host), "  ")
    else:
        mark = "✓" if report.ok else "✗"
        found = ", ".join(str(each) for each in (report.os, report.arch, SUDO[report.sudo]) if each)
        asking.say(T("{mark} {host}: {found}", mark=mark, host=report.host, found=found), "  ")
