"""Tomcat's server.xml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runbook.edits.connectors import SECRETS, is_ajp
from runbook.edits.xml_source import decoded
from runbook.edits.xml_tree import Element, scan
from runbook.lint.finding import AjpEnd, Finding, Given, Place, Sight
from runbook.lint.markup import forum_markup
from runbook.text import T, Text

Found = tuple[Element, str, Text, Text]

ADDRESSES = ("address", "host", "tcpListenAddress")
"""Names of a Receiver's address, in one version or another."""


def rules(given: Given, sight: Sight) -> Iterator[Finding]:
    """All that is wrong in one file; the routes that it gives go into ``sight``."""
    yield from forum_markup(given, b"<!--")
    root = scan(decoded(given.data).utf8).root
    sight.ajp_connectors += _ajp_ends(given, root)
    for element, erratum, what, mend in (*_engines(given, root, sight), *_clusters(root, sight),
                                         *_ajp(root, sight)):  # fmt: skip
        yield Finding(given.path, element.line, erratum, what, mend)


def _named(root: Element, name: str) -> list[Element]:
    return [each for each in root.walk() if each.name == name]


def _class(element: Element) -> str:
    return element.attributes.get("className", "").rpartition(".")[2]


def _engines(given: Given, root: Element, sight: Sight) -> Iterator[Found]:
    for engine in _named(root, "Engine"):
        route = engine.attributes.get("jvmRoute", "")
        if route:
            sight.jvm_routes.append(Place(route, given.path, engine.line))
        if engine.attributes.get("name") == "Standalone":
            yield (
                engine,
                "engine-standalone",
                T("The Engine is called Standalone"),
                T('Write name="Catalina", and keep the jvmRoute.'),
            )
        clusters = [each for each in engine.walk() if each.name == "Cluster"]
        if clusters and not route:
            yield (
                engine,
                "no-route",
                T("A cluster, and no jvmRoute: sessions do not stick to this node"),
                T("Add jvmRoute, with another value on each node, as route= of its member says."),
            )
        if route == "tomcatX":
            yield (
                engine,
                "no-route",
                T("jvmRoute is still the example's tomcatX"),
                T("Write tomcat1 on the first node, tomcat2 on the second."),
            )


def _clusters(root: Element, sight: Sight) -> Iterator[Found]:
    for holder in (*_named(root, "Engine"), *_named(root, "Host")):
        clusters = [each for each in holder.children if each.name == "Cluster"]
        for second in clusters[1:]:
            yield (
                second,
                "cluster-twice",
                T("A second Cluster in the same place; this one wins"),
                T("Keep one of them, the detailed one."),
            )
        for cluster in clusters:
            yield from _classes(holder, cluster, _modern(root, sight))
        for cluster in clusters[-1:]:
            yield from _settings(cluster)


def _modern(root: Element, sight: Sight) -> bool:
    """Whether this is Tomcat 8.5 or later, as said or by the listeners of its own file."""
    if (said := sight.tomcat_from(8, 5)) is not None:
        return said
    listeners = {_class(each) for each in root.children if each.name == "Listener"}
    return "VersionLoggerListener" in listeners and "JasperListener" not in listeners


def _classes(holder: Element, cluster: Element, modern: bool) -> Iterator[Found]:
    """What Tomcat tries to load from every Cluster, also from one that does not win."""
    for each in cluster.walk():
        name = _class(each)
        if modern and name in ("MessageDispatch15Interceptor", "JvmRouteSessionIDBinderListener"):
            yield (
                each,
                "classes-gone",
                T("Tomcat has no {name} any more", name=name),
                T("Write MessageDispatchInterceptor.") if "Dispatch" in name
                else T("Take the line out; JvmRouteBinderValve does it."),
            )  # fmt: skip
        if name == "FarmWarDeployer" and holder.name == "Engine":
            yield (
                each,
                "farm-in-engine",
                T("FarmWarDeployer does nothing in the Cluster of an Engine"),
                T("Move the Cluster into the Host, or take the Deployer out."),
            )


def _settings(cluster: Element) -> Iterator[Found]:
    """What holds in a Cluster, written or not: Tomcat's defaults are the document's values."""
    if cluster.attributes.get("channelSendOptions", "8") in ("8", "async"):
        yield (
            cluster,
            "replication-not-waited-for",
            T("Replication is not waited for"),
            T('Write channelSendOptions="6".'),
        )
    receivers = [each for each in cluster.walk() if each.name == "Receiver"]
    for receiver in receivers:
        yield from _receiver(receiver, receiver.attributes)
    if not receivers:
        yield from _receiver(cluster, {})
    yield from _own_members(cluster)


def _receiver(at: Element, said: Mapping[str, str]) -> Iterator[Found]:
    if all(said.get(name, "auto") == "auto" for name in ADDRESSES):
        yield (
            at,
            "host-name-loopback",
            T("The receiver's address is left to the host's name"),
            T("Write the address by which the other nodes reach this one."),
        )
    bind = said.get("autoBind", "100")
    if bind.isdigit() and int(bind) > 1:
        yield (
            at,
            "auto-bind",
            T("The receiver may move to another port"),
            T('Write autoBind="1", and open that port between the nodes.'),
        )


def _own_members(cluster: Element) -> Iterator[Found]:
    """Members of a StaticMembershipInterceptor that are this node itself."""
    own = {
        (each.attributes.get("address"), each.attributes.get("port", "4000"))
        for each in cluster.walk()
        if each.name == "Receiver"
    }
    for interceptor in cluster.walk():
        if _class(interceptor) != "StaticMembershipInterceptor":
            continue
        for member in interceptor.children:
            place = (member.attributes.get("host"), member.attributes.get("port"))
            if member.name == "Member" and place in own:
                yield (
                    member,
                    "static-lists-itself",
                    T("This node is among its own static members"),
                    T("Take it out; list the other nodes only."),
                )


def _ajp(root: Element, sight: Sight) -> Iterator[Found]:
    """Connectors for AJP that a Tomcat which wants a secret does not open."""
    if not wants_secret(sight):
        return
    for connector in _ajp_connectors(root):
        required = connector.attributes.get("secretRequired", "true").lower() == "true"
        if required and not _secret(connector):
            yield (
                connector,
                "ajp-or-http",
                T("A connector for AJP without a secret: it does not start"),
                T('Add secret="…", and the same as secret= to its BalancerMember.'),
            )


def _ajp_ends(given: Given, root: Element) -> Iterator[AjpEnd]:
    for service in _named(root, "Service"):
        routes = [each.attributes.get("jvmRoute", "") for each in _named(service, "Engine")]
        for connector in _ajp_connectors(service):
            yield AjpEnd(given.path, connector.line, "".join(routes[:1]), _secret(connector))


def _ajp_connectors(root: Element) -> list[Element]:
    return [each for each in _named(root, "Connector") if is_ajp(each)]


def _secret(connector: Element) -> str:
    said = (connector.attributes.get(name, "") for name in SECRETS)
    return next(filter(None, said), "")


def wants_secret(sight: Sight) -> bool:
    """Whether AJP needs one, as far as that is sure: a line alone, such as 9.0, does not tell."""
    for line, first in (((7, 0), 100), ((8, 5), 51), ((9, 0), 31)):
        if sight.tomcat_from(*line) and not sight.tomcat_from(line[0], line[1] + 1):
            return bool(sight.tomcat_from(*line, first))
    return bool(sight.tomcat_from(10))
