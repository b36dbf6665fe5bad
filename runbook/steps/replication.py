"""What the running nodes say of each application's sessions: checks of the step “check”."""

from __future__ import annotations

from collections.abc import Iterator

from runbook.check import Check, Judge, Seen, Verdict
from runbook.cluster import ApplicationAnswers
from runbook.host import Host
from runbook.node import Node
from runbook.probes import Sh
from runbook.software.session_log import refused, replicated, session_log
from runbook.steps.server_xml import wanted
from runbook.steps.web_xml import replicated as to_replicate
from runbook.text import T


def session_checks(host: Host, node: Node) -> Iterator[Check]:
    """For each application: Tomcat replicates it, and could send all that it was given."""
    log = session_log(node.base)
    tells = not wanted(host, node).cluster.backup_manager
    for application in to_replicate(host):
        if tells:  # BackupManager starts without a word
            yield _replicates(log, application)
        yield _attributes(log, application)


def _replicates(log: Sh, application: ApplicationAnswers) -> Check:
    return Check(
        id=f"replicates-{application.name}",
        title=T("Tomcat replicates the sessions of {name}", name=application.name),
        probes=(log,),
        judge=_registered(log, _path(application)),
        expected=T("a session manager of the cluster since the last start"),
        why=T("an application can look distributable and not be: one library suffices"),
        usual_cause=T(
            "a jar in WEB-INF/lib whose web-fragment.xml lacks <distributable/>, or a web.xml "
            "that has changed since the start"
        ),
        remedy=T("Put <distributable/> into that web-fragment.xml, then restart Tomcat."),
        patience=60,
    )


def _attributes(log: Sh, application: ApplicationAnswers) -> Check:
    return Check(
        id=f"attributes-{application.name}",
        title=T("{name} puts nothing into sessions that cannot be sent", name=application.name),
        probes=(log,),
        judge=_sendable(log, _path(application)),
        expected=T("no such exception since the last start"),
        why=T("the visitor gets an error page, and the session lacks what it should hold"),
        usual_cause=T("a class that does not implement java.io.Serializable"),
        remedy=T("Let the class implement it, then restart Tomcat. See logs/localhost.*.log."),
    )


def _path(application: ApplicationAnswers) -> str:
    return "" if application.name == "ROOT" else "/" + application.name.replace("#", "/")


def _registered(log: Sh, path: str) -> Judge:
    def judge(seen: Seen) -> Verdict:
        there = path in replicated(seen.facts[log].text)
        return Verdict(there, T("it does") if there else T("it keeps them to itself"))

    return judge


def _sendable(log: Sh, path: str) -> Judge:
    def judge(seen: Seen) -> Verdict:
        told = refused(seen.facts[log].text, path)
        return Verdict(not told, told or T("none"))

    return judge
