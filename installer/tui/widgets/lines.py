"""Pages of the training as they look in the wizard."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text as Styled

from installer.frontend.training.pages import Line
from runbook.harmless import harmless

STYLES = {"title": "bold", "more": "dim", "code": "cyan", "good": "green", "bad": "red",
          "note": "yellow"}  # fmt: skip
INDENT = {"more": 8, "code": 4}


def rendered(lines: Iterable[Line]) -> RenderableType:
    """A page as the wizard shows it."""
    parts: list[RenderableType] = []
    for line in lines:
        text = Styled(harmless(str(line.text)), STYLES.get(line.kind, ""), overflow="fold")
        parts.append(Padding(text, (0, 0, 0, INDENT.get(line.kind, 0))))
    return Group(*parts)


def in_one(lines: Iterable[Line]) -> Styled:
    """The same as one text, for a dialog."""
    each = (Styled(harmless(str(line.text)), STYLES.get(line.kind, "")) for line in lines)
    return Styled("\n").join(each)
