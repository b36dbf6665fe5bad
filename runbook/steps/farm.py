"""One node's directory of archives is deployed on all: a part of the step “server-xml”."""

from __future__ import annotations

from collections.abc import Iterator

from runbook.actions import Action, Put
from runbook.check import Check, Judge, Seen, Verdict
from runbook.edits.server_xml import Farm
from runbook.host import Host
from runbook.node import Node
from runbook.probes import FileAt
from runbook.text import T

README = """\
Written by Catherd. {node} looks into this directory every 20 seconds.

shop.war put here is deployed on all nodes as /shop; a newer one replaces it; removed here, it is
removed everywhere. Put it here in one go, or half of it may be deployed:

    install -m 644 /root/shop.war .shop.new && mv .shop.new shop.war

A node that was away has missed it: touch shop.war when it is back, and all get it again. What is
removed here while {node} is stopped stays deployed: put it back, and remove it when it runs.
"""


def settings(host: Host, node: Node) -> Farm | None:
    """What server.xml says of it on this node; None where no node deploys for all."""
    if host.cluster.options.farm is None:
        return None
    watched = _place(node) if _watches(host, node) else None
    return Farm(f"{node.base}/temp", f"{node.base}/webapps", watched)


def _watches(host: Host, node: Node) -> bool:
    return host.cluster.options.farm == node.name


def _place(node: Node) -> str:
    return f"{node.base}/farm"


def checks(host: Host, node: Node) -> Iterator[Check]:
    """The directory is root's: Tomcat only reads there, so that no application deploys."""
    if not _watches(host, node):
        return
    place = FileAt(_place(node), content=False)
    yield Check(
        id="farm-directory",
        title=T("only root may put archives where they are deployed on all nodes"),
        probes=(place,),
        judge=_roots_alone(place),
        expected=T("{path} belongs to root", path=place.path),
        why=T("whoever may write there runs programs on every node"),
        usual_cause=T("it was opened for somebody who deploys"),
        remedy=T("Deploy through sudo: sudo install -m 644 shop.war {path}/", path=place.path),
    )


def _roots_alone(place: FileAt) -> Judge:
    def judge(seen: Seen) -> Verdict:
        state = seen.facts[place]
        right = state.kind == "directory" and state.owner == "root" and not state.mode & 0o022
        shown = f"{state.mode:04o} {state.owner}:{state.group}" if state.exists else T("absent")
        return Verdict(right, shown)

    return judge


def directory(host: Host, node: Node) -> Iterator[Action]:
    """The directory, with a file in it that says what it is for."""
    if _watches(host, node):
        yield Put(
            path=f"{_place(node)}/README",
            content=README.format(node=node.name).encode(),
            why=T("the directory whose archives are deployed on all nodes"),
        )
