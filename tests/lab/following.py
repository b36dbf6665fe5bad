"""Follows an exported runbook to the letter: its blocks are read from the text and run."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from installer import lab

_BLOCK = re.compile(r"^(`{3,})sh host=(\S+)(?: (look|undo))?\n(.*?)^\1$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    hosts: tuple[str, ...]
    kind: str
    commands: str


def blocks(markdown: str) -> Iterator[Block]:
    """In order; ``kind`` is ``do``, ``look`` or ``undo``."""
    for found in _BLOCK.finditer(markdown):
        yield Block(tuple(found[2].split(",")), found[3] or "do", found[4])


def follow(hosts: lab.Lab, block: Block) -> str:
    """Run it where it says, as a person would: over ssh, as root by sudo; what was printed.

    What is only to be looked at may be absent; a command that is not there fails all the same.
    """
    said = ""
    for name in block.hosts:
        if name == "here":
            said += _run(hosts, ["sh", "-eu"], block.commands)
            continue
        ssh = ["ssh", "-F", str(hosts.ssh_config), name]
        _run(hosts, [*ssh, "cat >block.sh"], block.commands)
        password = hosts.sudo_password.read_text()
        strict = "-u" if block.kind == "look" else "-eu"
        said += _run(hosts, [*ssh, f"sudo -S -p '' sh {strict} ./block.sh"], password, strict)
    return said


def _run(hosts: lab.Lab, command: list[str], data: str, strict: str = "-eu") -> str:
    done = subprocess.run(
        command,
        input=data,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1500,
        cwd=hosts.directory,
        check=False,
    )
    well = done.returncode == 0 if strict == "-eu" else ": not found" not in done.stdout
    assert well, f"{command}\n{data}\n→ {done.stdout[-3000:]}"
    return done.stdout
