"""Carrying a plan out: what has changed since is asked, what fails blocks what needs it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from installer.engine import run
from installer.engine.events import Event
from installer.engine.plan import StepPlan
from installer.remote.target import Result
from runbook.errors import CatherdError, Failed, Unreachable
from runbook.probes import Answer, Probe, Reply
from tests.engine.memory_host import MemoryHost
from tests.engine.three_hosts import Ran, ThreeHosts

pytestmark = pytest.mark.usefixtures("without_trials")

UNIT = "/etc/systemd/system/tomcat.service"
MODPROXY = "/usr/local/apache/conf/extra/httpd-modproxy.conf"
TOMCATS = ("tomcat1", "tomcat2")


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "POLL", 0.001)


def started(hosts: ThreeHosts, change: Callable[[], object], **more: object) -> Ran:
    """A run before which, but after its preview, something happens."""
    told: list[Event] = []
    runner = hosts.runner(told.append, **more)  # type: ignore[arg-type]
    change()
    return Ran(runner.run_all(), runner.plan, told)


def failing(host: MemoryHost, part: str, error: CatherdError, once: bool = False) -> None:
    def before(what: str) -> None:
        if part in what and not what.endswith("done"):
            if once:
                host.before = lambda what: None
            raise error

    host.before = before


def test_a_host_that_changed_since_its_preview_is_refused(hosts: ThreeHosts) -> None:
    ran = started(hosts, lambda: hosts["tomcat1"].files.put(UNIT, b"[Service]\n"))
    assert not ran.ok
    assert ran.ended("failed") == {"tomcat-boot@tomcat1"}
    (error,) = ran.errors()
    assert error.startswith("tomcat1 has changed since the preview of this step\n")
    assert (
        f"What has changed there: --- /dev/null\n+++ {UNIT}\n@@ -0,0 +1 @@\n+[Service]\n" in error
    )
    assert error.endswith("Nothing was done. If that is as it should be, run again.")
    assert hosts["tomcat1"].files[UNIT].data == b"[Service]\n"


def test_the_operator_is_asked_with_both_previews(hosts: ThreeHosts) -> None:
    asked: list[tuple[StepPlan, StepPlan]] = []

    def approve(previewed: StepPlan, now: StepPlan) -> bool:
        asked.append((previewed, now))
        return True

    ran = started(hosts, lambda: hosts["tomcat1"].files.put(UNIT, b"[Service]\n"), approve=approve)
    assert ran.ok
    ((previewed, now),) = asked
    assert previewed.host == now.host == "tomcat1"
    assert "/dev/null" in previewed.changes[0].diff
    assert "\n [Service]\n" in now.changes[0].diff


def test_what_became_true_by_itself_needs_no_question(hosts: ThreeHosts) -> None:
    def by_hand() -> None:
        other = ThreeHosts(hosts.place / "other")
        assert other.run().ok
        hosts["tomcat2"].state = other["tomcat2"].state

    ran = started(hosts, by_hand)
    assert ran.ok, ran.errors()
    assert "tomcat-boot@tomcat2" in ran.ended("unchanged")


def test_a_failing_change_blocks_what_needs_it_and_nothing_else(hosts: ThreeHosts) -> None:
    failing(hosts["tomcat1"], "Extract /usr/java", Failed("no room", "On tomcat1.", "Make room."))
    ran = hosts.run()
    assert not ran.ok
    assert ran.errors() == ["no room\nOn tomcat1.\nMake room."]
    assert ran.ended("failed") == {"jdk@tomcat1"}
    assert ran.ended("blocked") == {
        "profile@tomcat1",
        "tomcat-boot@tomcat1",
        "start-tomcat@tomcat1",
        "start-tomcat@tomcat2",
        "start-httpd@balancer",
        "check@balancer",
        *(f"check@{name}" for name in TOMCATS),
        "proof@balancer",
    }
    assert {"modproxy@balancer", "server-xml@tomcat1", "web-xml@tomcat2"} <= ran.ended("done")
    hosts["tomcat1"].before = lambda what: None
    assert hosts.run().ok


@pytest.mark.parametrize(
    "part",
    ["Shell", "run_job", "Move", "stage", "Extract", "AddAccount", "WriteFile", "SetService"],
)
def test_a_failure_anywhere_is_one_error_and_the_next_run_goes_on(
    hosts: ThreeHosts, part: str
) -> None:
    host = hosts["balancer" if part in ("Shell", "run_job", "Move") else "tomcat2"]
    failing(host, f": {part}", Unreachable("gone", "On it.", "Wait."), once=True)
    ran = hosts.run()
    assert not ran.ok
    assert len(ran.errors()) == 1
    assert len(ran.ended("failed")) == 1
    assert hosts.run().ok
    assert hosts["balancer"].state.builds == 1


def test_a_lost_host_fails_its_step_and_the_journal_says_so(hosts: ThreeHosts) -> None:
    """Before a step can even be planned again."""
    runner = hosts.runner()
    journal = runner.journal

    def away(*_: object) -> None:
        raise Unreachable("no answer")

    hosts["tomcat1"].survey = away  # type: ignore[assignment,method-assign]
    assert not runner.run_all()
    rows = {(row["step"], row["host"]): row for row in journal.steps(runner.run_id)}
    assert rows["preflight", "tomcat1"]["outcome"] == "failed"
    assert rows["preflight", "tomcat1"]["error"] == "no answer"


def test_nothing_that_was_uploaded_stays(hosts: ThreeHosts) -> None:
    assert hosts.run().ok
    assert [host.state.staged for host in hosts.hosts.values()] == [{}, {}, {}]


def test_a_failed_job_is_told_with_its_last_lines_and_begun_anew(hosts: ThreeHosts) -> None:
    balancer, build = hosts["balancer"], hosts["balancer"].build
    lines = "".join(f"line {number}\n" for number in range(20)) + "configure: error: no APR\n"
    balancer.build = lambda host, job: Result(1, lines.encode())
    ran = hosts.run()
    (error,) = ran.errors()
    what, where = error.split("\n", 1)
    assert what == "httpd-2.4.68.tar.gz failed with exit code 1."
    assert where.startswith("On balancer: line 13\n")
    assert "\nconfigure: error: no APR\n" in where
    assert "/usr/local/apache/bin/httpd" not in balancer.files
    assert balancer.state.jobs == {}
    balancer.build = build
    assert hosts.run().ok
    assert balancer.state.builds == 2


def test_a_job_whose_result_is_gone_is_begun_anew(hosts: ThreeHosts) -> None:
    """The controller died before the job was forgotten; later somebody removed Apache."""
    failing(hosts["balancer"], "forget_job", Unreachable("gone"), once=True)
    hosts.run()
    assert len(hosts["balancer"].state.jobs) == 1
    for path in hosts["balancer"].files.tree("/usr/local/apache"):
        del hosts["balancer"].files[path]
    first = hosts.run()
    second = hosts.run()
    assert second.ok, (first.errors(), second.errors())


def test_a_check_that_does_not_hold_is_told_with_its_remedy(hosts: ThreeHosts) -> None:
    hosts["tomcat2"].broken.add("tomcat")
    ran = hosts.run()
    (error,) = ran.errors()
    assert error.startswith("The service tomcat did not do what it was told.\nOn tomcat2: ")
    assert ran.ended("failed") == {"start-tomcat@tomcat2"}
    hosts["tomcat2"].broken.clear()
    assert hosts.run().ok


def test_a_check_is_looked_at_until_its_patience_ends(
    hosts: ThreeHosts,
) -> None:
    looks: list[str] = []
    answer = hosts["tomcat1"].answer

    def slow(probe: Probe) -> Answer:
        found = answer(probe)
        if isinstance(found, Reply) and found.status == 200:
            looks.append("look")
            return found if len(looks) > 3 else Reply(0, error="not yet")
        return found

    hosts["tomcat1"].answer = slow  # type: ignore[method-assign]
    assert hosts.run().ok
    assert len(looks) > 3


def test_a_proof_that_fails_is_made_again_and_nothing_else(
    hosts: ThreeHosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unproved(*_: object) -> None:
        raise Failed("The proof failed: Failover", "balancer")

    with monkeypatch.context() as patch:
        patch.setattr("installer.engine.performing.carry_out_proof", unproved)
        ran = hosts.run()
    assert ran.errors() == ["The proof failed: Failover\nbalancer"]
    assert ran.ended("failed") == {"proof@balancer"}
    assert {f"{each.step.id}@{each.host}" for each in hosts.plan().needed} == {"proof@balancer"}
    again = hosts.run()
    assert again.ended("done") == {"proof@balancer"}
