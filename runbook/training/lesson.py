"""Lessons: what is added to a step of the runbook so that somebody learns it by doing it.

Everything else of a lesson is the step's own: prose, actions with their reasons, flags, checks,
errata. An action has one reason for a whole file; what its lines mean is said here. The
step's checks judge what the learner did.
"""

from __future__ import annotations

from dataclasses import dataclass

from runbook.text import Text


@dataclass(frozen=True, kw_only=True)
class Question:
    """A small question with one right answer."""

    asked: Text
    answers: tuple[Text, ...]
    right: int
    """Place of the right answer, from 0."""
    why: Text


@dataclass(frozen=True)
class Meaning:
    """A line that a step writes, or a part of one, with what it does and what it prevents."""

    text: str
    """As it stands in the file; … is what differs from host to host, or goes on too long."""
    why: Text


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What is learnt at one step."""

    step: str
    lines: tuple[Meaning, ...] = ()
    """What the lines mean that the step writes; flags of a build have their reasons themselves."""
    questions: tuple[Question, ...]
    hints: tuple[Text, Text, Text]
    """Where to begin; how it goes; all but the last detail."""
