"""The document followed to the letter on the hosts of the lab, beside what Catherd installed there.

Beside: a second server root for the installed httpd, a second CATALINA_BASE for the installed
Tomcat, both on other ports. So the two ways are seen at the same time, and nothing has to be put
back.
"""

from __future__ import annotations

import io
import re
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.events import Stage
from installer import lab
from installer.engine.visitor import Door
from installer.lab.cluster import write_answers
from installer.lab.hosts import container_name
from installer.lab.lab import open_podman
from installer.remote.host import FabricTarget
from installer.remote.ssh import SshSettings
from runbook.assets import asset
from runbook.errata import catalogue
from runbook.probe_page import CONTEXT, Visit, read_page
from runbook.probes import Reply
from tests import document
from tests.lab.commands import catherd, on, say

ROOT = "/root/letter"
APACHE, TOMCAT = "/usr/local/apache", "/usr/local/tomcat"
HTTPD_PORT = 8081
BALANCING = ("slotmem_shm_module", "lbmethod_byrequests_module")
"""What the balancer needs beside the modules that the document names."""
PATIENCE = 240.0
PROBE = f"{TOMCAT}/webapps{CONTEXT}"
INSTALLED = "installed"
"""The snapshot of the hosts with Catherd's cluster on them."""
AS_INSTALLED = "/run/as-installed"
"""Is on a host that nobody has made anew since it was installed or restored for these tests."""


@dataclass(frozen=True)
class Done:
    """A command that has ended: its exit code, and all that it printed."""

    code: int
    said: str


def shown(id: str, said: str) -> bool:
    """Whether the software printed what the erratum says that it prints.

    There, … stands for anything, and the addresses are the document's.
    """
    message = catalogue()[id][1].message
    assert message, f"{id} quotes no message"
    said = re.sub(r"192\.168\.\d+\.", "192.168.232.", said)
    return re.search(".*".join(map(re.escape, message.split("…"))), said) is not None


