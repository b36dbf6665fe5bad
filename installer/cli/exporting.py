"""What the commands of ``catherd export`` share that write one document."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from installer.cli.opening import open_session
from installer.export.model import Runbook
from installer.export.writing import runbook_of
from installer.frontend.saving import write_whole
from installer.frontend.where import Where
from runbook.harmless import harmless


def write(where: Where, output: Path | None, form: Callable[[Runbook], str]) -> None:
    """Make the document of a cluster and write it to a file, or print it.

    :raises CatherdError: an archive cannot be brought, a step not be planned, the file not written
    """
    with open_session(where) as session:
        text = harmless(form(runbook_of(session.installation)))
    if output is None:
        sys.stdout.write(text)
    else:
        write_whole(output, text)
