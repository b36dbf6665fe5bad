"""YAML as people write it by hand, and as ansible-lint wants it."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import yaml

WIDTH = 100
LONGEST = 140
"""Characters of a line in a block; ansible-lint counts 160 with its indentation."""


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """List items stand deeper than the key they belong to."""
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:
        """Equal values are written out each time."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    """Several lines as a block, one line plain or in quotes."""
    lines = text.split("\n")
    if len(lines) > 1 and not any(
        line != line.rstrip() or "\t" in line or len(line) > LONGEST for line in lines
    ):
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
    simple = re.fullmatch(r"[\w./=][\w ./=()~-]*", text) and yaml.safe_load(text) == text
    quotes = None if simple or '"' in text or "\\" in text or len(lines) > 1 else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=quotes)


_Dumper.add_representer(str, _text)


def document(data: Any, comment: str = "") -> bytes:
    """One YAML document, under a comment."""
    lines = (part for line in comment.splitlines() for part in textwrap.wrap(line, 90) or [""])
    words = "".join(f"# {line}".rstrip() + "\n" for line in lines)
    text = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, indent=2
    )
    return f"---\n{words}{_spaced(text)}".encode()


def _spaced(text: str) -> str:
    """An empty line before each item of the outermost list but the first."""
    first, *others = text.split("\n")
    return "\n".join([first, *(f"\n{line}" if line.startswith("- ") else line for line in others)])
