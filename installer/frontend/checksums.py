"""Checksums of files that lie on this machine, computed and compared with what is answered."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from runbook.fields.wrong import Wrong
from runbook.questions import Answered, Given, Question, value_at
from runbook.text import T


@dataclass(frozen=True)
class Local:
    """A file that an answer names, and its checksums by their names; none where it is not here."""

    path: Path
    sums: dict[str, str]

    def fault(self, given: Given) -> Wrong | None:
        """What is wrong with a publisher's checksum, where it is not that of the file."""
        digest = str(given).strip().partition(" ")[0].lower()
        if not self.sums or digest in self.sums.values():
            return None
        return Wrong(
            T("The file has another checksum: it is damaged, or not the publisher's"),
            T("Download it again, or stop here and come back with the right file"),
        )


def local_file(question: Question, answers: Answered, base: Path) -> Path | None:
    """The file whose checksum is asked for; None where it comes from elsewhere."""
    source = value_at(answers, (*question.path[:-1], "source"))
    if source is None or "://" in str(source):
        return None
    return base / Path(str(source)).expanduser()


def computed(path: Path) -> Local:
    """The file with its checksums; takes a second for each few hundred megabytes."""
    try:
        with path.open("rb") as file:
            sha256, sha512 = hashlib.sha256(), hashlib.sha512()
            while block := file.read(1 << 20):
                sha256.update(block)
                sha512.update(block)
    except OSError:
        return Local(path, {})
    return Local(path, {"SHA-256": sha256.hexdigest(), "SHA-512": sha512.hexdigest()})
