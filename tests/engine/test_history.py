"""Why a step is due again, and where the last run stopped: told from the journal."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from installer.engine import description
from installer.engine.change import Change
from installer.engine.history import History, Reason
from installer.engine.journal import VERSION, Journal
from installer.engine.plan import Plan, make_plan
from installer.remote.operations import Operation
from runbook.actions import Edit, Put
from runbook.steps import RUNBOOK
from tests.engine.given import ANSWERS, NEW_TOMCAT, RICH
from tests.engine.memory_host import Crash
from tests.engine.test_other_answers import PORTS, options
from tests.engine.three_hosts import ThreeHosts

pytestmark = pytest.mark.usefixtures("without_trials")

SERVER_XML = "/usr/local/tomcat/conf/server.xml"


@pytest.fixture
def done(tmp_path: Path) -> ThreeHosts:
    hosts = ThreeHosts(tmp_path, RICH)
    assert hosts.run().ok
    return hosts


def answered_anew(hosts: ThreeHosts, **more: object) -> ThreeHosts:
    """The same hosts and journal with other answers or archives."""
    others = ThreeHosts(hosts.place, {**RICH, **more.get("answers", {})}, more.get("archives", {}))  # type: ignore[dict-item,arg-type]
    others.restore(hosts.states())
    others.runs = hosts.runs
    return others


def reasons(hosts: ThreeHosts, plan: Plan | None = None) -> dict[str, str]:
    """Why each step is due again, as ``step@host``."""
    found = history(hosts).reasons(plan or hosts.plan())
    return {f"{step}@{host}": reason.why for (step, host), reason in found.items()}


def history(hosts: ThreeHosts) -> History:
    return History(hosts.journal(), hosts.cluster)


def test_bare_hosts_have_no_history(tmp_path: Path) -> None:
    hosts = ThreeHosts(tmp_path, RICH)
    assert history(hosts).last is None
    assert reasons(hosts) == {}


def test_a_run_that_went_well_leaves_nothing_to_tell(done: ThreeHosts) -> None:
    last = history(done).last
    assert last is not None
    assert reasons(done) == {}
    assert (last.stops, last.changed) == ((), ())


def test_changed_answers_are_named_and_are_why_steps_are_due(done: ThreeHosts) -> None:
    members = {**RICH["options"], "members": "http"}
    others = answered_anew(done, answers={"options": members, "hosts": PORTS})
    last = history(others).last
    assert last is not None
    changed = {each.path: (each.before, each.now) for each in last.changed}
    assert changed == {
        "options.members": ("ajp", "http"),
        "hosts.tomcat1.http_port": (8080, 9090),
    }
    found = reasons(others)
    for step in ("server-xml@tomcat1", "modproxy@balancer", "httpd-conf@balancer"):
        assert found[step] == "answers"
    assert found["start-httpd@balancer"] == "follows"
    assert "drift" not in found.values()


def test_a_new_archive_counts_as_an_answer_with_what_follows_from_it(done: ThreeHosts) -> None:
    answers = {"software": {**ANSWERS["software"]}}
    tomcat = {**ANSWERS["software"]["tomcat"], "sha256": NEW_TOMCAT.sha256}
    answers["software"]["tomcat"] = tomcat
    others = answered_anew(done, answers=answers, archives={"tomcat": NEW_TOMCAT})
    found = reasons(others)
    assert found["tomcat@tomcat1"] == "answers"
    assert found["server-xml@tomcat1"] == "follows"
    assert found["start-tomcat@tomcat2"] == "follows"


def test_what_somebody_changed_on_a_host_is_drift(done: ThreeHosts) -> None:
    data = done["tomcat1"].files[SERVER_XML].data or b""
    done["tomcat1"].files.put(SERVER_XML, data.replace(b'jvmRoute="tomcat1"', b'jvmRoute="x"'))
    found = reasons(done)
    assert found["server-xml@tomcat1"] == "drift"
    assert found["start-tomcat@tomcat1"] == "follows"
    assert "server-xml@tomcat2" not in found


def test_a_step_that_catherd_does_in_another_way_is_told(done: ThreeHosts) -> None:
    def louder(host: object) -> object:
        for action in service.actions(host):  # type: ignore[arg-type]
            if isinstance(action, Put):
                action = replace(action, content=action.content + b"# more\n")
            yield action

    service = next(step for step in RUNBOOK if step.id == "tomcat-boot")
    newer = replace(service, actions=louder)  # type: ignore[arg-type]
    steps = [newer if step is service else step for step in RUNBOOK]
    installation = done.installation()
    found = reasons(done, make_plan(installation, installation.survey(), steps=steps))
    assert found["tomcat-boot@tomcat1"] == "version"
    assert found["start-tomcat@tomcat1"] == "follows"


def test_a_run_that_was_killed_says_where(done: ThreeHosts) -> None:
    others = answered_anew(done, answers=options(encrypt=False))

    def die(what: str) -> None:
        if what.startswith("tomcat2: WriteFile"):
            raise Crash(what)

    others["tomcat2"].before = die
    with pytest.raises(Crash):
        others.runner().run_all()
    others["tomcat2"].before = lambda what: None
    last = history(others).last
    assert last is not None
    assert last.ok is None
    assert ("server-xml", "tomcat2", "interrupted") in {
        (stop.step, stop.host, stop.why) for stop in last.stops
    }
    assert reasons(others)["server-xml@tomcat2"] == "interrupted"
    assert others.run().ok
    assert history(others).last.settled is False  # type: ignore[union-attr]


def test_a_restart_that_is_owed_is_remembered_across_a_kill(done: ThreeHosts) -> None:
    """The file is written, the controller dies, the service still runs with the old one."""
    others = answered_anew(done, answers=options(lbmethod="bytraffic"))

    def die(what: str) -> None:
        if what.startswith("balancer: SetService"):
            raise Crash(what)

    others["balancer"].before = die
    with pytest.raises(Crash):
        others.runner().run_all()
    others["balancer"].before = lambda what: None
    plan = others.plan()
    changes = {each.step.id: each.changes for each in plan.needed}
    assert [each.owed for each in changes["start-httpd"]] == [True]
    assert reasons(others)["start-httpd@balancer"] == "interrupted"
    later = answered_anew(others, answers=options(lbmethod="bytraffic"))
    _forget_the_last_run(later)
    assert reasons(later)["start-httpd@balancer"] == "owed"
    log: list[Operation] = later["balancer"].log
    assert later.run().ok
    assert [str(each) for each in log if "reload" in str(each)]
    assert later.plan().needed == ()


def _forget_the_last_run(hosts: ThreeHosts) -> None:
    """As if the controller had died just before the step began."""
    with sqlite3.connect(hosts.place / "journal.db") as database:
        database.execute("delete from step where step = 'start-httpd' and ended is null")


def test_what_a_rollback_took_back_is_no_drift(done: ThreeHosts) -> None:
    with sqlite3.connect(done.place / "journal.db") as database:
        database.execute("update change set undone = began + 1e6 where step = 'profile'")
    for name in ("tomcat1", "tomcat2"):
        done[name].files.put("/etc/profile", b"# bare\n")
    assert reasons(done) == {"profile@tomcat1": "undone", "profile@tomcat2": "undone"}


def test_a_failed_step_is_told_with_its_error(tmp_path: Path) -> None:
    hosts = ThreeHosts(tmp_path, RICH)
    hosts["tomcat1"].broken.add("tomcat")
    assert not hosts.run().ok
    found = history(hosts).reasons(hosts.plan())
    reason = found["start-tomcat", "tomcat1"]
    assert isinstance(reason, Reason)
    assert reason.why == "failed"
    assert "did not do what it was told" in reason.error


def test_descriptions_know_nothing_of_the_hosts_and_hold_no_secrets(tmp_path: Path) -> None:
    """Other hosts, other secrets, the same answers: the same descriptions."""
    bare = ThreeHosts(tmp_path / "1", RICH)
    before = bare.plan()
    assert bare.run().ok
    other = ThreeHosts(tmp_path / "2", RICH).plan()
    for plan in (bare.plan(), other):
        assert [each.description for each in plan.steps] == [
            each.description for each in before.steps
        ]
    assert all(each.description for each in before.steps)


def test_every_edit_says_what_it_brings(tmp_path: Path) -> None:
    """A lambda would make an edit with other settings look the same."""
    hosts = ThreeHosts(tmp_path, RICH)
    installation = hosts.installation()
    facts = installation.survey()
    for name in hosts.hosts:
        host = installation.host(name, facts)
        for step in RUNBOOK:
            if step.concerns(host):
                for action in step.actions(host):
                    assert "<lambda>" not in str(
                        description._plain(action.change, {}) if isinstance(action, Edit) else ""
                    )


def test_an_older_journal_is_brought_up(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    Journal(path).close()
    with sqlite3.connect(path) as database:
        database.execute("alter table step drop column description")
        database.execute("alter table change add column undo text not null default ''")
        database.execute("pragma user_version = 1")
        database.execute(
            "insert into run values ('a', 1, 2, 0, 'me', 'run', ?, '0.1')", ("f" * 64,)
        )
        database.execute(
            "insert into step values ('a', 'jdk', 'tomcat1', 'd', 1, 2, 'failed', 'no room')"
        )
    journal = Journal(path)
    assert journal._db.execute("pragma user_version").fetchone() == (VERSION,)
    assert "undo" not in [column[1] for column in journal._db.execute("pragma table_info(change)")]
    hosts = ThreeHosts(tmp_path, RICH)
    last = History(journal, hosts.cluster).last
    assert last is not None
    assert (last.changed, last.stops[0].error) == ((), "no room")
    assert reasons(hosts)["jdk@tomcat1"] == "failed"
    journal.close()
    Journal(path).close()


def test_answers_hold_no_token(tmp_path: Path) -> None:
    software = {**ANSWERS["software"]}
    source = "https://example.com/httpd-2.4.68.tar.gz?token=very-secret"
    software["httpd"] = {**software["httpd"], "source": source}
    hosts = ThreeHosts(tmp_path, {"software": software})
    answers = description.answers_of(hosts.cluster)
    assert answers["software.httpd.source"] == "https://example.com/httpd-2.4.68.tar.gz"
    assert "very-secret" not in str(answers)


def test_only_a_change_that_is_due_by_itself_is_no_consequence(done: ThreeHosts) -> None:
    changes: list[Change] = [
        change
        for each in answered_anew(done, archives={"tomcat": NEW_TOMCAT}).plan().needed
        for change in each.changes
    ]
    due = {change.kind for change in changes if not change.follows}
    assert due == {"unpack", "prove"}
