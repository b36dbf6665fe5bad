"""``catherd rollback`` and ``catherd uninstall``: shown, decided about, carried out, told."""

from __future__ import annotations

import pytest
import questionary

from installer.cli import rolling_back
from installer.engine.world import STATE
from tests.engine.three_hosts import ThreeHosts
from tests.unit.cli.conftest import Run, document

PROFILE = "/etc/profile"


@pytest.fixture
def installed(hosts: ThreeHosts, catherd_says: Run) -> ThreeHosts:
    assert catherd_says("run", "--yes").exit_code == 0
    return hosts


def edited(hosts: ThreeHosts) -> bytes:
    """Somebody puts a line into a file that Catherd has edited."""
    files = hosts["tomcat1"].files
    data = (files[PROFILE].data or b"") + b"alias ll='ls -l'\n"
    files.put(PROFILE, data)
    return data


def test_nothing_is_taken_back_where_nothing_was_done(hosts: ThreeHosts, catherd_says: Run) -> None:
    shown = catherd_says("rollback", "--yes")
    assert (shown.exit_code, shown.stdout.strip()) == (0, "There is nothing to take back.")


def test_a_dry_run_shows_all_and_touches_nothing(installed: ThreeHosts, catherd_says: Run) -> None:
    before = installed.states()
    shown = catherd_says("rollback", "--dry-run")
    assert shown.exit_code == 2
    assert "restore /etc/profile" in shown.stdout
    assert "-export JAVA_HOME" in shown.stdout
    assert "tomcat: running, starts at boot → stopped, starts at boot" in shown.stdout
    assert shown.stdout.index("Start Apache") < shown.stdout.index("Install the JDK")
    planned = document(catherd_says("rollback", "--dry-run", "--json"))
    assert planned["changes"] > 20
    assert {each["host"] for each in planned["steps"]} == set(installed.hosts)
    assert installed.states() == before


def test_everything_is_taken_back(hosts: ThreeHosts, catherd_says: Run) -> None:
    before = hosts.outside()
    assert catherd_says("run", "--yes").exit_code == 0
    done = catherd_says("rollback", "--yes")
    assert done.exit_code == 0, done.output
    assert "taken back" in done.stdout
    assert hosts.outside() == before
    assert all(host.holder is None for host in hosts.hosts.values())
    told = catherd_says("plan").stdout
    assert "taken back" in told


def test_events_come_as_json(installed: ThreeHosts, catherd_says: Run) -> None:
    lines = catherd_says("rollback", "--yes", "--json").stdout.splitlines()
    assert any('"outcome": "undone"' in line for line in lines)
    assert lines[-1] == '{"event": "rollback-done", "ok": true, "left": 0}'


def test_only_what_was_asked_for_is_taken_back(installed: ThreeHosts, catherd_says: Run) -> None:
    done = catherd_says("rollback", "--yes", "--step", "modproxy", "--host", "balancer")
    assert done.exit_code == 0, done.output
    assert "build on" in done.stdout
    files = installed["balancer"].files
    assert "/usr/local/apache/conf/extra/httpd-modproxy.conf" not in files
    assert "/usr/local/apache/conf/httpd.conf" in files
    assert catherd_says("rollback", "--yes", "--to", "tomcat").exit_code == 0
    assert "/usr/local/tomcat/lib/catalina.jar" in installed["tomcat1"].files
    assert not installed["tomcat1"].service("tomcat").exists


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--step", "x"), "no step x"),
        (("--to", "x"), "no step x"),
        (("--host", "x"), "no host x"),
        (("--step", "jdk", "--to", "jdk"), "exclude each other"),
        ((), "no terminal"),
    ],
)
def test_what_cannot_be_meant_is_told(
    installed: ThreeHosts, catherd_says: Run, words: tuple[str, ...], says: str
) -> None:
    done = catherd_says("rollback", *words)
    assert says in str(done.exception)


def test_what_somebody_changed_stops_it_before_anything_is_done(
    installed: ThreeHosts, catherd_says: Run
) -> None:
    edited(installed)
    before = installed.states()
    done = catherd_says("rollback", "--yes")
    assert "somebody has changed things since" in str(done.exception)
    assert "tomcat1: /etc/profile has changed" in str(done.exception)
    assert installed.states() == before


@pytest.mark.parametrize("choice", ["keep", "overwrite"])
def test_what_somebody_changed_is_kept_or_overwritten(
    installed: ThreeHosts, catherd_says: Run, choice: str
) -> None:
    theirs = edited(installed)
    done = catherd_says("rollback", "--yes", "--on-change", choice)
    assert done.exit_code == 0, done.output
    files = installed["tomcat1"].files
    if choice == "keep":
        assert files[PROFILE].data == theirs
        assert "left as it is: /etc/profile" in done.stdout
    else:
        assert b"alias" not in (files[PROFILE].data or b"")
        copy = f"{STATE}/kept/session2/etc%profile"
        assert files[copy].data == theirs
        assert f"kept at {copy}" in done.stdout


def test_uninstall_asks_for_the_name_of_the_cluster(
    installed: ThreeHosts, catherd_says: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = ["wrong", installed.cluster.name]

    class Typed:
        def ask(self) -> str:
            return typed.pop(0)

    monkeypatch.setattr(rolling_back, "interactive", lambda: True)
    monkeypatch.setattr(questionary, "text", lambda question: Typed())
    assert catherd_says("uninstall").exit_code == 3
    assert installed["tomcat1"].service("tomcat").running
    edited(installed)
    done = catherd_says("uninstall", "--on-change", "overwrite")
    assert done.exit_code == 0, done.output
    assert "Every trace of Catherd" in done.stdout
    assert not installed["tomcat1"].service("tomcat").exists
    for host in installed.hosts.values():
        assert host.files.tree(STATE) in ([], [STATE])


def test_the_operator_is_asked_about_each_conflict(
    installed: ThreeHosts, catherd_says: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, answers = edited(installed), ["diff", "keep"]

    class Select:
        def ask(self) -> str:
            return answers.pop(0)

    class Yes:
        def ask(self) -> bool:
            return True

    monkeypatch.setattr(rolling_back, "interactive", lambda: True)
    monkeypatch.setattr(questionary, "select", lambda *_, **__: Select())
    monkeypatch.setattr(questionary, "confirm", lambda *_, **__: Yes())
    done = catherd_says("rollback")
    assert done.exit_code == 0, done.output
    assert "-alias ll='ls -l'" in done.stdout
    assert installed["tomcat1"].files[PROFILE].data == theirs
    assert answers == []
