"""Each fault planted on a running cluster: found by just its checks, shown, mended, all is well."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator

import pytest

from installer import lab
from installer.frontend.session import Session
from installer.frontend.training import faults, progress
from installer.frontend.training.classroom import Classroom, tag_of
from installer.frontend.training.syllabus import fault_of
from runbook.training.fault import Fault
from runbook.training.faults import FAULTS
from tests.lab.commands import catherd, on
from tests.lab.training_room import classroom

pytestmark = pytest.mark.lab

TOGETHER = (
    ("missing-slash", "login-java", "not-at-boot"),
    ("wrong-route", "wrong-owner", "web-fragment"),
    ("duplicate-route", "name-loopback", "boot-java"),
    ("nofailover-on", "receiver-loopback"),
    ("sticky-misspelt", "static-member"),
    ("manager-swallowed", "two-clusters"),
    ("manager-open", "not-distributable", "same-jvmroute"),
    ("wrong-port", "not-serializable"),
    ("module-off", "port-taken"),
    ("stale-pid",),
    ("ajp-secret", "multicast-group"),
    ("multicast-blocked",),
)
"""On different hosts at once, so that they do not hide each other."""


@pytest.fixture(scope="module")
def room(lab_hosts: lab.Lab) -> Classroom:
    room = classroom(lab_hosts)
    room.installed()
    return room


def test_each_fault_is_planted_once() -> None:
    together = [id for ids in TOGETHER for id in ids]
    assert sorted(together) == sorted(each.id for each in FAULTS if each.plant)


@pytest.mark.parametrize("ids", TOGETHER, ids="+".join)
def test_what_is_planted_is_found_and_mended(room: Classroom, ids: tuple[str, ...]) -> None:
    chosen = [fault_of(id) for id in ids]
    if (options := chosen[0].options) and room.progress.hosts != tag_of(options):
        room.installed(options)
    with room.open() as session:
        expected = frozenset[str]().union(*(each.findings(session.cluster) for each in chosen))
        assert faults.settle(session) == {}
        try:
            _at_once(session, chosen, faults.plant)
            assert faults.settle(session, expected).keys() == expected
            for each in chosen:
                if each.shown is not None:
                    printed, as_told = faults.observe(session, each.shown)
                    assert as_told, printed
        finally:
            _at_once(session, chosen, faults.mend)
        assert faults.settle(session) == {}


@pytest.fixture
def learner(room: Classroom) -> Iterator[None]:
    progress.forget(room.name)
    yield
    progress.forget(room.name)


def test_a_drill_and_the_document_on_the_command_line(
    room: Classroom, learner: None, lab_hosts: lab.Lab
) -> None:
    catherd(lab_hosts, "train", "drill", "not-at-boot")
    assert "Checks that do not hold yet" in catherd(lab_hosts, "train", "check", code=1)
    assert "Hint 1 of 3" in catherd(lab_hosts, "train", "hint")
    on(lab_hosts, "tomcat2", "systemctl enable tomcat")
    told = catherd(lab_hosts, "train", "check")
    assert "hints: 1" in told
    assert "Started and enabled are two things" in told
    told = catherd(lab_hosts, "train", "document", "proxypass-slash")
    assert "AH01144: No protocol handler was valid for the URL" in told
    assert "✓ Mended: all checks hold again." in told


def _at_once(
    session: Session, chosen: Iterable[Fault], act: Callable[[Session, Fault], None]
) -> None:
    failed: list[BaseException] = []

    def run(fault: Fault) -> None:
        try:
            act(session, fault)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(each,)) for each in chosen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
