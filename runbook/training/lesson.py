"""Lessons: what is added to a step of the runbook so that somebody learns it by doing it.

Everything else of a lesson is the step's own: prose, actions with their reasons, flags, checks,
errata. The step's checks judge what the learner did.
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


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What is learnt at one step."""

    step: str
    questions: tuple[Question, ...]
    hints: tuple[Text, Text, Text]
    """Where to begin; how it goes; all but the last detail."""