def until(true: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Wait for it."""
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def install(hosts: lab.Lab) -> None:
    """Catherd's cluster on the hosts, unless it is there as another module has left it.

    Catherd's probe is there too, as soon as Tomcat looks for new applications.
    """
    if on(hosts, "balancer", f"ls {AS_INSTALLED} || :"):
        return
    restore_installed(hosts)
    for node in hosts.tomcats:
        archive = tree(asset("probe"))
        Stage(hosts).on(node.name, f"mkdir {PROBE}; tar -x -C {PROBE}", archive)
    on(hosts, "balancer", f"touch {AS_INSTALLED}")


def restore_installed(hosts: lab.Lab) -> None:
    """Catherd's cluster, just installed: once in a run of the tests, else restored."""
    if INSTALLED in lab.snapshots(hosts.name):
        lab.restore(hosts.name, INSTALLED, say)
    else:
        write_answers(lab.reset(hosts.name, say), say)
        catherd(hosts, "run", "--yes")
        keep_installed(hosts)
    await_in_service(Stage(hosts))


def await_in_service(stage: Stage) -> None:
    """Wait until both Tomcats are up and Catherd's httpd uses them; booted, it does at once."""

    def up() -> bool:
        states = [stage.on(node, "systemctl is-active tomcat || :") for node in stage.nodes]
        return {state.strip() for state in states} == {"active"}

    until(up, "both Tomcats up")
    until(lambda: stage.usable() == set(stage.nodes), "both nodes in service")


def tree(directory: Path) -> bytes:
    """All that is below a directory, as an archive."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        tar.add(directory, ".")
    return data.getvalue()


def keep_installed(hosts: lab.Lab) -> None:
    """Keep the hosts as they are, with the cluster installed, for ``install``."""
    lab.snapshot(hosts.name, INSTALLED, say)


@dataclass
class Browser:
    """Somebody with a cookie jar in front of a server."""

    door: Door
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Reply:
        """Ask for a page."""
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        reply = self.door.ask(path, {"Cookie": jar} if jar else None)
        for name, value in reply.headers:
            if name.lower() == "set-cookie":
                key, _, content = value.partition(";")[0].partition("=")
                self.cookies[key.strip()] = content.strip()
        return reply

    def visit(self, page: str) -> Visit:
        """Ask for the probe's page, which counts the visits of a session."""
        reply = self.get(page)
        return read_page(reply.status, reply.body)

    def at(self, door: Door) -> Browser:
        """The same cookies in front of another server."""
        return Browser(door, dict(self.cookies))


@dataclass
class LabHosts:
    """The hosts as root, and their ports as whoever asks from one of them."""

    lab: lab.Lab
    _targets: dict[str, FabricTarget] = field(default_factory=dict)

    def address(self, name: str) -> str:
        """Of a host, where the others reach it."""
        return self.lab.host(name).address

    def run(self, name: str, script: str, data: bytes = b"") -> Done:
        """Carry a script out as root; it may fail."""
        container = container_name(self.lab, self.lab.host(name))
        words = (
            "exec",
            "--privileged",
            "--interactive",
            container,
            "bash",
            "-c",
            f"exec 2>&1\n{script}",
        )
        done = open_podman().ask(*words, input=data)
        return Done(done.code, done.out)

    def do(self, name: str, script: str, data: bytes = b"") -> str:
        """Carry a script out as root that must not fail; what it printed."""
        done = self.run(name, script, data)
        assert done.code == 0, f"{script}\n{done.said}"
        return done.said

    def write(self, name: str, path: str, text: str, mode: str = "644") -> None:
        """Put a file there."""
        self.do(
            name, f"mkdir -p $(dirname {path}); cat >{path}; chmod {mode} {path}", text.encode()
        )

    def door(self, to: str, port: int, seen_from: str = "", timeout: float = 60.0) -> Door:
        """A port of a host, as another one (or it itself) reaches it."""
        name = seen_from or to
        if name not in self._targets:
            settings = SshSettings(name, "x", config=str(self.lab.ssh_config), alias=name)
            self._targets[name] = FabricTarget(settings)
        return Door(self._targets[name], self.address(to), port, timeout)

    def close(self) -> None:
        """End the connections."""
        for target in self._targets.values():
            target.close()

    def in_the_labs_network(self, text: str) -> str:
        """The document's addresses, in the lab's own subnet."""
        names = {"4": "balancer", "5": "tomcat1", "6": "tomcat2"}
        return re.sub(r"192\.168\.232\.([456])", lambda found: self.address(names[found[1]]), text)


@dataclass(frozen=True)
class Tomcat:
    """A CATALINA_BASE of the document's beside the installed one, on ports of its own."""

    hosts: LabHosts
    node: str
    port: int = 18080

    @property
    def base(self) -> str:
        """Its directory."""
        return f"/root/letter-{self.port}"

    def run(self, script: str) -> Done:
        """One of Tomcat's own scripts, such as ``startup.sh``, called as in a login shell."""
        given = f"export CATALINA_BASE={self.base} CATALINA_PID={self.base}/pid"
        return self.hosts.run(self.node, f". /etc/profile; {given}; {TOMCAT}/bin/{script}")

    def on_host(self, script: str) -> str:
        """A script in its directory; what it printed."""
        return self.hosts.run(self.node, f"cd {self.base}; {script}").said

    @property
    def log(self) -> str:
        """All that it has printed; what it logs is among that."""
        return self.on_host("cat logs/catalina.out")

    @property
    def lives(self) -> bool:
        """Whether its process runs."""
        return self.hosts.run(self.node, f"kill -0 $(cat {self.base}/pid)").code == 0

    @property
    def door(self) -> Door:
        """Its port, as the other hosts reach it."""
        return self.hosts.door(self.node, self.port)

    def await_started(self) -> None:
        """Wait until it says that it is up."""
        until(lambda: "Server startup in" in self.log or not self.lives, f"{self.node} starts", 600)
        assert self.lives, self.log

    def await_end(self) -> None:
        """Wait until it has ended by itself."""
        until(lambda: not self.lives, f"{self.node} ends by itself")


@contextmanager
def tomcat(
    hosts: LabHosts, node: str, server_xml: str, files: Mapping[str, bytes], port: int = 18080
) -> Iterator[Tomcat]:
    """A Tomcat with that server.xml; it is not started yet.

    :param files: what else lies in its CATALINA_BASE, by path
    """
    beside = Tomcat(hosts, node, port)
    text = server_xml.replace("tomcatX", node).replace("{address}", hosts.address(node))
    text = text.replace('port="8080"', f'port="{port}"').replace(
        'port="8005"', f'port="{port + 1}"'
    )
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for name, content in {**files, "conf/server.xml": text.encode()}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    hosts.do(
        node,
        f"rm -rf {beside.base}; mkdir -p {beside.base}; cd {beside.base}; mkdir logs temp webapps"
        f" conf; cp {TOMCAT}/conf/*.* conf/; tar -x",
        data.getvalue(),
    )
    try:
        yield beside
    finally:
        gone = f"while kill -9 $(cat {beside.base}/pid); do sleep 0.1; done"
        hosts.run(node, f"{gone}; rm -rf {beside.base}")


@dataclass(frozen=True)
class Httpd:
    """An httpd with the document's configuration."""

    hosts: LabHosts

    def run(self, *words: str) -> Done:
        """The installed httpd, told to use that configuration."""
        return self.hosts.run("balancer", f"{APACHE}/bin/httpd -d {ROOT} {' '.join(words)}")

    @property
    def lives(self) -> bool:
        """Whether it runs."""
        return self.hosts.run("balancer", f"kill -0 $(cat {ROOT}/logs/httpd.pid)").code == 0

    @property
    def log(self) -> str:
        """What it says in its error_log."""
        return self.hosts.run("balancer", f"cat {ROOT}/logs/error_log").said

    def door(self, seen_from: str = "balancer") -> Door:
        """Its port, as somebody on that host reaches it."""
        return self.hosts.door("balancer", HTTPD_PORT, seen_from)


def httpd_conf(shipped: str) -> str:
    """The httpd.conf that make install wrote, after the document's changes."""
    for module in document.UNCOMMENTED:
        shipped, count = re.subn(f"(?m)^#?(LoadModule {module} )", r"\1", shipped)
        assert count == 1, module
    shipped = shipped.replace(f'"{APACHE}"', f'"{ROOT}"').replace(
        "Listen 80", f"Listen {HTTPD_PORT}"
    )
    return f"{shipped}\n{document.INCLUDE}"


@contextmanager
def httpd(hosts: LabHosts, modproxy: str, *modules: str) -> Iterator[Httpd]:
    """The document's httpd, configured but not started.

    :param modules: more to uncomment than the document says
    """
    shipped = hosts.do("balancer", f"cat {APACHE}/conf/original/httpd.conf")
    conf = httpd_conf(shipped)
    for module in modules:
        conf = conf.replace(f"#LoadModule {module}", f"LoadModule {module}")
    tree = f"rm -rf {ROOT}; mkdir -p {ROOT}/logs; ln -s {APACHE}/modules {APACHE}/htdocs {ROOT}/"
    hosts.do("balancer", f"{tree}; cp -r {APACHE}/conf {ROOT}/conf")
    hosts.write("balancer", f"{ROOT}/conf/httpd.conf", conf)
    extra = f"{ROOT}/conf/extra/httpd-modproxy.conf"
    hosts.write("balancer", extra, hosts.in_the_labs_network(modproxy))
    server = Httpd(hosts)
    try:
        yield server
    finally:
        server.run("-k stop")
        until(lambda: not server.lives, "httpd stops")
        hosts.do("balancer", f"rm -rf {ROOT}")
