"""How a value is told to be wrong, and what a person is told about it before it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from runbook.text import Text

KeyPath = tuple[str | int, ...]
"""Where a value stands, such as ``("hosts", 1, "address")``."""


class Wrong(ValueError):
    """A value that cannot be used: what is wrong, what would be right, and where it stands."""

    def __init__(
        self, what: Text, remedy: Text | None = None, at: KeyPath = (), *, lacking: bool = False
    ) -> None:
        super().__init__(what)
        self.what, self.remedy, self.at = what, remedy, at
        self.lacking = lacking
        """Nothing contradicts; an answer that is not there yet would mend it."""


class Conflicts(ValueError):
    """Values that are right each by itself and do not fit together."""

    def __init__(self, found: tuple[Wrong, ...]) -> None:
        super().__init__(*(wrong.what for wrong in found))
        self.found = found


@dataclass(frozen=True)
class Says:
    """What a person is told about a value: the question, its comment in the file, an example."""

    label: Text
    help: Text
    example: str = ""
    """A right value as TOML, such as ``"192.168.232.5"`` with its quotes."""
    choices: Mapping[str, Text] = field(default_factory=lambda: MappingProxyType({}))
    """For a choice: what each value means."""


def shown(value: object) -> str:
    """A value as it stands in the file, cut to a length that people can take in."""
    try:
        return short(json.dumps(value, ensure_ascii=False, default=str))
    except ValueError:  # Python writes no number of more than 4,300 digits
        return "…"


def short(text: str) -> str:
    """``text``, or its beginning where it is longer than people can take in."""
    return text if len(text) <= 60 else f"{text[:57]}…"


def matches(pattern: str, text: str) -> bool:
    """Whether all of ``text`` is of that pattern; letters and digits mean ASCII ones."""
    return re.fullmatch(pattern, text, re.ASCII) is not None


def shown_path(path: KeyPath) -> str:
    """``hosts[1].address`` for ``("hosts", 1, "address")``."""
    text = ""
    for part in path:
        word = f"[{part}]" if isinstance(part, int) else short(part)
        text += f".{word}" if text and isinstance(part, str) else word
    return text
