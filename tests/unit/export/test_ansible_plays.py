"""Plays keep the order that the steps ask for."""

from __future__ import annotations

from dataclasses import replace

from installer.export.ansible.plays import plays_of
from runbook.step import Step
from runbook.steps import RUNBOOK
from runbook.text import T


def a_step(id: str, role: str, needs: str = "", after: str = "") -> Step:
    return Step(
        id,
        T("title"),
        (role,),  # type: ignore[arg-type]
        T("prose"),
        lambda host: iter(()),
        lambda host: iter(()),
        needs=tuple(needs.split()),
        after=tuple(after.split()),
    )


def order(*steps: Step) -> list[list[str]]:
    return [[step.id for step in play.steps] for play in plays_of(steps)]


def test_the_runbook_needs_one_play_for_each_kind_of_host() -> None:
    plays = plays_of(RUNBOOK)
    assert [play.hosts for play in plays[:3]] == [
        ("balancer", "tomcat"),
        ("tomcat",),
        ("balancer",),
    ]
    done: list[str] = []
    for play in plays:
        for step in play.steps:
            assert {*step.needs, *step.after} <= {*done}
            done.append(step.id)
    assert sorted(done) == sorted(step.id for step in RUNBOOK)


def test_hosts_that_wait_for_others_come_again() -> None:
    assert order(
        a_step("a", "balancer"),
        a_step("b", "tomcat", after="a"),
        a_step("c", "balancer", after="b"),
        a_step("d", "tomcat", after="c"),
    ) == [["a"], ["b"], ["c"], ["d"]]


def test_hosts_that_wait_for_nobody_go_first() -> None:
    assert order(
        a_step("a", "balancer"), a_step("b", "tomcat"), a_step("c", "balancer", "a", "b")
    ) == [["b"], ["a", "c"]]


def test_one_step_that_is_taken_in_turn_makes_the_play_so() -> None:
    (play,) = plays_of([a_step("a", "tomcat"), replace(a_step("b", "tomcat"), one_at_a_time=True)])
    assert play.one_at_a_time
