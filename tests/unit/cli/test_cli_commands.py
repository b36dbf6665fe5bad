"""The commands on hosts in memory: what they print, what they exit with, what they touch."""

from __future__ import annotations

import json
from typing import Any

import pytest

from installer.remote.operations import SetService
from runbook.errors import BadInput, CatherdError, Failed, Locked
from runbook.steps import RUNBOOK
from tests.engine.three_hosts import ThreeHosts
from tests.unit.cli.conftest import Run, document

UNIT = "/etc/systemd/system/tomcat.service"


def events(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_plan_shows_everything_and_touches_nothing(hosts: ThreeHosts, catherd_says: Run) -> None:
    before = hosts.states()
    result = catherd_says("plan")
    assert result.exit_code == 2
    for words in (
        "● 11 Configure the balancer",
        "balancer compile httpd-2.4.68.tar.gz into /usr/local/apache",
        "--enable-so   lets httpd load modules",
        "to the byte known after the step “httpd-build”",
        "+++ /etc/systemd/system/tomcat.service",
        '+    <Engine name="Catalina" defaultHost="localhost" jvmRoute="tomcat2">',
        "changes in 15 steps on 3 hosts.",
    ):
        assert words in result.stdout
    assert hosts.states() == before
    assert all(host.holder is None for host in hosts.hosts.values())


def test_plan_as_a_document(hosts: ThreeHosts, catherd_says: Run) -> None:
    result = catherd_says("plan", "--json")
    assert result.exit_code == 2
    plan = document(result)
    assert {each["step"] for each in plan["steps"]} == {step.id for step in RUNBOOK}
    assert plan["changes"] == sum(len(each["changes"]) for each in plan["steps"])
    for each in plan["steps"]:
        assert set(each) == {"step", "title", "host", "needed", "changes", "checks", "error"}
        assert each["error"] is None
        for change in each["changes"]:
            assert change["reversible"] or change["known_after"]
            assert change["why"]
            assert (
                change["diff"]
                or change["details"]
                or change["kind"] in ("run", "service", "unpack")
            )


def test_plan_of_some_steps_on_some_hosts(hosts: ThreeHosts, catherd_says: Run) -> None:
    result = catherd_says(
        "plan", "--json", "--only", "jdk", "--only", "profile", "--host", "tomcat2"
    )
    steps = document(result)["steps"]
    assert [(each["step"], each["host"]) for each in steps] == [
        ("jdk", "tomcat2"),
        ("profile", "tomcat2"),
    ]


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (("plan", "--host", "tomcat9"), "balancer, tomcat1, tomcat2"),
        (("verify", "--only", "step9"), "preflight, httpd-build"),
        (("run", "--yes", "--from", "step9"), "preflight, httpd-build"),
    ],
)
def test_a_name_that_is_none_is_told_with_those_that_are(
    hosts: ThreeHosts, catherd_says: Run, words: tuple[str, ...], known: str
) -> None:
    result = catherd_says(*words)
    assert isinstance(result.exception, BadInput)
    assert known in str(result.exception.remedy)


def test_a_run_as_events(hosts: ThreeHosts, catherd_says: Run) -> None:
    result = catherd_says("run", "--yes", "--json")
    assert result.exit_code == 0
    told = events(result.stdout)
    assert told[-1] == {"event": "run-done", "ok": True}
    started = [(each["step"], each["host"]) for each in told if each["event"] == "step-started"]
    done = {(e["step"], e["host"]): e["outcome"] for e in told if e["event"] == "step-done"}
    assert set(started) == set(done)
    assert set(done.values()) <= {"done", "unchanged"}
    changes = [each for each in told if each["event"] == "change-started"]
    ended = [each for each in told if each["event"] == "change-done"]
    assert len(changes) == len(ended)
    checked = {each["check"] for each in told if each["event"] == "checked"}
    assert checked >= {"tomcat-runs", "proved"}
    last = hosts.journal().last_run()
    assert last is not None
    assert last["ok"] == 1
    assert [host.holder for host in hosts.hosts.values()] == [None, None, None]


def test_a_run_for_people(hosts: ThreeHosts, catherd_says: Run) -> None:
    result = catherd_says("run", "--yes")
    assert result.exit_code == 0
    assert "✓ 12 tomcat2    Start the Tomcats" in result.stdout
    assert "every step is verified." in result.stdout
    again = catherd_says("run", "--yes")
    assert again.exit_code == 0
    assert again.stdout.startswith("Nothing to do: ")
    assert document(catherd_says("run", "--yes", "--json"))["changes"] == 0


def test_a_run_that_fails(hosts: ThreeHosts, catherd_says: Run) -> None:
    hosts["tomcat1"].broken.add("tomcat")
    result = catherd_says("run", "--yes", "--json")
    assert result.exit_code == 1
    told = events(result.stdout)
    assert told[-1] == {"event": "run-done", "ok": False}
    (failed,) = (each for each in told if each.get("outcome") == "failed")
    assert failed["error"]["what"] == "The service tomcat did not do what it was told."
    assert failed["error"]["where"].startswith("On tomcat1: ")
    assert "journalctl" in failed["error"]["remedy"]
    blocked = {each["step"] for each in told if each.get("outcome") == "blocked"}
    assert blocked == {"start-tomcat", "start-httpd", "check", "proof"}
    assert [host.holder for host in hosts.hosts.values()] == [None, None, None]
    last = hosts.journal().last_run()
    assert last is not None
    assert last["ok"] == 0
    people = catherd_says("run", "--yes")
    assert people.exit_code == 1
    assert "did not do what it was told" in people.stdout
    assert "Mend what is named above, then run again" in people.stdout


