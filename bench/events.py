"""What befalls a practice cluster under load: nodes killed, stopped, restarted, frozen, cut off."""

from __future__ import annotations

import io
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from installer.lab.hosts import container_name
from installer.lab.lab import open_podman
from installer.lab.spec import Lab
from runbook.assets import asset
from runbook.errors import BadInput
from runbook.probe_page import CONTEXT
from runbook.software.balancer_manager import MANAGER_PATH, parse_members

WEBAPPS = "/usr/local/tomcat/webapps"
PAGES = Path(__file__).with_name("load_page")
IN_SERVICE = 120.0
"""Seconds until a node that was started must be in service."""


class Stage:
    """A practice cluster, reached past Catherd: through Podman and the balancer's own port."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._podman = lab, open_podman()
        assert lab.balancer.http_port is not None
        self.port = lab.balancer.http_port
        self.nodes = [host.name for host in lab.tomcats]

    def on(self, host: str, script: str, data: bytes | None = None) -> str:
        """Run a script as root on a host."""
        command = ("exec", "--interactive", self._container(host), "sh", "-c", script)
        return self._podman.do(*command, input=data or b"")

    @contextmanager
    def probe_deployed(self) -> Iterator[None]:
        """The probe application on every node, with the page that takes its time."""
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w") as tar:
            for root in (asset("probe"), PAGES):
                tar.add(root, ".")
        aside, home = "/var/tmp/catherd-probe", f"{WEBAPPS}{CONTEXT}"
        for node in self.nodes:
            script = (
                f"rm -rf {aside} {home}; mkdir {aside}; tar -x -C {aside};"
                f" chmod -R a+rX {aside}; mv {aside} {home}"
            )
            self.on(node, script, data.getvalue())
        try:
            for node in self.nodes:
                self._await_page(node)
            yield
        finally:
            for node in self.nodes:
                self.on(node, f"rm -rf {home}")

    def _await_page(self, node: str) -> None:
        """Both pages compiled and served by the node itself."""
        ask = f"exec 3<>/dev/tcp/{self._lab.host(node).address}/8080;"
        for page in ("?peek=1", "pause.jsp?pause=0&peek=1"):
            send = f"GET {CONTEXT}/{page} HTTP/1.0\\r\\n\\r\\n"
            script = f"timeout 20 bash -c '{ask} printf \"{send}\" >&3; cat <&3' || :"
            self._until(lambda script=script: "node=" in self.on(node, script), f"probe on {node}")

    def usable(self) -> set[str]:
        """Routes that httpd sends requests to at this moment."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", f"{MANAGER_PATH}?xml=1", headers={"Connection": "close"})
            members = parse_members(connection.getresponse().read())
        except (OSError, HTTPException, BadInput):
            return set()
        finally:
            connection.close()
        return {member.route for member in members if member.usable}

    def await_all(self) -> float:
        """Wait until httpd uses every node; returns that moment."""
        self._until(lambda: self.usable() == set(self.nodes), "every node in service")
        return time.time()

    def _until(self, true: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + IN_SERVICE
        while not true():
            if time.monotonic() > deadline:
                raise TimeoutError(what)
            time.sleep(0.05)

    def at(self, host: str, script: str) -> float:
        """Run a script on a host; returns the moment at which it began there."""
        return float(self.on(host, f"date +%s.%N; {script}").split()[0])

    def kill(self, node: str) -> float:
        """End the process as a power cut would; returns the moment at which its ports are gone."""
        pid = self.on(node, "systemctl show -p MainPID --value tomcat").strip()
        gone = f"kill -9 {pid}; while grep -qs :1F90.*0A /proc/net/tcp /proc/net/tcp6; do :; done"
        struck = float(self.on(node, f"{gone}; date +%s.%N"))
        self.on(node, f"while kill -0 {pid} 2>/dev/null; do sleep 0.05; done")
        return struck

    def stop(self, node: str) -> float:
        """Stop it in good order."""
        return self.at(node, "systemctl stop tomcat")

    def start(self, node: str) -> float:
        """Start it."""
        return self.at(node, "systemctl start tomcat")

    def restart(self, node: str) -> float:
        """Restart it as an operator does."""
        return self.at(node, "systemctl restart tomcat")

    def reload(self, node: str) -> float:
        """Let Apache read its configuration again."""
        return self.at("balancer", "systemctl reload httpd")

    def rolling(self, node: str) -> float:
        """Restart all nodes one after the other, as fast as systemctl returns."""
        began = time.time()
        for each in sorted(self.nodes, key=lambda other: other != node):
            self.restart(each)
        return began

    def freeze(self, node: str) -> float:
        """Stop all processes of the host: its kernel still takes connections."""
        struck = time.time()
        self._podman.do("pause", self._container(node))
        return struck

    def thaw(self, node: str) -> float:
        """Let them go on."""
        struck = time.time()
        self._podman.do("unpause", self._container(node))
        return struck

    def cut(self, node: str) -> float:
        """Let the host vanish from the network: what is sent to it is dropped."""
        return self._link(node, "down")

    def mend(self, node: str) -> float:
        """Let it come back."""
        return self._link(node, "up")

    def _link(self, node: str, state: str) -> float:
        index = self.on(node, "cat /sys/class/net/eth0/iflink").strip()
        names = [path.parent.name for path in Path("/sys/class/net").glob("*/ifindex")
                 if path.read_text().strip() == index]
        struck = time.time()
        subprocess.run(["ip", "link", "set", "dev", names[0], state], check=True)
        return struck

    def restore(self) -> None:
        """Whatever was left undone: nodes thawed, connected and started."""
        for node in self.nodes:
            self._podman.ask("unpause", self._container(node))
            with suppress(OSError):
                self._link(node, "up")
            self.start(node)

    def _container(self, host: str) -> str:
        return container_name(self._lab, self._lab.host(host))
