"""All lessons, in the order of the runbook."""

from __future__ import annotations

from runbook.steps import RUNBOOK
from runbook.training.lesson import Lesson
from runbook.training.lessons_cluster import CLUSTER_LESSONS
from runbook.training.lessons_servers import SERVER_LESSONS

_OF_STEP = {each.step: each for each in (*SERVER_LESSONS, *CLUSTER_LESSONS)}
LESSONS: tuple[Lesson, ...] = tuple(_OF_STEP[each.id] for each in RUNBOOK if each.id in _OF_STEP)
