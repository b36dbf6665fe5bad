"""``catherd errata``: what the original document gets wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from installer.cli.helping import Command
from installer.cli.options import as_json

if TYPE_CHECKING:
    from runbook.step import Erratum, Step


def _ids(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    from runbook.errata import catalogue

    return [id for id in catalogue() if id.startswith(incomplete)]


@click.command(cls=Command, short_help="List and explain what the document gets wrong.")
@click.argument("id", required=False, shell_complete=_ids)
@as_json
def errata(id: str | None, json: bool) -> None:
    """List the mistakes of the original document, or explain one of them.

    \b
    Examples:
      catherd errata
      catherd errata proxypass-slash
      catherd errata --json
    """
    from rich.table import Table
    from rich.text import Text

    from installer.cli import documents, show
    from runbook.errata import catalogue
    from runbook.errors import BadInput
    from runbook.lint import FINDS
    from runbook.text import T

    known = catalogue()
    if id is not None and id not in known:
        raise BadInput(
            T("There is no erratum called {id}", id=id),
            remedy=T("catherd errata lists all of them"),
        )
    chosen = {id: known[id]} if id else known
    if json:
        documents.write({"errata": [_document(*each) for each in chosen.values()]})
        return
    if id:
        step, erratum = known[id]
        show.out().print(Text(f"{erratum.id}  ({step.title})", style="bold"))
        show.show_erratum(erratum)
        told = T("catherd lint finds it in files") if id in FINDS else T("catherd lint has no rule")
        show.out().print(Text(f"     {told}", style="dim"))
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, min_width=max(map(len, chosen)))
    for step, erratum in chosen.values():
        table.add_row(
            Text(erratum.id, style="bold"), Text(str(step.title)), Text(str(erratum.says))
        )
    show.out().print(table)
    show.out().print(Text(f"\n{T('catherd errata NAME explains one of them')}", style="dim"))


def _document(step: Step, erratum: Erratum) -> dict[str, object]:
    from runbook.lint import FINDS

    return {
        "id": erratum.id,
        "step": step.id,
        "says": str(erratum.says),
        "happens": str(erratum.happens),
        "message": erratum.message,
        "versions": str(erratum.versions),
        "instead": str(erratum.instead),
        "unshown": str(erratum.unshown),
        "lint": erratum.id in FINDS,
    }
