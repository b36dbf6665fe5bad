"""Everything is started, in an order that works."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from runbook.actions import Action, Service
from runbook.artefact import RECEIPT
from runbook.check import Check
from runbook.host import Host
from runbook.judges import answers, is_current, runs, stopped
from runbook.node import SERVICE, Node
from runbook.probes import Http, ServiceAt
from runbook.software.service_manager import command, described_in, other_way, tomcat_service
from runbook.step import Erratum, step
from runbook.steps.httpd_conf import INCLUDE
from runbook.steps.preflight import ports_check
from runbook.steps.server_xml import path as server_xml_path
from runbook.steps.tomcat_boot import otherwise
from runbook.steps.web_xml import replicated, web_xml_path
from runbook.text import T

AT_ONCE = Erratum(
    id="start-at-once",
    says=T("Start Tomcat on both machines"),
    happens=T("Started at the same time, one misses the other's sessions, or waits 60 s for them."),
    instead=T("One after the other, each waited for."),
    message="'No matching context manager' message",
)
ORDER = Erratum(
    id="tomcat-before-apache",
    versions=T("Apache up to 2.2.10"),
    says=T("Tomcat must be started before Apache!"),
    happens=T("True up to Apache 2.2.10; today the balancer finds its members by itself."),
    instead=T("The order is kept, because the first visitor then meets a working cluster."),
    unshown=T("no Apache as old as that is built for the tests"),
)


def tomcat_reads(host: Host, node: Node) -> tuple[str, ...]:
    """What a running Tomcat was started from: its own files, its JDK, its applications.

    :param host: any host of the cluster
    """
    unpacked = dict.fromkeys((node.home, node.base))
    programs = (*(f"{place}/{RECEIPT}" for place in unpacked), host.java_mark)
    applications = (web_xml_path(node, each) for each in replicated(host))
    described = described_in(node.on, tomcat_service(host, node))
    return (server_xml_path(node), *applications, described, *programs)


def httpd_reads(host: Host) -> tuple[str, ...]:
    """What the running Apache was started from."""
    inside = ("conf/httpd.conf", INCLUDE, RECEIPT)
    return (
        *(f"{host.httpd_prefix}/{path}" for path in inside),
        described_in(host.answers, "httpd"),
    )


def current(service: ServiceAt, id: str, program: str) -> Check:
    """Whether a process that runs knows the files that lie there now."""
    return Check(
        id=f"{id}-current",
        title=T("{program} runs with its present configuration", program=program),
        probes=(service,),
        judge=is_current(service),
        expected=T("it has read all files as they are now"),
        why=T("what is in the files is not what is in force"),
        usual_cause=T("a file was changed and the service not told"),
        remedy=T("Run this step: it restarts or reloads what owes it, one node at a time."),
        patience=5,
    )


def tomcat_checks(host: Host) -> Iterator[Check]:
    """Judged by process, port and page; exit codes prove nothing here."""
    yield replace(ports_check(host), beforehand=True)
    for node in host.nodes:
        yield from map(node.told_apart, _tomcat_checks(host, node))


def _tomcat_checks(host: Host, node: Node) -> Iterator[Check]:
    name = tomcat_service(host, node)
    service = ServiceAt(name, tomcat_reads(host, node))
    yield Check(
        id="tomcat-runs",
        title=T("Tomcat runs"),
        probes=(service,),
        judge=runs(service),
        expected=T("running"),
        why=T("its sessions are served by the other nodes, and there is one node less to fail"),
        usual_cause=T("it died at start: see logs/catalina.*.log for SEVERE"),
        remedy=T("Run this step, or: {command}", command=command(host, "restart", name)),
        patience=5,
    )
    yield current(service, SERVICE, "Tomcat")
    before = ServiceAt(other_way(host, node))
    yield Check(
        id="tomcat-once",
        title=T("Tomcat runs as this host starts it at boot"),
        probes=(before,),
        judge=stopped(before),
        expected=T("stopped: {service}", service=before.name),
        why=T("the one that has the ports is not the one that is looked after"),
        usual_cause=T("the answer tomcat_boot was another"),
        remedy=T("Run this step."),
    )
    page = Http(node.http_port, "/")
    yield Check(
        id="tomcat-answers",
        title=T("Tomcat answers on port {port}", port=node.http_port),
        probes=(page,),
        judge=answers(page),
        expected=T("any page"),
        why=T("a process that does not answer serves nobody"),
        usual_cause=T("Tomcat is stopped, or is still waiting for another node's sessions"),
        remedy=T("See logs/catalina.*.log on the host."),
        patience=90,
    )


@step(
    "start-tomcat",
    T("Start the Tomcats"),
    roles=("tomcat",),
    needs=("profile", "tomcat-boot", "server-xml", "web-xml"),
    one_at_a_time=True,
    checks=tomcat_checks,
    errata=(AT_ONCE,),
)
def start_tomcat(host: Host) -> Iterator[Action]:
    """Start one Tomcat after the other and wait until each answers.

    A node that starts asks the others for the sessions they hold. Where a configuration has
    changed since a Tomcat started, it is restarted, again one at a time.
    """
    for node in host.nodes:
        if otherwise(host, node).running:
            yield Service(
                name=other_way(host, node),
                running=False,
                why=T("it was started in another way, and there is one set of ports"),
            )
        yield Service(
            name=tomcat_service(host, node),
            running=True,
            reads=tomcat_reads(host, node),
            why=T("the node takes its place in the cluster"),
        )


def httpd_checks(host: Host) -> Iterator[Check]:
    """Judged by process, port and page."""
    yield replace(ports_check(host), beforehand=True)
    service = ServiceAt("httpd", httpd_reads(host))
    yield Check(
        id="httpd-runs",
        title=T("Apache runs"),
        probes=(service,),
        judge=runs(service),
        expected=T("running"),
        why=T("nobody can reach the cluster"),
        usual_cause=T("it died at start: see logs/error_log"),
        remedy=T("Run this step, or: {command}", command=command(host, "restart", "httpd")),
        patience=5,
    )
    yield current(service, "httpd", "Apache")
    page = Http(host.answers.port, "/")
    yield Check(
        id="httpd-answers",
        title=T("a page comes through the balancer"),
        probes=(page,),
        judge=answers(page),
        expected=T("any page below status 500"),
        why=T("this is what visitors see"),
        usual_cause=T("no Tomcat can be reached from the balancer"),
        remedy=T("See /balancer-manager and logs/error_log."),
        patience=15,
    )


@step(
    "start-httpd",
    T("Start Apache"),
    roles=("balancer",),
    needs=("httpd-service", "modproxy"),
    after=("start-tomcat",),
    checks=httpd_checks,
    errata=(ORDER,),
)
def start_httpd(host: Host) -> Iterator[Action]:
    """Start Apache when the Tomcats answer, or let it read a changed configuration.

    A reload is graceful: nobody's request is cut off.
    """
    yield Service(
        name="httpd",
        running=True,
        reads=httpd_reads(host),
        on_change="reload",
        why=T("the cluster is open for visitors"),
    )
