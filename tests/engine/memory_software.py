"""Apache, Tomcat and Java as the hosts in memory show them: what commands print, what pages say."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from installer.remote.target import Job, Result
from runbook.host import Host
from runbook.node import Node
from runbook.probes import FileState, Http, Output, Reply, Sh
from runbook.software.httpd import required_modules
from runbook.software.inventory import CLOCK
from runbook.software.membership import membership_log
from runbook.software.platform import BUILD_NEEDS, fact_name
from runbook.software.service_manager import other_way, tomcat_service
from runbook.software.session_log import session_log
from runbook.step import Step
from runbook.steps.httpd_build import httpd_build
from runbook.steps.jdk_fits import look_at_archive
from runbook.steps.modproxy import path as modproxy_path
from runbook.steps.preflight import look_at, ports, room
from runbook.steps.profile import profile
from runbook.steps.tomcat import OURS, WRITABLE, tomcat
from runbook.steps.web_xml import replicated, web_xml_path
from tests.engine.memory_files import a_file
from tests.engine.memory_host import MemoryHost

FIXTURES = Path(__file__).parents[1] / "fixtures"
HTTPD_CONF = b"".join(
    line
    for line in (FIXTURES / "httpd/2.4.68.conf").read_bytes().splitlines(keepends=True)
    if line.strip() and (not line.startswith(b"#") or line.startswith(b"#LoadModule"))
)
"""Without its comments, which only cost time here; its edits are tested on the whole file."""
HTTPD_VERSION = "2.4.68"


def probe_of(step: Step, host: Host, check: str) -> Sh:
    """The command by which a check of a step looks."""
    found = next(each for each in step.checks(host) if each.id == check)
    assert isinstance(found.probes[0], Sh)
    return found.probes[0]


@dataclass
class Network:
    """Who answers at which address; asked from the lanes of all hosts."""

    hosts: Mapping[str, MemoryHost]
    seen: Mapping[str, Host]
    """Each host as its steps see it."""

    def up(self, node: Node) -> bool:
        host = self.seen[node.host]
        names = (tomcat_service(host, node), other_way(host, node))
        return any(self.hosts[node.host].service(name).running for name in names)

    def serves(self, name: str) -> list[int]:
        """The ports that somebody listens on."""
        host = self.seen[name]
        if host.role == "balancer":
            return [*ports(host)] if self.hosts[name].service("httpd").running else []
        return [
            port
            for node in host.nodes
            if self.up(node)
            for port in (node.http_port, node.ajp_port, node.receiver_port, node.shutdown_port)
        ]

    def text(self, name: str, path: str) -> str:
        file = self.hosts[name].files.get(path, FileState())
        return (file.data or b"").decode("utf-8", "replace")

    def shells(self, name: str) -> dict[Sh, Callable[[MemoryHost], Output]]:
        host = self.seen[name]
        known: dict[Sh, Callable[[MemoryHost], Output]] = {
            look_at(host): lambda it: _prints(self._inventory(it, host)),
            CLOCK: lambda it: _prints([str(int(time.time()))]),
        }
        if host.role == "balancer":
            known[probe_of(httpd_build, host, "httpd-version")] = lambda it: self._httpd(it, host)
        else:
            known[look_at_archive(host)] = lambda it: _prints(["machine=x86_64"])
            known[probe_of(profile, host, "login-java")] = _login_java
            known[OURS] = _ours
            for node in host.nodes:
                check = f"tomcat-owner-{node.instance}".removesuffix("-")
                known[probe_of(tomcat, host, check)] = partial(_owners, host=host, node=node)
                known[membership_log(node.base)] = partial(self._log, host=host, node=node)
                known[session_log(node.base)] = partial(self._managers, host=host, node=node)
        return known

    def _inventory(self, it: MemoryHost, host: Host) -> list[str]:
        program = f"{host.httpd_prefix}/bin/httpd"
        owner = program if host.role == "balancer" else f"{host.java_home}/bin/java"
        return [
            "os=Debian GNU/Linux 12 (bookworm)",
            "kernel=Linux",
            "arch=x86_64",
            "init=systemd",
            "user=0",
            "memory=4000000",
            "home=/home/operator",
            *(f"disk{place}=9000000" for place in (*room(host), "/home/operator")),
            f"hostname={it.name}",
            f"resolves={host.address}",
            "selinux=none",
            "firewall=none",
            "manager=apt-get",
            *(f"{fact_name(need)}=yes" for need in BUILD_NEEDS if need.debian in it.state.packages),
            *(f"port{port}={owner}" for port in ports(host) if port in self.serves(it.name)),
        ]

    def _httpd(self, it: MemoryHost, host: Host) -> Output:
        if f"{host.httpd_prefix}/bin/httpd" not in it.files:
            return Output(127, b"sh: not found")
        return _prints([f"Server version: Apache/{HTTPD_VERSION} (Unix)"])

    def _log(self, it: MemoryHost, host: Host, node: Node) -> Output:
        if not self.up(node):
            return Output(1)
        lines = ["INFO [main] org.apache.catalina.core.StandardEngine.startInternal Starting"]
        for other in host.cluster.nodes:
            if other != node and self.up(other):
                octets = ", ".join(other.address.split("."))
                lines.append(
                    "INFO [Membership] SimpleTcpCluster.memberAdded Replication member added:"
                    f"[StaticMember[tcp://{{{octets}}}:{other.receiver_port}]]"
                )
        return _prints(lines)

    def _managers(self, it: MemoryHost, host: Host, node: Node) -> Output:
        if not self.up(node):
            return Output(1)
        lines = ["INFO [main] org.apache.catalina.core.StandardEngine.startInternal Starting"]
        for each in replicated(host):
            path = "" if each.name == "ROOT" else f"/{each.name}"
            if "<distributable" in self.text(host.name, web_xml_path(node, each)):
                lines.append(f"Register manager [localhost#{path}] to cluster element [Engine]")
        return _prints(lines)

    def reply(self, it: MemoryHost, probe: Http) -> Reply:
        mine = ("127.0.0.1", self.seen[it.name].address)
        name = it.name if probe.host in mine else self._at(probe.host)
        if not name or probe.port not in self.serves(name):
            return Reply(0, error="connection refused")
        if self.seen[name].role == "tomcat":
            return Reply(200)
        if probe.path.startswith("/balancer-manager"):
            return Reply(200, body=self._manager(name)) if name == it.name else Reply(403)
        return Reply(200 if any(map(self.up, self.seen[name].cluster.nodes)) else 503)

    def _at(self, address: str) -> str:
        return next((name for name, host in self.seen.items() if host.address == address), "")

    def _manager(self, name: str) -> bytes:
        conf = self.text(name, modproxy_path(self.seen[name]))
        members = re.findall(r'BalancerMember "(\S+)" route=(\S+) loadfactor=(\d+)', conf)
        workers = "".join(
            f"<h:worker><h:name>{url}</h:name><h:route>{route}</h:route>"
            f"<h:loadfactor>{share}</h:loadfactor><h:elected>0</h:elected>"
            f"<h:status>Init {'Ok' if self._serves(url) else 'Err'} </h:status></h:worker>"
            for url, route, share in members
        )
        page = (
            "<?xml version='1.0'?><h:manager xmlns:h='x'><h:balancers><h:balancer><h:name>"
            f"balancer://tomcatcluster</h:name><h:workers>{workers}</h:workers>"
            "</h:balancer></h:balancers></h:manager>"
        )
        return page.encode()

    def _serves(self, url: str) -> bool:
        address, _, port = url.rpartition("//")[2].rpartition(":")
        name = self._at(address)
        return bool(name) and int(port) in self.serves(name)

    def build(self, it: MemoryHost, job: Job) -> Result:
        """What ``make install`` leaves, read from the job's own script."""
        words = shlex.split(job.script)
        if words[2] not in it.state.staged or "cc" not in self._needs(it):
            return Result(1, b"configure: error: C compiler cannot create executables")
        at = words.index("%s")
        receipt, place = words[at + 1], words[at + 3]
        root, work = place.rpartition("/")[0], place.partition("/root/")[0]
        it.files.put(f"{work}/source/httpd/Makefile", b"all:\n")
        for name in ("bin/httpd", "bin/apachectl"):
            it.files.put(f"{root}/{name}", a_file(b"ELF", 0o755))
        for members in ("http", "ajp"):
            for module in required_modules(members, True):
                it.files.put(f"{root}/{module.file}", b"ELF")
        it.files.put(f"{root}/conf/httpd.conf", HTTPD_CONF)
        it.files.put(place, receipt.encode())
        return Result(0)

    def _needs(self, it: MemoryHost) -> list[str]:
        return [need.name for need in BUILD_NEEDS if need.debian in it.state.packages]


