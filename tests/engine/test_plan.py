"""The preview: what it shows is what runs, and what nobody can know yet is said to be unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from installer.engine.plan import make_plan
from installer.engine.run import differs
from runbook.actions import Edit
from runbook.check import Check
from runbook.errors import BadInput
from runbook.host import Host
from runbook.judges import succeeds
from runbook.probes import FileAt, NotAsked, Sh
from runbook.step import Step
from runbook.text import T
from tests.engine.given import RICH, SHOP
from tests.engine.three_hosts import ThreeHosts

HOME = "/usr/local/tomcat"
SERVER_XML = f"{HOME}/conf/server.xml"


def test_a_preview_touches_nothing(hosts: ThreeHosts) -> None:
    before = hosts.states()
    assert hosts.plan().needed
    assert hosts.states() == before
    assert all(host.log == [] for host in hosts.hosts.values())


@pytest.mark.parametrize("rich", [False, True])
def test_what_is_shown_on_bare_hosts_is_done_to_the_byte(
    tmp_path: Path, rich: bool, without_trials: None
) -> None:
    hosts = ThreeHosts(tmp_path, RICH if rich else {})
    ran = hosts.run()
    assert ran.ok
    shown = {(each.step.id, each.host): list(each.changes) for each in ran.plan.steps}
    unknown = []
    for pair, done in ran.changes().items():
        assert [change.target for change in shown[pair]] == [change.target for change in done]
        for before, now in zip(shown[pair], done, strict=True):
            if before.known_after:
                unknown.append(before.target)
                assert now.known_after is None
                assert now.diff
            else:
                assert (before.digest, before.diff) == (now.digest, now.diff), before.target
    assert unknown == ["/usr/local/apache/conf/httpd.conf"]
    assert {pair for pair, changes in shown.items() if changes} == set(ran.changes())


def test_a_file_in_an_archive_is_shown_as_it_will_be(hosts: ThreeHosts) -> None:
    step = hosts.plan().of("server-xml", "tomcat1")
    assert step is not None
    (change,) = step.changes
    assert change.known_after is None
    assert '+    <Engine name="Catalina" defaultHost="localhost" jvmRoute="tomcat1">' in change.diff


def test_an_archive_inside_another_ones_directory_is_looked_into(tmp_path: Path) -> None:
    """The application is unpacked below webapps, which comes out of Tomcat's archive."""
    step = ThreeHosts(tmp_path, RICH).plan().of("web-xml", "tomcat1")
    assert step is not None
    shop = next(each for each in step.changes if "shop/WEB-INF" in each.target)
    assert "     <!-- For all servlets -->\n" in shop.diff
    assert "+    <distributable/>" in shop.diff
    assert shop.details == ()
    assert step.changes[0].artefact == SHOP


def test_what_a_build_will_make_is_known_after_it(hosts: ThreeHosts) -> None:
    step = hosts.plan().of("httpd-conf", "balancer")
    assert step is not None
    (change,) = step.changes
    assert change.known_after == "httpd-build"
    assert change.diff == ""
    lines = [text for text, _ in change.details]
    assert "LoadModule proxy_balancer_module modules/mod_proxy_balancer.so" in lines
    assert "Include conf/extra/httpd-modproxy.conf" in lines


def test_a_file_that_an_edit_makes_is_shown_with_its_mode(tmp_path: Path) -> None:
    step = ThreeHosts(tmp_path, RICH).plan().of("web-xml", "tomcat1")
    assert step is not None
    later = next(each for each in step.changes if "later/WEB-INF" in each.target)
    assert [text for text, _ in later.details] == ["0644 root:root"]


def test_a_service_that_reads_what_will_change_is_shown_to_owe_a_restart(
    hosts: ThreeHosts, without_trials: None
) -> None:
    assert hosts.run().ok
    conf = hosts["balancer"].files["/usr/local/apache/conf/httpd.conf"]
    changed = (conf.data or b"").replace(b"Include conf/extra/httpd-modproxy.conf", b"")
    hosts["balancer"].files.put("/usr/local/apache/conf/httpd.conf", replace(conf, data=changed))
    hosts["balancer"].state.read["httpd"] |= {replace(conf, data=changed).sha256 or ""}
    step = hosts.plan().of("start-httpd", "balancer")
    assert step is not None
    assert [str(each.summary) for each in step.changes] == [
        "httpd: running with an old configuration, starts at boot → running, starts at boot"
    ]


