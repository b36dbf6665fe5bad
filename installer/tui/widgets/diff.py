"""A unified diff: what goes and what comes by sign and colour, whatever the theme."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text as Styled

from runbook.harmless import harmless

COLOURS = {"+": "success", "-": "error", "@": "primary"}
Colours = Mapping[str, str]
"""Of the theme, by their names in Textual."""


def append_diff(text: Styled, diff: str, colours: Colours, indent: str = "  ") -> None:
    """Put a diff at the end of a text."""
    for line in diff.splitlines():
        name = COLOURS.get(line[:1])
        bold = line.startswith(("+++", "---"))
        style = f"{'bold ' if bold else ''}{colours[name]}" if name else ""
        text.append(f"{indent}{harmless(line.expandtabs())}\n", style)
