"""Each lesson begins before its step, is judged, done by Catherd, and brought back."""

from __future__ import annotations

import pytest

from installer import lab
from installer.cli.opening import Unattended
from installer.frontend.training.trainer import PATIENCE, Trainer
from installer.lab.snapshots import snapshots
from runbook.step import Step
from runbook.steps import RUNBOOK
from tests.lab.commands import on, say
from tests.lab.training_room import classroom

pytestmark = pytest.mark.lab

LOOKING = ("preflight", "check")
"""Lessons in which nothing is changed."""


@pytest.fixture(scope="module")
def trainer(lab_hosts: lab.Lab) -> Trainer:
    """A trainer whose learner has answered all questions, on a bare lab."""
    trainer = Trainer(Unattended(), say, lab_hosts.name)
    trainer.forget()
    trainer.room = classroom(lab_hosts)
    trainer.progress = trainer.room.progress
    return trainer


@pytest.mark.parametrize("step", RUNBOOK, ids=lambda step: step.id)
def test_a_lesson_is_judged_done_and_brought_back(trainer: Trainer, step: Step) -> None:
    lesson, _ = trainer.begin_lesson(step.id)
    patience = PATIENCE if step.id in LOOKING else 0
    before = trainer.judge(patience=patience)
    assert before.unanswered == len(lesson.questions)
    assert bool(before.wrong) == (step.id not in LOOKING), before.wrong
    for number, question in enumerate(lesson.questions):
        assert trainer.answer(step.id, number, question.right)
    assert any(each.changes for each in trainer.solution(step.id)) == (step.id not in LOOKING)

    done = trainer.watch(step.id, lambda event: None)
    assert done.ok, done.wrong
    assert trainer.progress.entry("lesson", step.id).way == "shown"

    trainer.reset()
    assert f"lesson-{step.id}" in snapshots(trainer.room.name)
    assert not trainer.progress.entry("lesson", step.id).done
    again = trainer.judge(patience=patience)
    assert {(host, one.check.id) for host, one in again.wrong} == {
        (host, one.check.id) for host, one in before.wrong
    }


BY_HAND = {
    "jdk": "mkdir -p /usr/java; tar xf /srv/lesson/jdk-*.tar.gz -C /usr/java",
    "profile": "echo 'export JAVA_HOME=$(ls -d /usr/java/jdk*) CATALINA_HOME=/usr/local/tomcat; "
    "export PATH=$JAVA_HOME/bin:$PATH' >>/etc/profile",
    "web-xml": "sed -i 's|^</web-app>|  <distributable/>\\n&|' "
    "/usr/local/tomcat/webapps/ROOT/WEB-INF/web.xml",
}
"""As the strongest hint says it, and not to the byte as Catherd would have done it."""


@pytest.mark.parametrize("step", BY_HAND)
def test_what_a_learner_does_by_hand_is_judged_by_what_is_there(
    trainer: Trainer, lab_hosts: lab.Lab, step: str
) -> None:
    trainer.begin_lesson(step)
    on(lab_hosts, "tomcat1", BY_HAND[step])
    half = trainer.judge(patience=0)
    assert {host for host, _ in half.wrong} == {"tomcat2"}
    on(lab_hosts, "tomcat2", BY_HAND[step])
    assert trainer.judge().ok
    assert trainer.progress.entry("lesson", step).way == "self"
