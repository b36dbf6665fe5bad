"""The proof that the cluster does what it is for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace

from runbook.actions import Action, Prove
from runbook.check import Check, Judge, Seen, Verdict
from runbook.host import Host
from runbook.probes import FileAt
from runbook.proof_setup import NodeSetup, ProofSetup
from runbook.software.httpd import HttpdLine
from runbook.software.service_manager import tomcat_service
from runbook.step import Step, step
from runbook.steps.check import manager_allows
from runbook.steps.server_xml import one_backup
from runbook.steps.start import tomcat_reads
from runbook.text import T

RECEIPT = "/var/lib/catherd/proof"
"""On the balancer: the digest of the cluster that was last proved."""


def subject(host: Host) -> str:
    """Digest of all answers and archives that the proof speaks of."""
    answers = host.cluster.model_dump(mode="json", exclude={"hosts": {"__all__": {"ssh"}}})
    artefacts = (host.artefacts.httpd, host.artefacts.tomcat, host.artefacts.jdk)
    sums = [each.sha256 if each else None for each in artefacts]
    whole = json.dumps([answers, sums], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def checks(host: Host) -> Iterator[Check]:
    """This very cluster has been proved."""
    receipt = FileAt(RECEIPT)
    yield Check(
        id="proved",
        title=T("a session was seen to survive a dead node of this cluster"),
        probes=(receipt,),
        judge=_proved(receipt, subject(host)),
        expected=T("proved with these answers and these versions"),
        why=T("a cluster that was never seen to fail over is a hope"),
        usual_cause=T("something was changed since the last proof"),
        remedy=T("catherd prove; it kills a node for a moment, so choose a quiet hour."),
    )


@step(
    "proof",
    T("Prove that a session survives"),
    roles=("balancer",),
    after=("check",),
    checks=checks,
)
def proof(host: Host) -> Iterator[Action]:
    """Kill a node in the middle of a session and show that nobody notices.

    A small application is put on each Tomcat for it and removed afterwards. Requests are
    counted, sessions followed, a node killed, drained and brought back, and what should be
    refused is tried. Every trial says what was tried, what was expected and what was seen.
    """
    yield _prove(host)


def setup(host: Host) -> ProofSetup:
    """The cluster as the trials need to know it."""
    options, nodes = host.cluster.options, host.cluster.nodes
    strangers = (node.host for node in nodes if not manager_allows(host, node.address))
    return ProofSetup(
        balancer=host.name,
        address=host.address,
        port=host.answers.port,
        name=host.cluster.name,
        nodes=tuple(
            NodeSetup(
                node.host,
                node.route,
                node.address,
                node.http_port,
                node.loadfactor,
                standby=node.standby,
                service=tomcat_service(host, node),
                reads=tomcat_reads(host, node),
                webapps=f"{node.base}/webapps",
            )
            for node in nodes
        ),
        outsider=next(strangers, ""),
        beyond=tuple(_beyond(host.cluster.httpd_line)),
        exact=options.lbmethod == "byrequests",
        one_copy=one_backup(host),
    )


def _beyond(httpd: HttpdLine) -> Iterator[str]:
    if not httpd.drains:
        yield "drain"
    if not httpd.manager_guarded:
        yield "manager-forged"


def _prove(host: Host, again: bool = False, outage: bool = True) -> Prove:
    return Prove(
        setup=replace(setup(host), outage=outage),
        subject=subject(host),
        receipt=RECEIPT,
        again=again,
        why=T("a cluster that was never seen to fail over is a hope"),
    )


def proof_again(outage: bool) -> Step:
    """The same step, for an operator who wants to see it once more on a cluster in use."""
    return replace(proof, actions=lambda host: iter([_prove(host, again=True, outage=outage)]))


def _proved(receipt: FileAt, wanted: str) -> Judge:
    def judge(seen: Seen) -> Verdict:
        found = (seen.facts[receipt].data or b"").decode("utf-8", "replace").strip()
        if found == wanted:
            return Verdict(True, T("proved"))
        return Verdict(False, T("another cluster was proved") if found else T("never proved"))

    return judge
