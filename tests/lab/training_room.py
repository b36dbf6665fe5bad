"""The classroom of the training's tests: the test lab, with answers of its own and no memory."""

from __future__ import annotations

from installer import lab
from installer.cli.opening import Unattended
from installer.frontend.training.classroom import Classroom
from installer.frontend.training.progress import Progress
from installer.lab.cluster import write_answers
from tests.lab.commands import say


def classroom(hosts: lab.Lab) -> Classroom:
    """The lab as a classroom; what other tests have left in its answers is gone."""
    write_answers(hosts, say, modules="few")
    return Classroom(hosts.name, Unattended(), Progress(), say)
