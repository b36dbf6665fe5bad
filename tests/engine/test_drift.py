"""What has changed on a host since its installation is named, and mended by a run; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from installer.remote.operations import SetService
from tests.engine.given import MEMBERS, TOMCAT
from tests.engine.memory_host import MemoryHost
from tests.engine.three_hosts import ThreeHosts

HOME, PREFIX, UNITS = "/usr/local/tomcat", "/usr/local/apache", "/etc/systemd/system"
WEB_XML = f"{HOME}/webapps/ROOT/WEB-INF/web.xml"
MODPROXY = f"{PREFIX}/conf/extra/httpd-modproxy.conf"


def edited(path: str, old: str, new: str) -> Callable[[MemoryHost], None]:
    def edit(host: MemoryHost) -> None:
        data = host.files[path].data or b""
        assert old.encode() in data
        host.files[path] = replace(host.files[path], data=data.replace(old.encode(), new.encode()))

    return edit


def service(name: str, **state: Any) -> Callable[[MemoryHost], None]:
    return lambda host: host.state.services.update(
        {name: replace(host.state.services[name], **state)}
    )


def gone(path: str) -> Callable[[MemoryHost], None]:
    def remove(host: MemoryHost) -> None:
        for each in host.files.tree(path):
            del host.files[each]

    return remove


def reloaded(host: MemoryHost) -> None:
    """Edited, and Apache has read it."""
    edited(MODPROXY, "loadfactor=2", "loadfactor=7")(host)
    reads = next(op.reads for op in reversed(host.log) if isinstance(op, SetService) and op.action)
    host.apply(SetService("httpd", action="reload", reads=reads))


def redeployed(host: MemoryHost) -> None:
    data = MEMBERS[TOMCAT.sha256]["webapps/ROOT/WEB-INF/web.xml"]
    host.files[WEB_XML] = replace(host.files[WEB_XML], data=data)


def chmod(host: MemoryHost) -> None:
    path = f"{HOME}/conf/server.xml"
    host.files[path] = replace(host.files[path], mode=0o644)


@dataclass(frozen=True)
class Drift:
    host: str
    happen: Callable[[MemoryHost], Any]
    named: set[str]
    """``step@host`` that the plan must name, and no other."""
    mended: set[str]
    """Those of them that really change something."""


CHECKED = {"check@balancer", "check@tomcat1", "check@tomcat2"}
DRIFTS = {
    "a wrong jvmRoute": Drift(
        "tomcat2",
        edited(f"{HOME}/conf/server.xml", 'jvmRoute="tomcat2"', 'jvmRoute="tomcat1"'),
        {"server-xml@tomcat2", "start-tomcat@tomcat2"},
        {"server-xml@tomcat2"},
    ),
    "a lost <distributable/>": Drift(
        "tomcat1",
        redeployed,
        # Tomcat takes the new version up by itself, and no longer replicates it.
        {"web-xml@tomcat1", "start-tomcat@tomcat1", "check@tomcat1"},
        {"web-xml@tomcat1"},
    ),
    "a stopped Tomcat": Drift(
        "tomcat1",
        service("tomcat", running=False, pid=0),
        {"start-tomcat@tomcat1", *CHECKED},
        {"start-tomcat@tomcat1"},
    ),
    "a stopped Apache": Drift(
        "balancer",
        service("httpd", running=False, pid=0),
        {"start-httpd@balancer", *CHECKED},
        {"start-httpd@balancer"},
    ),
    "an edited httpd-modproxy.conf": Drift(
        "balancer",
        edited(MODPROXY, "nofailover=Off", "nofailover=On"),
        {"modproxy@balancer", "start-httpd@balancer"},
        {"modproxy@balancer"},
    ),
    "one that Apache has read": Drift(
        "balancer",
        reloaded,
        {"modproxy@balancer", "start-httpd@balancer"},
        {"modproxy@balancer", "start-httpd@balancer"},
    ),
    "a changed unit": Drift(
        "tomcat1",
        edited(f"{UNITS}/tomcat.service", "User=tomcat", "User=root"),
        {"tomcat-boot@tomcat1", "start-tomcat@tomcat1"},
        {"tomcat-boot@tomcat1"},
    ),
    "a Tomcat that has read something else": Drift(
        "tomcat2",
        lambda host: host.state.read.update(tomcat=frozenset()),
        {"start-tomcat@tomcat2"},
        {"start-tomcat@tomcat2"},
    ),
    "not at boot": Drift(
        "balancer",
        service("httpd", enabled=False),
        {"httpd-service@balancer"},
        {"httpd-service@balancer"},
    ),
    "a file that all may read": Drift(
        "tomcat1", chmod, {"server-xml@tomcat1"}, {"server-xml@tomcat1"}
    ),
    "a lost account": Drift(
        "tomcat1",
        lambda host: host.state.accounts.clear(),
        {"tomcat@tomcat1"},
        {"tomcat@tomcat1"},
    ),
    "a lost line in /etc/profile": Drift(
        "tomcat1",
        edited("/etc/profile", "CATALINA_HOME=", "CATALINA="),
        {"profile@tomcat1"},
        {"profile@tomcat1"},
    ),
    "a lost Apache": Drift(
        "balancer",
        gone(f"{PREFIX}/bin"),
        {f"{step}@balancer" for step in ("httpd-build", "httpd-conf", "modproxy", "start-httpd")},
        {f"{step}@balancer" for step in ("httpd-build", "httpd-conf", "modproxy")},
    ),
    "a lost receipt of the proof": Drift(
        "balancer", gone("/var/lib/catherd/proof"), {"proof@balancer"}, {"proof@balancer"}
    ),
}


@pytest.mark.parametrize("drift", DRIFTS.values(), ids=DRIFTS)
def test_what_has_drifted_is_named_and_mended(hosts: ThreeHosts, drift: Drift) -> None:
    assert hosts.run().ok
    whole = hosts.outside()
    drift.happen(hosts[drift.host])
    plan = hosts.plan()
    assert {f"{each.step.id}@{each.host}" for each in plan.needed} == drift.named
    ran = hosts.run()
    assert ran.errors() == []
    mended = {f"{step}@{host}" for (step, host), how in ran.outcomes().items() if how == "done"}
    assert mended == drift.mended
    assert hosts.plan().needed == ()
    mended_files = {
        name: {path: file for path, file in each.files.items() if ".before-" not in path}
        for name, each in hosts.outside().items()
    }
    assert mended_files == {name: each.files for name, each in whole.items()}
