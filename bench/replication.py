"""How many new sessions reach the other node whole, by channelSendOptions.

Two real Tomcats on loopback, with the server.xml that Catherd writes, changed in that one
attribute. A session begins on the first node with a value in it; a second later the other node
is asked for it. usage: python bench/replication.py [--kind tomcat10] [--rounds 4]
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import cast

from installer.depot.depot import Depot
from installer.engine.visitor import Door, Visitor
from installer.remote.target import Target
from runbook.assets import asset
from runbook.edits.server_xml import ClusterSettings, Peer, ServerXml, edit_server_xml
from runbook.software.tomcat import tomcat_line

HERE, SESSIONS = "127.0.0.1", 100
PEERS = tuple(Peer(HERE, 4700 + number, number) for number in (1, 2))


class Here:
    """The part of a Target that a door needs."""

    name = "here"

    @contextmanager
    def http(self, host: str, port: int, timeout: float) -> Iterator[HTTPConnection]:
        connection = HTTPConnection(host, port, timeout=timeout)
        yield connection
        connection.close()


def prepare(home: Path, archive: Path, version: str, number: int, options: str) -> None:
    with tarfile.open(archive) as tar:
        tar.extractall(home.parent, filter="data")
    next(home.parent.glob("apache-tomcat-*")).rename(home)
    shutil.rmtree(home / "webapps")
    shutil.copytree(asset("probe"), home / "webapps" / "catherd-probe")
    settings = ClusterSettings(
        name="bench",
        membership="static",
        receiver_address=HERE,
        receiver_port=PEERS[number - 1].port,
        local=PEERS[number - 1],
        peers=tuple(peer for peer in PEERS if peer.number != number),
    )
    wanted = ServerXml(
        tomcat=tomcat_line(version),
        route=f"tomcat{number}",
        cluster=settings,
        http_port=8700 + number,
        shutdown_port=-1,
    )
    file = home / "conf" / "server.xml"
    edited = edit_server_xml(file.read_bytes(), wanted)
    file.write_bytes(
        re.sub(rb'(channelSendOptions=)"[^"]*"', rb'\1"%s"' % options.encode(), edited)
    )


def start(stack: ExitStack, home: Path, java_home: Path) -> None:
    process = subprocess.Popen(
        [home / "bin" / "catalina.sh", "run"],
        env={"PATH": "/usr/bin:/bin", "JAVA_HOME": str(java_home), "CATALINA_HOME": str(home)},
        stdout=(home / "logs" / "out").open("wb"),
        stderr=subprocess.STDOUT,
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)


def measure(doors: list[Door]) -> tuple[int, list[float]]:
    """Sessions that arrived whole, and the seconds that each beginning took."""
    begun, seconds = [], []
    for _ in range(SESSIONS):
        visitor, began = Visitor(doors[0]), time.perf_counter()
        begun.append((visitor, visitor.visit(put="value")))
        seconds.append(time.perf_counter() - began)
    time.sleep(1)
    reads = [(home, visitor.at(doors[1]).peek()) for visitor, home in begun]
    whole = sum(
        (home.counter, home.payload) == (read.counter, read.payload) for home, read in reads
    )
    return whole, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", default="tomcat10")
    parser.add_argument("--rounds", type=int, default=4)
    arguments = parser.parse_args()
    depot = Depot()
    tomcat = depot.fetch(f"debian:{arguments.kind}", say=print)
    jdk = depot.fetch("debian:jdk17", say=print)
    version = tomcat.top.removeprefix("apache-tomcat-")
    doors = [Door(cast(Target, Here()), HERE, 8700 + number) for number in (1, 2)]
    print(f"{'Tomcat':8} {'options':8} {'whole':>12} {'median ms':>10}")
    for options in ("8", "6") * (arguments.rounds // 2):
        with tempfile.TemporaryDirectory() as room, ExitStack() as stack:
            with tarfile.open(depot.path(jdk)) as tar:
                tar.extractall(room, filter="data")
            for number in (1, 2):
                home = Path(room) / f"node{number}"
                prepare(home, depot.path(tomcat), version, number, options)
                start(stack, home, Path(room) / jdk.top)
                while not Visitor(doors[number - 1]).peek().ok:
                    time.sleep(0.1)
            time.sleep(2)
            whole, seconds = measure(doors)
            print(
                f"{version:8} {options:8} {whole:>8}/{SESSIONS} "
                f"{statistics.median(seconds) * 1000:>10.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