def test_one_host_and_some_steps_can_be_planned_alone(hosts: ThreeHosts) -> None:
    installation = hosts.installation()
    steps = [installation.step("jdk"), installation.step("profile")]
    facts = installation.survey(["tomcat2"], steps)
    plan = make_plan(installation, facts, steps=steps, names=["tomcat2"])
    assert [(each.step.id, each.host) for each in plan.steps] == [
        ("jdk", "tomcat2"),
        ("profile", "tomcat2"),
    ]
    assert hosts["tomcat1"].surveys == hosts["balancer"].surveys == 0


def test_a_step_that_cannot_be_planned_tells_why_and_the_others_are(
    hosts: ThreeHosts, without_trials: None
) -> None:
    assert hosts.run().ok
    hosts["tomcat1"].files.put(SERVER_XML, b"<Server><Service></Server>")
    plan = hosts.plan()
    step = plan.of("server-xml", "tomcat1")
    assert step is not None
    assert isinstance(step.error, BadInput)
    assert step.needed
    assert str(step.error.where) == f"tomcat1: {SERVER_XML}, line 1"
    assert [(each.step.id, each.host) for each in plan.needed] == [
        ("server-xml", "tomcat1"),
        ("start-tomcat", "tomcat1"),
    ]


@pytest.mark.parametrize(
    ("there", "words"),
    [("directory", "in the way"), ("link", "in the way"), ("other", "in the way")],
)
def test_something_else_in_the_place_of_a_file_is_told(
    hosts: ThreeHosts, there: str, words: str
) -> None:
    host = hosts["tomcat1"]
    host.files.put("/etc/systemd/system/tomcat.service", replace(host.files["/etc"], kind=there))  # type: ignore[arg-type]
    step = hosts.plan().of("tomcat-boot", "tomcat1")
    assert step is not None
    assert step.error is not None
    assert words in str(step.error)
    assert "/etc/systemd/system/tomcat.service" in str(step.error)


def test_a_question_that_was_not_asked_is_asked_in_another_round(hosts: ThreeHosts) -> None:
    """As preflight decides by what a host is made of which packages it wants."""
    first, known, clock = Sh("first"), Sh("second"), Sh("date +%s")

    def checks(host: Host) -> Iterator[Check]:
        if host.facts[first].code == 0:
            yield Check(
                id="second",
                title=T("second"),
                probes=(known,),
                judge=succeeds(known),
                expected="",
                usual_cause="",
                remedy="",
            )

    step = Step("two-rounds", T("two"), ("tomcat",), T(""), lambda host: iter(()), checks)
    for name in ("tomcat1", "tomcat2"):
        answer = hosts[name].shells[clock]
        hosts[name].shells = {first: answer, known: answer}
    facts = hosts.installation().survey(["tomcat1"], [step])
    assert known in facts["tomcat1"]
    assert hosts["tomcat1"].surveys == 2
    with pytest.raises(NotAsked):
        facts["tomcat1"][FileAt("/etc/passwd")]


def test_only_what_was_not_shown_is_a_difference(hosts: ThreeHosts) -> None:
    plan = hosts.plan().of("tomcat-boot", "tomcat1")
    assert plan is not None
    put, drain, enable = plan.changes
    assert not differs(plan, plan)
    assert not differs(plan, replace(plan, changes=(put,)))
    assert not differs(plan, replace(plan, changes=()))
    other = replace(put, substance=("", "other bytes"))
    assert differs(plan, replace(plan, changes=(other, enable)))
    assert differs(replace(plan, changes=(put,)), plan)
    unknown = replace(put, known_after="tomcat", substance=())
    assert not differs(replace(plan, changes=(unknown, drain, enable)), plan)
    assert differs(replace(plan, changes=(unknown,)), plan)


def test_edits_are_functions_of_the_bytes(hosts: ThreeHosts) -> None:
    """An edit applied to its own result changes nothing, in every step of the runbook."""
    installation = hosts.installation()
    facts = installation.survey()
    for step in installation.steps:
        for name in hosts.hosts:
            host = installation.host(name, facts)
            edits = step.actions(host) if step.concerns(host) else ()
            for edit in (each for each in edits if isinstance(each, Edit) and each.start):
                once = edit.change(edit.start or b"")
                assert edit.change(once) == once
