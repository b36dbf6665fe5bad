"""A practice lab at which things go wrong: wires to cut, disks to fill, and what Catherd says."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from installer import lab
from installer.lab.cluster import write_answers
from installer.lab.hosts import container_name
from installer.lab.lab import open_podman
from tests.lab.commands import CATHERD, on
from tests.lab.terminal import Terminal
from tests.wire import Wire

BARE = """
systemctl -q disable --now tomcat httpd 2>/dev/null
rm -rf /usr/java /usr/local/tomcat /usr/local/apache* /var/lib/catherd /home/operator/.catherd-stage
pkill squat; rm -f /usr/local/bin/squat /usr/local/bin/date /usr/local/bin/tar
rm -f /etc/systemd/system/tomcat.service /etc/systemd/system/httpd.service
if id tomcat >/dev/null 2>&1; then userdel tomcat; fi
sed -i '/# >>> catherd/,/# <<< catherd/d' /etc/profile
systemctl daemon-reload
"""
SLOW_TAR = """
cat >/usr/local/bin/tar <<'END'
#!/bin/sh
/usr/bin/tar "$@" || exit
: >/run/unpacked
while [ ! -e /run/go ]; do sleep 0.1; done
END
chmod 755 /usr/local/bin/tar; rm -f /run/unpacked /run/go
"""
"""Unpacks, then waits until it is let go."""
FAST_TAR = "rm -f /usr/local/bin/tar /run/unpacked /run/go"
LEFT = (
    r"find /etc /usr/java /usr/local /opt /var/lib/catherd /home/operator -xdev"
    r" \( -name '*.catherd-new*' -o -name '*.gone' -o -name '*.part' -o -name '*.new'"
    r" -o -name 'lock.*' \) 2>/dev/null || :"
)
"""Prints what no operation may leave behind."""


@dataclass
class Said:
    """How a run ended."""

    code: int
    text: str
    seconds: float

    def once(self, *words: str, code: int = 1) -> str:
        """The one message of a run that failed; it has all these words.

        Every failed step and every error is a message.
        """
        assert "Traceback" not in self.text
        assert "mistake of its own" not in self.text
        assert self.code == code, self.text
        messages = re.findall(r"^(?:✗|error:).*(?:\n {2,}.*)*", self.text, re.M)
        assert len(messages) == 1, self.text
        for word in words:
            assert re.search(word, messages[0], re.S), messages[0]
        return str(messages[0])


@dataclass
class Running:
    """A run of Catherd that goes on beside the test."""

    process: subprocess.Popen[str]
    began: float = field(default_factory=time.monotonic)
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(self.process.stdout)

    def end(self, timeout: float = 800) -> Said:
        """Wait for its end."""
        try:
            code = self.process.wait(timeout)
        finally:
            self.process.kill()
        self._reader.join(5)
        return Said(code, "".join(self.lines), time.monotonic() - self.began)


class Faulty:
    """A lab whose hosts are reached over wires."""

    def __init__(self, hosts: lab.Lab, place: Path) -> None:
        self.lab, self._place = hosts, place
        self.wires = {host.name: Wire(host.ssh_port) for host in hosts.hosts}
        self._pids: dict[str, str] = {}
        write_answers(hosts, lambda text: None)
        self._link_up(place)

    def _link_up(self, place: Path) -> None:
        """The lab's answers, with ways to the hosts that lead over the wires."""
        ssh, known = self.lab.ssh_config.read_text(), self.lab.known_hosts.read_text()
        for host in self.lab.hosts:
            port = self.wires[host.name].port
            ssh = ssh.replace(f"Port {host.ssh_port}\n", f"Port {port}\n")
            known = known.replace(f"]:{host.ssh_port} ", f"]:{port} ")
        ssh = ssh.replace(str(self.lab.known_hosts), str(place / "known_hosts"))
        (place / "ssh_config").write_text(ssh)
        (place / "known_hosts").write_text(known)
        self.answers = place / "cluster.toml"
        answers = (self.lab.directory / "cluster.toml").read_text()
        few = answers.replace("[software.httpd]\n", '[software.httpd]\nmodules = "few"\n')
        self.answers.write_text(few)

    def command(self, *arguments: str) -> list[str]:
        """The command line for these arguments."""
        password = f"--sudo-password-file={self.lab.sudo_password}"
        return [str(CATHERD), *arguments, "--cluster", str(self.answers), password]

    def start(self, *arguments: str, who: str = "me", own_password: bool = False) -> Running:
        """Start Catherd as a user would."""
        command = self.command(*arguments)
        return Running(
            subprocess.Popen(
                command[: -1 if own_password else None],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env=self.environment(who),
            )
        )

    def environment(self, who: str = "me") -> dict[str, str]:
        """A journal of one's own for each operator."""
        return {**os.environ, "XDG_STATE_HOME": str(self._place / who), "COLUMNS": "200"}

    def at_terminal(self, *arguments: str) -> Terminal:
        """Start Catherd at a terminal, where it asks for passwords and for what to do."""
        words = [word for word in self.command(*arguments) if "--sudo-password" not in word]
        return Terminal(words, self.environment())

    def run(self, *steps: str, host: str = "tomcat1", code: int | None = None) -> Said:
        """An unattended run of these steps on one host."""
        said = self.start("run", "--yes", "--host", host, *only(*steps)).end()
        assert code in (None, said.code), said.text
        return said

    def on(self, host: str, script: str) -> str:
        """Run a script as root on a host, past Catherd."""
        return on(self.lab, host, script)

    def root(self, host: str) -> Path:
        """The root directory of a host, as this machine sees it."""
        name = container_name(self.lab, self.lab.host(host))
        pid = open_podman().do("inspect", "--format", "{{.State.Pid}}", name).strip()
        return Path("/proc", pid, "root")

    def bare(self, *hosts: str) -> None:
        """Take away all that the tests put on these hosts."""
        for host in hosts:
            self.wires[host].renew()
            self.on(host, BARE)

    def left(self, host: str) -> list[str]:
        """What lies half-written on a host."""
        return self.on(host, LEFT).split()

    @contextmanager
    def mounted(self, host: str, place: str, options: str, kind: str = "tmpfs") -> Iterator[None]:
        """A file system of its own, mounted there for a while; the host may not mount any."""
        self.on(
            host, f"[ -d {place} ] || {{ mkdir -p {place}; chown --reference={place}/.. {place}; }}"
        )
        self._outside(host, "mount", "-t", kind, "-o", options, kind, place)
        try:
            yield
        finally:
            self._outside(host, "umount", "-l", place)

    def remount(self, host: str, place: str, options: str) -> None:
        """Change how something is mounted on a host."""
        self._outside(host, "mount", "-o", f"remount,{options}", place)

    def _outside(self, host: str, *command: str) -> None:
        """Run a command in the host's name spaces with the rights of this machine."""
        pid = self.root(host).parent.name
        subprocess.run(["nsenter", "-m", "-p", "-t", pid, *command], check=True)

    @contextmanager
    def second_wire(self, host: str) -> Iterator[None]:
        """Another way to the host, for whoever starts while this is so."""
        first, second = self.wires[host], Wire(self.lab.host(host).ssh_port)
        self.wires[host] = second
        self._link_up(self._place)
        try:
            yield
        finally:
            self.wires[host] = first
            self._link_up(self._place)
            second.close()

    def close(self) -> None:
        """Take the wires away."""
        for wire in self.wires.values():
            wire.close()


def only(*steps: str) -> list[str]:
    """The options that choose these steps."""
    return [word for step in steps for word in ("--only", step)]


def until(holds: Callable[[], object], patience: float = 400.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, "it never came so far"
        time.sleep(0.005)
