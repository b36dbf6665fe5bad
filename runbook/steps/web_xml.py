"""The applications say that their sessions may be replicated."""

from __future__ import annotations

from collections.abc import Iterator

from runbook.actions import Action, Edit, Unpack
from runbook.check import Check, Judge, Seen, Verdict
from runbook.cluster import ApplicationAnswers
from runbook.edits.web_xml import is_distributable, make_distributable, minimal_web_xml
from runbook.host import Host
from runbook.node import Node
from runbook.probes import FileAt
from runbook.step import Erratum, step
from runbook.text import T

PLACE = Erratum(
    id="distributable-place",
    says=T("Add <distributable/> below <web-app>"),
    happens=T(
        "A web.xml with the DTD of Servlet 2.3 wants it after icon, display-name and description. "
        "Where Tomcat validates, it does not start the application otherwise."
    ),
    instead=T("It is put where the file's own DTD or schema wants it."),
    message='The content of element type "web-app" must match "(icon?,display-name?,…',
)
LEFT_OUT = Erratum(
    id="distributable-missing",
    says=T("Change web.xml in each web application"),
    happens=T("One that is left out keeps its sessions on one node, and nothing tells so."),
    instead=T("A check for each application that cluster.toml names."),
)
FRAGMENT = Erratum(
    id="web-fragment",
    says=T("(nothing about libraries)"),
    happens=T(
        "A jar in WEB-INF/lib whose web-fragment.xml lacks <distributable/> turns replication off."
    ),
    instead=T(
        "catherd lint looks into the jars of an unpacked application on this machine; those of a "
        "host (--host) it does not open."
    ),
    versions=T("Tomcat 7 and later"),
)
SERIALIZABLE = Erratum(
    id="not-serializable",
    says=T("(nothing about what a session may hold)"),
    happens=T("An attribute that is not Serializable throws when the application sets it."),
    instead=T("The proof shows it for the probe; the application's own classes must implement it."),
    message="java.lang.IllegalArgumentException: setAttribute: Non-serializable attribute",
)


def web_xml_path(node: Node, application: ApplicationAnswers) -> str:
    """Where the application's web.xml lies."""
    return f"{node.base}/webapps/{application.name}/WEB-INF/web.xml"


def replicated(host: Host) -> tuple[ApplicationAnswers, ...]:
    """The applications whose sessions are replicated."""
    return tuple(each for each in host.cluster.applications if each.distributable)


def checks(host: Host) -> Iterator[Check]:
    """Each application that should be distributable is."""
    for node in host.nodes:
        yield from (node.told_apart(_check(node, each)) for each in replicated(host))


def _check(node: Node, application: ApplicationAnswers) -> Check:
    file = FileAt(web_xml_path(node, application))
    return Check(
        id=f"distributable-{application.name}",
        title=T("{name} replicates its sessions", name=application.name),
        probes=(file,),
        judge=_distributable(file),
        expected="<distributable/>",
        why=T("without it Tomcat keeps the sessions to itself: they die with their node"),
        usual_cause=T("a new version of the application was deployed over it"),
        remedy=T("Run this step; without the element no session survives its node."),
    )


@step(
    "web-xml",
    T("Mark the applications as distributable"),
    roles=("tomcat",),
    needs=("tomcat",),
    checks=checks,
    errata=(PLACE, LEFT_OUT, FRAGMENT, SERIALIZABLE),
)
def web_xml(host: Host) -> Iterator[Action]:
    """Put <distributable/> into the web.xml of each application of the cluster.

    Tomcat replicates the sessions of just those applications that promise, with this element,
    that their session data can be sent to another node.
    """
    for node in host.nodes:
        yield from _applications(host, node)


def _applications(host: Host, node: Node) -> Iterator[Action]:
    user = host.cluster.software.tomcat.user
    for application in host.cluster.applications:
        if archive := host.artefacts.applications.get(application.name):
            yield Unpack(
                artefact=archive,
                to=f"{node.base}/webapps/{application.name}",
                why=T("the application, the same on each node"),
                contains=(),
                owner=user,
                group=user,
            )
    for application in replicated(host):
        yield Edit(
            path=web_xml_path(node, application),
            change=make_distributable,
            why=T("{name}: its sessions go to the other nodes", name=application.name),
            intent=("<distributable/>",),
            start=minimal_web_xml(host.cluster.tomcat_line, distributable=True),
        )


def _distributable(file: FileAt) -> Judge:
    def judge(seen: Seen) -> Verdict:
        data = seen.facts[file].data
        if data is None:
            return Verdict(False, T("no such file"))
        there = is_distributable(data)
        return Verdict(there, "<distributable/>" if there else T("no <distributable/>"))

    return judge
