"""The balancer lists every member, and the nodes see each other."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from runbook.actions import Action
from runbook.check import Check, Judge, Seen, Verdict
from runbook.host import Host
from runbook.judges import answers
from runbook.node import Node
from runbook.probes import Http, Sh
from runbook.software.balancer_manager import parse_members
from runbook.software.membership import members_seen, membership_log
from runbook.step import Erratum, step
from runbook.steps.replication import session_checks
from runbook.text import T

REFERER = Erratum(
    id="manager-referer",
    says=T("Open /balancer-manager"),
    happens=T(
        "From 2.4.41 on a request without a Referer of the same server gets the page, but its "
        "parameters are ignored, even those that only read."
    ),
    instead=T("Catherd sends the Referer that a browser would."),
    message="AH10187: ignoring params in balancer-manager cross-site access",
    versions=T("Apache 2.4.41 and later"),
)


OUT = frozenset({"Drn", "Dis", "Stop", "Err", "HcFl", "Ign"})
"""Words in a member's status that mean it was taken out, or found ill."""


def manager(host: Host) -> Http:
    """The balancer's own state, asked on the balancer itself, as a browser there would ask."""
    port = host.answers.port
    name = "127.0.0.1" if port == 80 else f"127.0.0.1:{port}"
    page = f"http://{name}/balancer-manager"
    return Http(port, "/balancer-manager?xml=1", headers=(("Host", name), ("Referer", page)))


def checks(host: Host) -> Iterator[Check]:
    """The manager on the balancer, the log on each node."""
    if host.role == "balancer":
        yield from _balancer_checks(host)
    else:
        for node in host.nodes:
            yield node.told_apart(_membership_check(host, node))
            yield from map(node.told_apart, session_checks(host, node))
        if not manager_allows(host, host.address):
            yield _stranger_check(host)


def _balancer_checks(host: Host) -> Iterator[Check]:
    state = manager(host)
    routes = ", ".join(node.route for node in host.cluster.nodes)
    yield Check(
        id="members",
        title=T("the balancer has every node with its route, and all are well"),
        probes=(state,),
        judge=_members(state, host),
        expected=T("{routes}: Ok", routes=routes),
        why=T("a member that is not used, or has another route, loses its sessions"),
        usual_cause=T("a node is stopped, was taken out by hand, or has another port"),
        remedy=T("Start the node; what was set in the manager can be set back there."),
        patience=60,
    )


def manager_allows(host: Host, address: str) -> bool:
    """Whether cluster.toml lets that address see the manager; a host name might be anything."""
    try:
        wanted = ipaddress.ip_address(address)
    except ValueError:
        return True
    return any(
        wanted in ipaddress.ip_network(allowed, strict=False)
        for allowed in host.cluster.options.manager_allow
    )


def _membership_check(host: Host, node: Node) -> Check:
    log = membership_log(node.base)
    others = [
        f"{other.address}:{other.receiver_port}" for other in host.cluster.nodes if other != node
    ]
    return Check(
        id="membership",
        title=T("this node sees the other nodes"),
        probes=(log,),
        judge=_sees_all(log, set(others)),
        expected=", ".join(others),
        why=T("nodes that do not see each other replicate nothing, and say nothing about it"),
        usual_cause=T("the replication port is closed, or multicast does not get through"),
        remedy=T('Open the port between the nodes, or use membership = "static".'),
        patience=60,
    )


def _stranger_check(host: Host) -> Check:
    """Asked from a Tomcat's host: the balancer's own requests count as local to Apache."""
    front = host.cluster.balancer
    page = Http(front.port, "/balancer-manager", host=str(front.address))
    return Check(
        id="manager-closed",
        title=T("this host, a stranger to the manager, does not see it"),
        probes=(page,),
        judge=answers(page, 403),
        expected=T("HTTP status {status}", status=403),
        why=T("whoever sees the manager can take every node out of the cluster"),
        usual_cause=T("the access rules of /balancer-manager were opened to all"),
        remedy=T("Whoever sees it can take nodes out of the cluster: run the step “modproxy”."),
        patience=20,
    )


@step(
    "check",
    T("Check the cluster"),
    roles=("balancer", "tomcat"),
    after=("start-tomcat", "start-httpd"),
    checks=checks,
    errata=(REFERER,),
)
def check(host: Host) -> Iterator[Action]:
    """Look whether the balancer has every node and every node has the others.

    Nothing changes here. The balancer's own list is read as a browser on that host would read
    it; each Tomcat's log tells which members it has met since it started.
    """
    yield from ()


def _members(state: Http, host: Host) -> Judge:
    routes = [node.route for node in host.cluster.nodes]

    def judge(seen: Seen) -> Verdict:
        reply = seen.facts[state]
        if reply.status != 200:
            return Verdict(False, reply.error or T("HTTP status {status}", status=reply.status))
        members = parse_members(reply.body)
        found = {member.route: member.status for member in members}
        words = ", ".join(f"{route or '-'}: {status}" for route, status in found.items())
        right = set(found) == set(routes) and all(
            member.usable and not member.flags & OUT for member in members
        )
        return Verdict(right, words or T("no members"))

    return judge


def _sees_all(log: Sh, others: set[str]) -> Judge:
    def judge(seen: Seen) -> Verdict:
        met = members_seen(seen.facts[log].text)
        return Verdict(others <= met, ", ".join(sorted(met)) or T("nobody"))

    return judge
