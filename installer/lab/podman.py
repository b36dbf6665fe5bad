"""Podman: which flags this machine needs, and the few things that a lab asks of it."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from installer.lab.process import Finished, run
from installer.private import private
from runbook.errors import CatherdError, Failed
from runbook.text import T

LABEL = "io.catherd.lab"
"""Everything a lab owns carries it, with the lab's name."""
HOST_LABEL = "io.catherd.host"

_CGROUPFS = ("--runtime", "runc", "--cgroup-manager", "cgroupfs")
_ULIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096")
_PACKAGES = "podman runc netavark aardvark-dns iptables"

_LOST_NETWORK = re.compile(r"joining network namespace of container (\w+)")
_LOST_ADDRESS = "is already allocated to container"


class AddressLost(Failed):
    """Podman keeps an address for a container that is gone: it was killed at a bad moment."""


@dataclass(frozen=True)
class Flags:
    """What Podman needs on this machine to start a container that runs systemd."""

    podman: tuple[str, ...] = ()
    """After ``podman``."""
    create: tuple[str, ...] = ()
    """After ``create`` or ``run``."""


CANDIDATES = (
    Flags(),
    Flags(create=_ULIMITS),  # no CAP_SYS_RESOURCE: setrlimit is refused
    Flags(_CGROUPFS),  # hybrid or v1 cgroups: crun refuses, systemd's are not ours
    Flags(_CGROUPFS, _ULIMITS),
)


@dataclass(frozen=True)
class Container:
    """A container of a lab, as Podman believes it is."""

    name: str
    host: str
    state: str
    image: str
    pid: int = 0

    @property
    def alive(self) -> bool:
        """Whether it runs; where its processes were killed from outside, Podman does not know."""
        return self.state == "running" and (not self.pid or _lives(self.pid))


