"""The runbook of a cluster, saved as documents."""

from __future__ import annotations

from pathlib import Path

from installer.frontend.saving import write_whole
from installer.frontend.session import Session
from runbook.harmless import harmless


def save_runbook(session: Session, place: Path) -> tuple[Path, ...]:
    """Write it as Markdown and as HTML into a directory; where.

    :raises CatherdError: an archive cannot be brought, or a file not be written
    """
    from installer.export.html import html
    from installer.export.markdown import markdown
    from installer.export.writing import runbook_of

    runbook = runbook_of(session.installation)
    texts = {".md": markdown(runbook), ".html": html(runbook)}
    paths = tuple((place / f"runbook-{session.cluster.name}{end}").resolve() for end in texts)
    for path, text in zip(paths, texts.values(), strict=True):
        write_whole(path, harmless(text))
    return paths