def command(it: MemoryHost, script: str) -> Result:
    """apt-get, the only command that the runbook runs."""
    words = script.split()
    if "purge" in words:
        it.state.packages -= set(words[words.index("purge") + 1 :])
    else:
        it.state.packages |= set(words[words.index("install") + 1 :])
    return Result(0)


def _prints(lines: list[str]) -> Output:
    return Output(0, "\n".join(lines).encode())


def _owners(it: MemoryHost, host: Host, node: Node) -> Output:
    lines = []
    for place in WRITABLE:
        state = it.files.get(f"{node.base}/{place}")
        if state is None:
            lines.append(f"stat: cannot statx '{place}'")
        elif state.owner != host.cluster.software.tomcat.user:
            lines.append(f"{state.owner} {place}")
    return _prints(lines)


def _ours(it: MemoryHost) -> Output:
    services = (path for path in it.files if re.search(r"/(system|init\.d)/tomcat[-.\w]*$", path))
    return _prints(
        [path for path in services if b"Written by Catherd" in (it.files[path].data or b"")]
    )


def _login_java(it: MemoryHost) -> Output:
    own = it.files.get("/etc/profile.d/catherd.sh")
    read = [own.data if own else b"", it.files["/etc/profile"].data]
    text = b"\n".join(each or b"" for each in read).decode("utf-8", "replace")
    found = dict(re.findall(r"^(JAVA_HOME|CATALINA_HOME)='?([^'\n]*)", text, re.M))
    home = found.get("JAVA_HOME", "")
    lines = [f"home={home} tomcat={found.get('CATALINA_HOME', '')}"]
    if f"{home}/bin/java" not in it.files:
        return Output(127, "\n".join([*lines, "java: command not found"]).encode())
    return _prints([*lines, 'openjdk version "17.0.15" 2025-04-15'])
