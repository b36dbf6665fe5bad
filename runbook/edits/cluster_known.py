"""Tells the Cluster of the document, and Tomcat's own example of one, from a stranger's.

Whatever the answers decide (addresses, ports, times) may differ; the rest may not, for somebody
will have had a reason to write it otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

from runbook.edits.cluster_xml import HA, INTERCEPTORS, SIMPLE_TCP, TRIBES
from runbook.edits.xml_tree import Element

_ANY: frozenset[str] = frozenset()
_Allowed = Mapping[str, frozenset[str]]


def _one_of(*values: str) -> frozenset[str]:
    return frozenset(values)


_KNOWN: Mapping[tuple[str, str], _Allowed] = {
    ("Cluster", SIMPLE_TCP): {"channelSendOptions": _one_of("8", "async")},
    ("Manager", f"{HA}session.DeltaManager"): {
        "expireSessionsOnShutdown": _one_of("false"),
        "notifyListenersOnReplication": _one_of("true"),
    },
    ("Channel", f"{TRIBES}group.GroupChannel"): {},
    ("Membership", f"{TRIBES}membership.McastService"): {
        "address": _ANY,
        "port": _ANY,
        "frequency": _ANY,
        "dropTime": _ANY,
        "bind": _ANY,
    },
    ("Receiver", f"{TRIBES}transport.nio.NioReceiver"): {
        "address": _ANY,
        "port": _ANY,
        "autoBind": _ANY,
        "selectorTimeout": _one_of("100", "5000"),
        "maxThreads": _one_of("6"),
    },
    ("Sender", f"{TRIBES}transport.ReplicationTransmitter"): {},
    ("Transport", f"{TRIBES}transport.nio.PooledParallelSender"): {},
    ("Interceptor", f"{INTERCEPTORS}TcpFailureDetector"): {},
    ("Interceptor", f"{INTERCEPTORS}MessageDispatchInterceptor"): {},
    ("Interceptor", f"{INTERCEPTORS}MessageDispatch15Interceptor"): {},
    ("Valve", f"{HA}tcp.ReplicationValve"): {"filter": _one_of("")},
    ("Valve", f"{HA}session.JvmRouteBinderValve"): {},
    ("Deployer", f"{HA}deploy.FarmWarDeployer"): {
        "tempDir": _ANY,
        "deployDir": _ANY,
        "watchDir": _ANY,
        "watchEnabled": _ANY,
    },
    ("ClusterListener", f"{HA}session.JvmRouteSessionIDBinderListener"): {},
    ("ClusterListener", f"{HA}session.ClusterSessionListener"): {},
}


def oddity(cluster: Element, *, in_host: bool = False) -> str | None:
    """The first thing in ``cluster`` that neither the document nor Tomcat's example has.

    In an Engine a Deployer only complains, so nobody depends on what it says; in a Host it works.
    """
    for element in cluster.walk():
        if in_host and element.name == "Deployer":
            return f"<{element.name}> (line {element.line})"
        given = dict(element.attributes)
        class_name = given.pop("className", "")
        allowed = _KNOWN.get((element.name, class_name))
        if allowed is None:
            return f'<{element.name} className="{class_name}"> (line {element.line})'
        for name, value in given.items():
            values = allowed.get(name)
            if values is None or (values and value not in values):
                return f'{name}="{value}" of <{element.name}> (line {element.line})'
    return None
