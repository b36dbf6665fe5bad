"""A report in files: for people, for browsers and for programs."""

from __future__ import annotations

import os
import time
from pathlib import Path

from installer.frontend import report_files, report_page
from installer.frontend.report import Report
from installer.private import private
from runbook.errors import Failed
from runbook.harmless import harmless
from runbook.text import T


def save(report: Report, place: Path) -> tuple[Path, ...]:
    """Write it as Markdown, HTML and JSON for nobody but the operator to read; where.

    :raises Failed: the directory cannot be written to
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(report.made))
    texts = {
        ".md": report_files.markdown(report),
        ".html": report_page.html(report),
        ".json": report_files.as_json(report),
    }
    paths = tuple(place / f"report-{stamp}{suffix}" for suffix in texts)
    try:
        private(place)
        for path, text in zip(paths, texts.values(), strict=True):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(handle, "w", encoding="utf-8") as out:
                out.write(harmless(text))
    except OSError as error:
        raise Failed(
            T("The report cannot be written: {why}", why=error.strerror or error),
            where=str(place),
            remedy=T("Make room there, then save it again."),
        ) from error
    return paths
