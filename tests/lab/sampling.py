"""Looks for secrets where they must not be: in processes, while a run goes on, and in files."""

from __future__ import annotations

import base64
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from installer import lab
from installer.lab.hosts import container_name
from installer.lab.lab import open_podman

MARK = b"\0== sample ==\0"
LOOP = (
    "umask 077; rm -f /root/stop; while [ ! -e /root/stop ]; do printf '\\0== sample ==\\0'; "
    "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ; sleep 0.2; done >/root/samples 2>/dev/null"
)


def variants(secret: str) -> set[bytes]:
    """The secret as it is, and as it stands in URLs, hex and base64, wherever it begins there."""
    data = secret.encode()
    found = {data, data.hex().encode(), quote(secret, safe="").encode()}
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + data).rstrip(b"=")
        found.add(coded[(before * 4 + 2) // 3 : len(coded) - 1])
    return found


@dataclass
class Samples:
    """Arguments and environments of all processes, several times a second."""

    hosts: lab.Lab
    place: Path
    taken: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def during(self) -> Iterator[None]:
        """Sample this machine and all hosts."""
        stop = threading.Event()
        here = threading.Thread(target=self._here, args=(stop,))
        here.start()
        podman = open_podman()
        names = {host.name: container_name(self.hosts, host) for host in self.hosts.hosts}
        watching = [
            threading.Thread(target=podman.ask, args=("exec", name, "sh", "-c", LOOP))
            for name in names.values()
        ]
        for thread in watching:
            thread.start()
        for name in names.values():
            while not podman.ask("exec", name, "test", "-s", "/root/samples").ok:
                time.sleep(0.2)
        try:
            yield
        finally:
            stop.set()
            for host, name in names.items():
                podman.do("exec", name, "touch", "/root/stop")
                podman.do("cp", f"{name}:/root/samples", str(self.place / f"{host}.samples"))
            for thread in [here, *watching]:
                thread.join()

    def _here(self, stop: threading.Event) -> None:
        with (self.place / "controller.samples").open("wb") as file:
            while not stop.is_set():
                file.write(MARK)
                for pid in filter(str.isdecimal, os.listdir("/proc")):
                    for name in ("cmdline", "environ"):
                        with suppress(OSError):
                            file.write(Path(f"/proc/{pid}/{name}").read_bytes())
                time.sleep(0.2)

    def find(self, wanted: dict[str, str]) -> list[str]:
        """Names of what was seen in processes, with the machine."""
        found = []
        for path in sorted(self.place.glob("*.samples")):
            data = path.read_bytes()
            self.taken[path.stem] = data.count(MARK)
            found += [f"{name} in processes of {path.stem}" for name in seen(data, wanted)]
        return found


def seen(data: bytes, wanted: dict[str, str]) -> list[str]:
    """Names of the secrets that are in the data."""
    return [
        name
        for name, secret in wanted.items()
        if any(variant in data for variant in variants(secret))
    ]


def in_files(places: Iterable[Path], wanted: dict[str, str]) -> tuple[list[str], int]:
    """What is found in files below these places, and how many were read."""
    found, count = [], 0
    for place in places:
        for path in place.rglob("*"):
            if path.is_file() and not path.is_symlink():
                count += 1
                found += [f"{name} in {path}" for name in seen(path.read_bytes(), wanted)]
    return found, count


def on_host(hosts: lab.Lab, host: str, find: str, wanted: dict[str, str]) -> tuple[list[str], int]:
    """What is found in files that ``find`` lists on a host, and how many were read."""
    patterns = b"\n".join(sorted({each for secret in wanted.values() for each in variants(secret)}))
    name = container_name(hosts, hosts.host(host))
    script = (
        "cat >/dev/shm/patterns; "
        f"{find} -print0 2>/dev/null >/dev/shm/files; tr -cd '\\0' </dev/shm/files | wc -c; "
        "xargs -0 -r grep -laF -f /dev/shm/patterns -- </dev/shm/files 2>/dev/null; "
        "rm -f /dev/shm/patterns /dev/shm/files"
    )
    done = open_podman().do("exec", "-i", name, "sh", "-c", script, input=patterns)
    count, *files = done.splitlines()
    return [f"a secret in {host}:{file}" for file in files if "/dev/shm/" not in file], int(count)
