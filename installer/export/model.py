"""A runbook as a document, before it becomes Markdown or HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from runbook.check import Check
from runbook.cluster import Cluster
from runbook.step import Step
from runbook.text import Text

HERE = "here"
"""Stands for the machine from which the hosts are reached, among their names."""


@dataclass(frozen=True)
class Block:
    """Shell to be run on these hosts as root, or ``HERE`` as whoever sits there."""

    hosts: tuple[str, ...]
    commands: str
    title: Text = ""
    kind: Literal["do", "look", "undo"] = "do"


@dataclass(frozen=True)
class Doing:
    """A change: what, why, and how by hand."""

    summary: Text
    why: Text
    reasons: tuple[tuple[str, Text], ...]
    """Parts of it, such as flags, with a reason each."""
    blocks: tuple[Block, ...]
    lines: tuple[str, ...] = ()
    """What an editor has to bring into the file, where no command can."""


@dataclass(frozen=True)
class Asked:
    """A check, and the hosts that it is for."""

    hosts: tuple[str, ...]
    check: Check


@dataclass(frozen=True)
class Part:
    """What a step is on hosts for which it is the same."""

    hosts: tuple[str, ...]
    doings: tuple[Doing, ...]
    checks: tuple[Asked, ...]
    looks: tuple[Block, ...]
    undoings: tuple[Block, ...]


@dataclass(frozen=True)
class Chapter:
    """A step."""

    number: int
    step: Step
    notes: tuple[Text, ...]
    """When it may begin."""
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Archive:
    """A file that has to be on a host."""

    name: str
    sha256: str
    source: str
    size: int
    hosts: tuple[str, ...]


@dataclass(frozen=True)
class Runbook:
    """The whole document."""

    cluster: Cluster
    version: str
    """Of Catherd."""
    archives: tuple[Archive, ...]
    bringing: tuple[Block, ...]
    """How archives and secrets come to the hosts."""
    chapters: tuple[Chapter, ...]
    tidying: tuple[Block, ...]
