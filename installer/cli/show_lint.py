"""Findings in files, on a plain terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.text import Text as Styled

from installer.cli.show import out
from runbook.errata import catalogue
from runbook.lint.finding import Finding
from runbook.text import T


def show_findings(found: Sequence[Finding], files: int) -> None:
    """Each with line, reason and mend, file by file."""
    for path, group in groupby(found, key=lambda each: each.path):
        out().print(Styled(path, style="bold"))
        for each in group:
            _, erratum = catalogue()[each.erratum]
            line = Styled.assemble(
                (f"  {each.line:>4}  ", "yellow"), str(each.what), (f"  [{each.erratum}]", "dim")
            )
            out().print(line)
            out().print(Styled(f"        {erratum.happens}"))
            out().print(Styled(f"        → {each.mend}", style="green"))
        out().print()
    if found:
        told = T("Mistakes: {count}; files looked through: {files}", count=len(found), files=files)
        out().print(Styled(str(told), style="bold red"))
        out().print(Styled(str(T("catherd errata NAME explains one of them")), style="dim"))
    else:
        told = T("No mistake that Catherd knows; files looked through: {files}", files=files)
        out().print(Styled(str(told), style="green"))


def document(finding: Finding) -> dict[str, object]:
    """A finding as plain data."""
    _, erratum = catalogue()[finding.erratum]
    return {
        "path": finding.path,
        "line": finding.line,
        "erratum": finding.erratum,
        "what": str(finding.what),
        "why": str(erratum.happens),
        "mend": str(finding.mend),
    }
