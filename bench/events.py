"""What befalls a practice cluster under load: nodes killed, stopped, restarted, frozen, cut off."""

from __future__ import annotations

import io
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NamedTuple

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


class Moment(NamedTuple):
    """When something began to happen, and when it had taken effect."""

    began: float
    done: float


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
            # One that was there is let go first: replaced, it would be reloaded under load.
            self.on(node, f"rm -rf {home}")
            self._await_no_page(node)
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

    def _await_no_page(self, node: str) -> None:
        self._until(lambda: not self._serves(node, "?peek=1"), f"no probe on {node}")

    def _await_page(self, node: str) -> None:
        """Both pages compiled and served by the node itself."""
        for page in ("?peek=1", "pause.jsp?pause=0&peek=1"):
            self._until(partial(self._serves, node, page), f"probe on {node}")

    def _serves(self, node: str, page: str) -> bool:
        send = f"GET {CONTEXT}/{page} HTTP/1.0\\r\\n\\r\\n"
        open_ = f"exec 3<>/dev/tcp/{self._lab.host(node).address}/8080"
        return "node=" in self.on(
            node, f"timeout 20 bash -c '{open_}; printf \"{send}\" >&3; cat <&3' 2>&1 || :"
        )

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

    def at(self, host: str, script: str) -> Moment:
        """Run a script on a host; returns the moment at which it began there."""
        began = float(self.on(host, f"date +%s.%N; {script}").split()[0])
        return Moment(began, began)

    def kill(self, node: str) -> Moment:
        """End the process as a power cut would: done when its port is gone."""
        pid = self.on(node, "systemctl show -p MainPID --value tomcat").strip()
        open_ = "grep -qs ':1F90 [0-9A-F:]* 0A ' /proc/net/tcp /proc/net/tcp6"
        script = f"date +%s.%N; kill -9 {pid}; while {open_}; do :; done; date +%s.%N"
        struck = Moment(*map(float, self.on(node, script).split()))
        self.on(node, f"while kill -0 {pid} 2>/dev/null; do sleep 0.05; done")
        return struck

    def stop(self, node: str) -> Moment:
        """Stop it in good order."""
        return self.at(node, "systemctl stop tomcat")

    def start(self, node: str) -> Moment:
        """Start it."""
        return self.at(node, "systemctl start tomcat")

    def restart(self, node: str) -> Moment:
        """Restart it as an operator does."""
        return self.at(node, "systemctl restart tomcat")

    def reload(self, node: str) -> Moment:
        """Let Apache read its configuration again."""
        return self.at("balancer", "systemctl reload httpd")

    def rolling(self, node: str) -> Moment:
        """Restart all nodes one after the other, as fast as systemctl returns."""
        first = self.restart(node)
        for other in self.nodes:
            if other != node:
                self.restart(other)
        return first

    def freeze(self, node: str) -> Moment:
        """Stop all processes of the host: its kernel still takes connections."""
        return self._podman_does("pause", node)

    def thaw(self, node: str) -> Moment:
        """Let them go on."""
        return self._podman_does("unpause", node)

    def _podman_does(self, verb: str, node: str) -> Moment:
        began = time.time()
        self._podman.do(verb, self._container(node))
        return Moment(began, time.time())

    def cut(self, node: str) -> Moment:
        """Let the host vanish from the network: what is sent to it is dropped."""
        return self._link(node, "down")

    def mend(self, node: str) -> Moment:
        """Let it come back."""
        return self._link(node, "up")

    def _link(self, node: str, state: str) -> Moment:
        index = self.on(node, "cat /sys/class/net/eth0/iflink").strip()
        files = Path("/sys/class/net").glob("*/ifindex")
        (name,) = [file.parent.name for file in files if file.read_text().strip() == index]
        began = time.time()
        subprocess.run(["ip", "link", "set", "dev", name, state], check=True)
        return Moment(began, time.time())

    def restore(self) -> None:
        """Whatever was left undone: nodes thawed, connected and started."""
        for node in self.nodes:
            self._podman.ask("unpause", self._container(node))
            with suppress(OSError):
                self._link(node, "up")
            self.start(node)

    def _container(self, host: str) -> str:
        return container_name(self._lab, self._lab.host(host))