class Podman:
    """Runs podman with the flags that this machine was found to need."""

    def __init__(self, memory: Path) -> None:
        """:param memory: file that keeps what was found from one run to the next"""
        self._memory = memory

    @cached_property
    def version(self) -> str:
        """Podman's version.

        :raises CatherdError: Podman is not installed, or does not work at all
        """
        answer = run(["podman", "--version"])
        if answer.code == 127:
            raise CatherdError(
                T("Podman is not installed; the practice lab runs on it."),
                remedy=T("Install it: apt-get install {packages}", packages=_PACKAGES),
            )
        if not answer.ok:
            raise self._failed("--version", answer)
        return answer.out.split()[-1]

    def flags(self, image: str) -> Flags:
        """The flags this machine needs, found by trying ``image`` and then remembered."""
        if known := self._remembered():
            return known
        refusals = []
        for flags in CANDIDATES:
            argv = [*flags.podman, "run", "--rm", "--network=none", "--systemd=always"]
            tried = run(["podman", *argv, *flags.create, image, "/bin/true"])
            if tried.ok:
                self._remember(flags)
                return flags
            refusals.append(tried.last_words)
        raise Failed(
            T("Podman starts no container on this machine."),
            T("It says: {reason}", reason=refusals[-1]),
            T("Install runc, then try again: apt-get install {packages}", packages=_PACKAGES),
        )

    def ask(
        self, *words: str | Path, input: bytes | None = None, stdin: IO[bytes] | None = None
    ) -> Finished:
        """Run podman and hand back how it went."""
        flags = self._remembered() or Flags()
        return run(["podman", *flags.podman, *words], input=input, stdin=stdin)

    def do(
        self, *words: str | Path, input: bytes | None = None, stdin: IO[bytes] | None = None
    ) -> str:
        """Run podman for its output.

        :raises Failed: with what podman said
        """
        answer = self.ask(*words, input=input, stdin=stdin)
        if not answer.ok:
            raise self._failed(str(words[0]), answer)
        return answer.out

    def containers(self, lab: str) -> dict[str, Container]:
        """The lab's containers by host.

        Podman lists none of them when one has lost its network namespace to whatever happened
        to this machine; that one is stopped, since it can be started again only after that.
        """
        words = ("ps", "--all", "--filter", f"label={LABEL}={lab}", "--format", "json")
        answer, stopped = self.ask(*words), set[str]()
        while not answer.ok and (lost := set(_LOST_NETWORK.findall(answer.err)) - stopped):
            self.ask("stop", "--time", "2", *lost)
            stopped |= lost
            answer = self.ask(*words)
        if not answer.ok:
            raise self._failed("ps", answer)
        return {
            each["Labels"][HOST_LABEL]: Container(
                each["Names"][0],
                each["Labels"][HOST_LABEL],
                each["State"],
                each["ImageID"],
                each.get("Pid", 0),
            )
            for each in json.loads(answer.out or "[]") or []
        }

    def network_subnets(self) -> dict[str, tuple[str, str | None]]:
        """Each network's first subnet and the lab it belongs to, if any."""
        found: dict[str, tuple[str, str | None]] = {}
        for each in self._json("network", "ls", "--format", "json"):
            subnet = next((part["subnet"] for part in each.get("subnets") or []), "")
            found[each["name"]] = subnet, (each.get("labels") or {}).get(LABEL)
        return found

    def remove_network(self, name: str) -> None:
        """Remove a network that has no containers any more.

        Where they were killed from outside its bridge is still there, and would keep the subnet.
        """
        for each in self._json("network", "inspect", name):
            bridge = each.get("network_interface", "")
            if bridge and Path("/sys/class/net", bridge).exists():
                run(["ip", "link", "delete", bridge])
        self.do("network", "rm", "--force", name)

    def remove(self, containers: Sequence[str]) -> None:
        """Remove containers whatever their state; missing ones are fine.

        What a killed machine left half-dead may refuse the first time.
        """
        if not containers:
            return
        words = ("rm", "--force", "--ignore", "--time", "0", "--volumes", *containers)
        if not self.ask(*words).ok:
            self.do(*words)

    def images(self, lab: str) -> list[str]:
        """The lab's own images: its snapshots."""
        listed = self._json("images", "--filter", f"label={LABEL}={lab}", "--format", "json")
        return [name for each in listed for name in each.get("Names") or [each["Id"]]]

    def prune(self, lab: str) -> None:
        """Remove the lab's images that have no name and no host."""
        self.ask("image", "prune", "--force", f"--filter=label={LABEL}={lab}")

    def has_image(self, image: str) -> bool:
        """Whether the image is here."""
        return self.ask("image", "exists", image).ok

    def _json(self, *words: str) -> list[dict[str, Any]]:
        parsed: list[dict[str, Any]] = json.loads(self.do(*words) or "[]") or []
        return parsed

    @cached_property
    def _machine(self) -> str:
        """What the findings depend on; after each boot they are made anew."""
        try:
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            boot = platform.release()
        return f"{self.version} {boot} {os.getuid()}"

    def _remembered(self) -> Flags | None:
        try:
            found = json.loads(self._memory.read_text())
        except (OSError, ValueError):
            return None
        if not isinstance(found, dict) or found.get("machine") != self._machine:
            return None
        return Flags(tuple(found["podman"]), tuple(found["create"]))

    def _remember(self, flags: Flags) -> None:
        private(self._memory.parent)
        finding = {"machine": self._machine, "podman": flags.podman, "create": flags.create}
        part = self._memory.with_name(f"{self._memory.name}.{os.getpid()}")
        part.write_text(json.dumps(finding) + "\n")
        part.replace(self._memory)

    def _failed(self, verb: str, answer: Finished) -> Failed:
        kind = AddressLost if _LOST_ADDRESS in answer.err else Failed
        return kind(
            T("podman {verb} failed: {reason}", verb=verb, reason=answer.last_words),
            remedy=T("If it stays so, start afresh: catherd lab down, then catherd lab up."),
        )


def _lives(pid: int) -> bool:
    """Whether the process runs; one that nobody has buried yet does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"
