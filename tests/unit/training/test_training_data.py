"""Lessons and faults as data: each step is taught, each fault is found, each script is whole."""

from __future__ import annotations

import re
import subprocess

import pytest

from runbook.errata import catalogue
from runbook.host import Host
from runbook.steps import RUNBOOK
from runbook.training.fault import Fault, names, scripts
from runbook.training.faults import DRILLS, FAULTS
from runbook.training.lesson import Lesson
from runbook.training.lessons import LESSONS
from tests.engine.step_data import a_host

APPLICATIONS = [{"name": "ROOT"}]


def host_for(fault: Fault, name: str = "tomcat1") -> Host:
    return a_host(name, applications=APPLICATIONS, options=dict(fault.options))


def test_each_step_has_a_lesson_in_the_runbooks_order() -> None:
    assert [each.step for each in LESSONS] == [each.id for each in RUNBOOK]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda each: each.step)
def test_questions_have_one_right_answer_and_hints_grow(lesson: Lesson) -> None:
    assert 1 <= len(lesson.questions) <= 2
    for question in lesson.questions:
        assert len({str(each) for each in question.answers}) == len(question.answers) >= 2
        assert 0 <= question.right < len(question.answers)
        assert str(question.asked).endswith("?")
        assert str(question.why)
    assert len({str(each) for each in lesson.hints}) == 3


def test_the_faults_that_were_asked_for_are_drills() -> None:
    wanted = {
        "missing-slash", "wrong-route", "duplicate-route", "nofailover-on", "sticky-misspelt",
        "wrong-port", "manager-swallowed", "receiver-loopback", "static-member",
        "not-distributable", "web-fragment", "not-serializable", "boot-java", "stale-pid",
        "ajp-secret", "same-jvmroute", "wrong-owner", "not-at-boot", "multicast-group",
    }  # fmt: skip
    ids = [each.id for each in DRILLS]
    assert wanted <= set(ids)
    assert len(set(ids)) == len(ids) >= 15


@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: each.id)
def test_a_fault_is_found_by_checks_that_there_are(fault: Fault) -> None:
    cluster = host_for(fault).cluster
    known = {
        f"{check.id}@{each.name}"
        for each in cluster.hosts
        for step in RUNBOOK
        if step.concerns(host := host_for(fault, each.name))
        for check in step.checks(host)
    }
    assert fault.findings(cluster) <= known


@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: each.id)
def test_a_fault_names_errata_that_there_are_and_is_mended(fault: Fault) -> None:
    assert set(fault.errata) <= set(catalogue())
    assert bool(fault.plant) == bool(fault.mend)
    if fault.shown is not None:
        assert fault.errata, "what is shown is a mistake of the document"
        re.compile(fault.shown.prints)
    if fault.drill is not None:
        assert fault.plant
        assert fault.finds
        assert len({str(each) for each in fault.drill.hints}) == 3


@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: each.id)
def test_scripts_are_shell_with_this_clusters_names(fault: Fault) -> None:
    host = host_for(fault)
    shown = [fault.shown.on] if fault.shown else []
    for _, script in scripts([*fault.plant, *fault.mend, *shown], host):
        left = set(re.findall(r"\$([A-Z][A-Z0-9_]*)", script))
        assert not left & set(names(host))
        assert not left, "a name that is not known"
        checked = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True)
        assert checked.returncode == 0, checked.stderr


def test_names_are_those_of_the_answers() -> None:
    host = a_host("tomcat1", applications=APPLICATIONS)
    (fault,) = [each for each in DRILLS if each.id == "same-jvmroute"]
    (first,) = scripts(fault.plant, host)
    assert first[0] == "tomcat2"
    assert "/usr/local/tomcat/conf/server.xml" in first[1]
    assert 'jvmRoute="tomcat2"' in first[1]
