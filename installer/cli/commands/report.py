"""``catherd report``: the evidence of a run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from installer.cli.helping import Command
from installer.cli.options import as_json, in_cluster, output_option
from installer.frontend.where import Where

if TYPE_CHECKING:
    from installer.frontend.past import PastRun


@click.command(cls=Command, short_help="Evidence of a run: who, when, what, seen how.")
@click.argument("run", required=False)
@in_cluster
@output_option
@as_json
@click.option("--list", "listing", is_flag=True, help="Show which runs there were.")
def report(where: Where, run: str | None, output: Path | None, json: bool, listing: bool) -> None:
    """Write the evidence of the newest run, or of RUN, as one HTML page or as JSON.

    Who ran it and when, each step with its diffs, output and checks, a chart of what each host
    did when, and the trials of the proof. It is made from the journal of this machine: no host is
    asked. Secrets are shown as dots.

    \b
    Examples:
      catherd report -o report.html
      catherd report --json | jq '.steps[] | {step, host, seconds}'
      catherd report --list
    """
    from installer.cli import documents
    from installer.cli.opening import open_session
    from installer.frontend import past, report_files, report_page
    from installer.frontend.report_of_run import chosen_run, report_of_run
    from installer.frontend.saving import write_whole
    from runbook.harmless import harmless

    with open_session(where) as session:
        if listing:
            _show(past.runs(session.journal), json)
            return
        found = report_of_run(session, chosen_run(session, run))
    if json:
        text = documents.escaped(report_files.as_json(found))
    else:
        text = harmless(report_page.html(found))
    if output is None:
        sys.stdout.write(text)
    else:
        write_whole(output, text)


def _show(runs: Sequence[PastRun], json: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from installer.cli import documents, show
    from installer.frontend import report_files
    from installer.frontend.recall import when

    if json:
        documents.write({"runs": [report_files.run_as_data(run) for run in runs]})
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for run in runs:
        cells = (run.glyph, run.id, when(run.began), run.operator, run.command, run.ending)
        table.add_row(*(Text(str(cell)) for cell in cells))
    show.out().print(table)
