"""What somebody has learnt so far, kept on this machine: a small JSON file for each lab."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import platformdirs

from installer.frontend.saving import write_whole
from installer.private import private
from runbook.errors import BadInput
from runbook.text import T

TRAINING = "training"
"""The lab's name, unless another one is given."""
Kind = Literal["lesson", "drill"]
Way = Literal["", "self", "shown"]


@dataclass
class Entry:
    """One lesson or drill."""

    began: float = 0.0
    """When it was begun the last time, in seconds since 1970."""
    seconds: float = 0.0
    """How long it took until it was done."""
    hints: int = 0
    tries: int = 0
    """How often it was judged."""
    way: Way = ""
    """Done by the learner, or shown by Catherd; empty while it is not done."""
    answered: list[int] = field(default_factory=list)
    """Places of the questions that were answered rightly."""
    wrong_answers: int = 0
    earlier: Way = ""
    """As ``way``, of the time before it was begun again."""

    @property
    def done(self) -> bool:
        """Whether it is done, by whomever, since it was begun the last time."""
        return bool(self.way)

    @property
    def learnt(self) -> Way:
        """How it was done, now or earlier: by the learner, if ever."""
        return "self" if "self" in (self.way, self.earlier) else self.way or self.earlier


@dataclass
class Progress:
    """All lessons and drills that were begun, and what is under way on the hosts now."""

    lessons: dict[str, Entry] = field(default_factory=dict)
    drills: dict[str, Entry] = field(default_factory=dict)
    kind: Kind | None = None
    """What is under way; None for nothing."""
    current: str = ""
    hosts: str = ""
    """What the trainer has left on the hosts: ``installed``, ``lesson-…``; empty: not known."""

    def entry(self, kind: Kind, id: str) -> Entry:
        """What is known of one; made where nothing is."""
        of_kind = self.lessons if kind == "lesson" else self.drills
        return of_kind.setdefault(id, Entry())

    def begin(self, kind: Kind, id: str) -> Entry:
        """It is under way from now on; that it was done, and its answers, are not forgotten."""
        before = self.entry(kind, id)
        entry = Entry(began=time.time(), answered=before.answered, earlier=before.learnt)
        (self.lessons if kind == "lesson" else self.drills)[id] = entry
        self.kind, self.current = kind, id
        return entry

    @property
    def unfinished(self) -> bool:
        """Whether something is under way that is not done."""
        return self.kind is not None and not self.entry(self.kind, self.current).done

    def finish(self, way: Way) -> Entry:
        """What is under way is done."""
        assert self.kind is not None
        entry = self.entry(self.kind, self.current)
        if not entry.done:
            entry.way, entry.seconds = way, time.time() - entry.began
        return entry


def progress_file(lab: str = TRAINING) -> Path:
    """Where it is kept."""
    return platformdirs.user_state_path("catherd") / "training" / f"{lab}.json"


def load(lab: str = TRAINING) -> Progress:
    """What was learnt so far; nothing where there is no file.

    :raises BadInput: the file is none of ours
    """
    path = progress_file(lab)
    try:
        kept = json.loads(path.read_text("utf-8"))
        return Progress(
            _entries(kept["lessons"]), _entries(kept["drills"]), kept["kind"],
            str(kept["current"]), str(kept["hosts"]),
        )  # fmt: skip
    except FileNotFoundError:
        return Progress()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            T("What was learnt so far cannot be read: {error}", error=error),
            str(path),
            T("Move this file away; then the training begins anew."),
        ) from None


def save(progress: Progress, lab: str = TRAINING) -> None:
    """Keep it, whole or not at all."""
    private(progress_file(lab).parent)
    write_whole(progress_file(lab), json.dumps(asdict(progress), indent=2) + "\n")


def forget(lab: str = TRAINING) -> None:
    """Forget all of it."""
    progress_file(lab).unlink(missing_ok=True)


def _entries(kept: dict[str, Any]) -> dict[str, Entry]:
    return {name: Entry(**entry) for name, entry in kept.items()}
