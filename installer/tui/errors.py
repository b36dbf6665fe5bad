"""Errors as the wizard shows them."""

from __future__ import annotations

from rich.text import Text as Styled

from runbook.errors import CatherdError, Faults
from runbook.harmless import harmless


def in_words(error: CatherdError) -> Styled:
    """One line of what, one of where, one of what to do; several faults one after the other."""
    text = Styled()
    for each in error.faults if isinstance(error, Faults) else (error,):
        if text:
            text.append("\n\n")
        text.append(harmless(str(each.what)), "bold red")
        if each.where:
            text.append(f"\n{harmless(str(each.where))}", "dim")
        if each.remedy:
            text.append(f"\n→ {harmless(str(each.remedy))}", "green")
    return text
