"""Cuts the output of a survey into its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from installer.remote.survey import Questions


class Torn(Exception):
    """A survey that came back incomplete, or that saw files change under it: ask again."""


@dataclass
class Received:
    """What the script sent: a few lines, then the bytes that they announce."""

    codes: dict[int, int] = field(default_factory=dict)
    """Exit codes of the ``Sh`` probes, by number."""
    found: dict[int, str] = field(default_factory=dict)
    """For each ``FileAt``: ``+``, or how many levels up a directory exists."""
    links: dict[int, bytes] = field(default_factory=dict)
    """Where the symbolic links among them point."""
    copies: list[bytes | None] = field(default_factory=list)
    """Contents, in order; None for one that could not be read."""
    read: list[bool] = field(default_factory=list)
    """For each file that a service reads, whether it exists."""
    managed: bool = True
    """Whether the host has a service manager that we know."""
    blobs: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, questions: Questions, data: bytes) -> Received:
        """Take the output apart; raises ``Torn`` unless every byte is accounted for."""
        head, found, body = data.partition(b"=\n")
        if not found:
            raise Torn
        received = cls()
        linked: list[int] = []
        copied: list[bool] = []
        sizes: list[int] = []
        for line in head.decode("ascii", "replace").splitlines():
            match line.split(" "):
                case ["s", number, code]:
                    received.codes[int(number)] = int(code)
                case ["f", number, what] if len(what) <= 4:
                    received.found[int(number)] = what
                case ["l", number]:
                    linked.append(int(number))
                case ["c", what]:
                    copied.append(what == "+")
                case ["r", what]:
                    received.read.append(what == "+")
                case ["m", "none"]:
                    received.managed = False
                case ["z", size]:
                    sizes.append(int(size))
                case _:
                    raise Torn
        if len(received.found) != len(questions.files):
            raise Torn
        pieces = _cut(body, sizes)
        if len(pieces) != len(questions.blobs) + len(linked) + copied.count(True):
            raise Torn
        rest = iter(pieces)
        received.blobs = {name: next(rest) for name in questions.blobs}
        received.links = {number: next(rest).removesuffix(b"\n") for number in linked}
        received.copies = [next(rest) if arrived else None for arrived in copied]
        return received


def _cut(body: bytes, sizes: Sequence[int]) -> list[bytes]:
    if len(body) != sum(sizes) or min(sizes, default=0) < 0:
        raise Torn
    pieces, start = [], 0
    for size in sizes:
        pieces.append(body[start : start + size])
        start += size
    return pieces


def one_a_place(items: Sequence[str], there: Sequence[bool]) -> list[str]:
    """Those of ``items`` that are there."""
    if len(items) != len(there):
        raise Torn
    return [item for item, exists in zip(items, there, strict=True) if exists]