def test_a_run_without_a_terminal_asks_for_yes(hosts: ThreeHosts, catherd_says: Run) -> None:
    result = catherd_says("run")
    assert isinstance(result.exception, BadInput)
    assert "--yes" in str(result.exception)
    assert catherd_says("prove").exception.exit_code == 65  # type: ignore[union-attr]


def test_a_host_in_use_is_left_to_its_operator(hosts: ThreeHosts, catherd_says: Run) -> None:
    hosts["tomcat2"].holder = "somebody else"
    before = hosts.states()
    result = catherd_says("run", "--yes")
    assert isinstance(result.exception, Locked)
    assert hosts.states() == before
    assert hosts["tomcat2"].holder == "somebody else"
    assert hosts["tomcat1"].holder is None
    asking = catherd_says("unlock", "tomcat2")
    assert isinstance(asking.exception, BadInput), "there is nobody to ask"
    assert "tomcat2" in catherd_says("status").stdout.partition("●")[2]
    assert document(catherd_says("status", "--json"))["locks"] == {
        "tomcat2": {"held": "somebody else"}
    }
    freed = catherd_says("unlock", "--yes", "tomcat1", "tomcat2")
    assert "tomcat1 is not locked" in freed.stdout
    assert "held by: somebody else" in freed.stdout
    assert "tomcat2 is free" in freed.stdout
    assert hosts["tomcat2"].holder is None


def test_verify(hosts: ThreeHosts, catherd_says: Run) -> None:
    bare = catherd_says("verify", "--json")
    assert bare.exit_code == 1
    assert document(bare)["ok"] is False
    assert catherd_says("run", "--yes").exit_code == 0
    result = catherd_says("verify")
    assert result.exit_code == 0
    assert "checks hold; nothing has drifted." in result.stdout
    hosts["tomcat1"].files.put(UNIT, b"[Service]\n")
    hosts["tomcat2"].apply(SetService("tomcat", action="stop"))
    drifted = catherd_says("verify")
    assert drifted.exit_code == 1
    assert "+ExecStart=/usr/local/tomcat/bin/catalina.sh run" in drifted.stdout
    assert "✗ tomcat2 Tomcat runs: stopped" in drifted.stdout
    assert "→ Run this step, or: systemctl restart tomcat" in drifted.stdout
    checks = [
        c for each in document(catherd_says("verify", "--json"))["steps"] for c in each["checks"]
    ]
    wrong = next(each for each in checks if each["check"] == "tomcat-runs" and not each["ok"])
    assert set(wrong) >= {"title", "seen", "expected", "usual_cause", "remedy", "advice"}


def test_status(hosts: ThreeHosts, catherd_says: Run) -> None:
    bare = document(catherd_says("status", "--json"))
    assert bare["cluster"] == "tomcatcluster"
    assert bare["last_run"] is None
    assert {each["step"] for each in bare["steps"] if each["done"]} == {"preflight"}
    assert "No run is recorded on this machine." in catherd_says("status").stdout
    assert catherd_says("run", "--yes").exit_code == 0
    assert all(each["done"] for each in document(catherd_says("status", "--json"))["steps"])
    shown = catherd_says("status")
    assert shown.exit_code == 0
    assert "succeeded." in shown.stdout
    assert shown.stdout.count("✓ done") == 26


def test_a_run_that_was_stopped_half_way_has_not_succeeded(
    hosts: ThreeHosts, catherd_says: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from installer.engine.run import Runner

    def stopped(runner: Runner) -> bool:
        runner.lanes.start()
        runner.lanes.release(runner.tasks[:3])
        runner.lanes.wait(runner.tasks[:3])
        raise KeyboardInterrupt

    monkeypatch.setattr(Runner, "run_all", stopped)
    catherd_says("run", "--yes")
    last = hosts.journal().last_run()
    assert last is not None
    assert not last["ok"]


@pytest.mark.parametrize(
    "words", [("plan",), ("run", "--yes"), ("verify",), ("run", "--yes", "--json")]
)
def test_no_command_tells_a_secret(
    hosts: ThreeHosts, catherd_says: Run, words: tuple[str, ...]
) -> None:
    assert hosts.run().ok
    secrets = hosts.secrets().values()
    path = "/usr/local/apache/conf/extra/httpd-modproxy.conf"
    text = (hosts["balancer"].files[path].data or b"").replace(b"loadfactor=2", b"loadfactor=9")
    hosts["balancer"].files.put(path, text)
    shown = catherd_says(*words).output
    assert shown
    assert not any(secret in shown for secret in secrets)


def test_errors_own_their_exit_codes() -> None:
    codes = {error: error("").exit_code for error in CatherdError.__subclasses__()}
    assert codes[Failed] == 1
    assert codes[BadInput] == 65
    assert codes[Locked] == 75
    assert len(set(codes.values())) == len(codes)
