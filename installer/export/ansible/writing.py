"""Writes a project into a directory that holds nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from installer.export.ansible.project import Project
from runbook.artefact import Artefact
from runbook.errors import BadInput
from runbook.text import T


def write(project: Project, directory: Path, archive: Callable[[Artefact], Path] | None) -> None:
    """Write all files, and the archives too where it is told where they are.

    :raises BadInput: there is something in the directory, or it cannot be written
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise BadInput(
                T("{directory} is not empty", directory=directory),
                remedy=T("Name a new directory; nothing is written over."),
            )
        for name, data in project.files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        (directory / "files").mkdir()
        for artefact in project.archives:
            if archive is None:
                break
            shutil.copyfile(archive(artefact), directory / "files" / artefact.name)
    except OSError as error:
        raise BadInput(
            T("The project cannot be written: {reason}", reason=error.strerror or str(error)),
            str(error.filename or directory),
            T("Name a directory that can be made."),
        ) from None
