"""Generated secrets: the same on every host, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import pytest

from installer.cli import documents
from installer.engine import events
from installer.engine.plan import Plan, make_plan
from installer.engine.run import Runner
from runbook.errors import Unreachable
from runbook.host import SECRETS
from runbook.probes import FileAt
from tests.engine.given import RICH
from tests.engine.memory_host import MemoryHost
from tests.engine.three_hosts import Ran, ThreeHosts

pytestmark = pytest.mark.usefixtures("without_trials")

MODPROXY = "/usr/local/apache/conf/extra/httpd-modproxy.conf"
SERVER_XML = "/usr/local/tomcat/conf/server.xml"
HAND_MADE = "hunter2-made-by-hand"


@pytest.fixture
def hosts(tmp_path: Path) -> ThreeHosts:
    return ThreeHosts(tmp_path, RICH)


def said(plan: Plan) -> Iterable[str]:
    """All that a plan shows or could show."""
    yield json.dumps(documents.plan(plan), ensure_ascii=False)
    yield repr(plan)
    for each in plan.steps:
        yield str(each.error or "")


def told(ran: Ran) -> Iterable[str]:
    """All that a run tells."""
    for event in ran.events:
        yield json.dumps(documents.event(event), ensure_ascii=False)
        if not isinstance(event, events.Output):
            yield repr(event)
    yield from ran.errors()


def leaks(texts: Iterable[str], secrets: Iterable[str]) -> list[str]:
    found = []
    for text in texts:
        for secret in secrets:
            at = text.find(secret)
            if at >= 0:
                found.append(text[max(0, at - 200) : at] + "<SECRET>")
    return found


def edit(host: MemoryHost, path: str, old: str, new: str) -> None:
    text = (host.files[path].data or b"").decode()
    assert old in text
    host.files.put(path, text.replace(old, new).encode())


def test_all_hosts_get_the_same_and_nobody_else_may_read_it(hosts: ThreeHosts) -> None:
    assert hosts.run().ok
    secrets = hosts.secrets()
    assert set(secrets) == {"ajp", "replication"}
    assert len(set(secrets.values())) == 2
    for name in ("tomcat1", "tomcat2"):
        for secret in secrets:
            file = hosts[name].files[f"{SECRETS}/{secret}"]
            assert (file.mode, file.owner, file.group) == (0o600, "root", "root")
        server = hosts[name].files[SERVER_XML]
        assert (server.mode, server.owner, server.group) == (0o640, "root", "tomcat")
        assert secrets["ajp"] in (server.data or b"").decode()
        assert secrets["replication"] in (server.data or b"").decode()
    conf = hosts["balancer"].files[MODPROXY]
    assert (conf.data or b"").decode().count(f"secret={secrets['ajp']}") == 2
    assert conf.mode == 0o600


def test_another_controller_takes_what_is_there(hosts: ThreeHosts) -> None:
    assert hosts.run().ok
    first = hosts.secrets()
    for name in ("tomcat1", "tomcat2"):
        hosts[name].files.pop(f"{SECRETS}/{'ajp' if name == 'tomcat1' else 'replication'}")
    assert hosts.run().ok
    assert hosts.secrets() == first


@pytest.mark.parametrize("name", ["balancer", "tomcat1"])
def test_a_look_at_one_host_knows_the_secret_of_the_others(hosts: ThreeHosts, name: str) -> None:
    assert hosts.run().ok
    if name == "tomcat1":
        del hosts[name].files[f"{SECRETS}/ajp"]
    installation = hosts.installation()
    plan = make_plan(installation, installation.survey([name]), names=[name])
    changed = [change.target for each in plan.steps for change in each.changes]
    assert changed == ([f"{SECRETS}/ajp"] if name == "tomcat1" else [])


def test_the_others_are_asked_for_it_once(hosts: ThreeHosts) -> None:
    installation = hosts.installation()
    for _ in range(2):
        assert set(installation.survey(["tomcat1"])) == {"tomcat1"}
    assert {name: host.surveys for name, host in hosts.hosts.items()} == {
        "balancer": 1,
        "tomcat1": 2,
        "tomcat2": 1,
    }


def test_nothing_that_is_shown_or_kept_tells_a_secret(hosts: ThreeHosts) -> None:
    installation = hosts.installation()
    facts = installation.survey()
    plan = make_plan(installation, facts)
    fresh = installation.secrets(facts).values()
    assert leaks(said(plan), fresh) == []
    ran = hosts.run()
    assert ran.ok
    secrets = hosts.secrets().values()
    assert leaks([*said(ran.plan), *told(ran)], secrets) == []
    known = installation.survey()
    reprs = [repr(installation.host(name, known)) for name in hosts.hosts]
    assert leaks([*reprs, repr(installation)], secrets) == []
    hosts.journal().close()
    journal = [path.read_bytes() for path in hosts.place.glob("journal.db*")]
    assert journal
    assert not any(secret.encode() in data for data in journal for secret in secrets)


def test_the_diff_shows_dots(hosts: ThreeHosts) -> None:
    step = hosts.plan().of("modproxy", "balancer")
    assert step is not None
    assert "secret=••••••••" in step.changes[0].diff


def test_what_somebody_wrote_instead_is_not_shown_either(hosts: ThreeHosts) -> None:
    """A password that was typed by hand may open other doors as well."""
    assert hosts.run().ok
    secret = hosts.secrets()["ajp"]
    hosts["tomcat2"].files.put(f"{SECRETS}/ajp", f"{HAND_MADE}-file\n".encode())
    edit(hosts["tomcat1"], SERVER_XML, f'secret="{secret}"', f'secret="{HAND_MADE}-xml"')
    edit(hosts["balancer"], MODPROXY, f"secret={secret}", f"secret={HAND_MADE}-conf")
    profile = f"export DB_PASSWORD='{HAND_MADE}-env'\nexport PGPASS={HAND_MADE}\n".encode()
    hosts["tomcat1"].files.put("/etc/profile", profile)
    plan = hosts.plan()
    changed = {change.target for each in plan.steps for change in each.changes}
    assert {f"{SECRETS}/ajp", SERVER_XML, MODPROXY, "/etc/profile"} <= changed
    assert leaks(said(plan), [secret, HAND_MADE]) == []
    ran = hosts.run()
    assert ran.ok
    assert leaks([*said(ran.plan), *told(ran)], [secret, HAND_MADE]) == []
    journal = b"".join(path.read_bytes() for path in hosts.place.glob("journal.db*"))
    assert HAND_MADE.encode() not in journal


def test_a_check_that_cites_a_line_leaves_the_secret_out(hosts: ThreeHosts) -> None:
    assert hosts.run().ok
    edit(hosts["balancer"], MODPROXY, "loadfactor=2", "loadfactor=9")
    plan = hosts.plan()
    step = plan.of("modproxy", "balancer")
    assert step is not None
    (seen,) = (str(finding.verdict.seen) for finding in step.findings)
    assert "loadfactor=9" in seen
    assert leaks(said(plan), hosts.secrets().values()) == []


def test_an_error_that_cites_a_line_leaves_the_secret_out(hosts: ThreeHosts) -> None:
    """An httpd that does not know secret= prints it with its value."""
    balancer = hosts["balancer"]

    def at_the_test(what: str) -> None:
        secret = hosts.secrets().get("ajp", "")
        balancer.says = f"BalancerMember unknown Worker parameter secret={secret}; shop"

    assert hosts.run().ok
    edit(balancer, MODPROXY, "loadfactor=2", "loadfactor=9")
    balancer.before = at_the_test
    balancer.invalid.add(MODPROXY)
    ran = hosts.run()
    assert not ran.ok
    (error,) = ran.errors()
    assert "unknown Worker parameter" in error
    secrets = hosts.secrets().values()
    assert leaks(told(ran), secrets) == []
    journal = b"".join(path.read_bytes() for path in hosts.place.glob("journal.db*"))
    assert not any(secret.encode() in journal for secret in secrets)


def test_output_of_the_hosts_is_told_without_secrets(hosts: ThreeHosts) -> None:
    assert hosts.run().ok
    edit(hosts["balancer"], MODPROXY, "loadfactor=2", "loadfactor=9")
    secret = hosts.secrets()["ajp"]
    told_of: list[events.Event] = []
    hosts["balancer"].prints = f"AH00526: secret={secret}\n".encode()
    runner: Runner = hosts.runner(told_of.append)
    assert runner.run_all()
    data = [event.data for event in told_of if isinstance(event, events.Output)]
    assert data
    assert not any(secret.encode() in each for each in data)


def test_a_damaged_secret_is_no_traceback(hosts: ThreeHosts) -> None:
    assert hosts.run().ok
    first = hosts.secrets()
    hosts["tomcat1"].files.put(f"{SECRETS}/ajp", b"\xff\xfe\x00")
    hosts["tomcat2"].files.put(f"{SECRETS}/replication", b"\n")
    assert hosts.run().ok
    assert hosts.secrets()["replication"] == first["replication"]
    installation = hosts.installation()
    assert installation.survey()["tomcat1"][FileAt(f"{SECRETS}/ajp")].data
    assert hosts.plan().needed == ()


def gone(host: MemoryHost, monkeypatch: pytest.MonkeyPatch) -> None:
    def survey(probes: object) -> NoReturn:
        raise Unreachable(f"{host.name} is gone", "no route")

    monkeypatch.setattr(host, "survey", survey)


def test_a_host_that_is_gone_is_not_missed_where_another_has_the_secrets(
    hosts: ThreeHosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hosts.run().ok
    gone(hosts["tomcat2"], monkeypatch)
    installation = hosts.installation()
    facts = installation.survey(["tomcat1"])
    assert set(facts) == {"tomcat1"}
    assert installation.secrets(facts) == hosts.secrets()


def test_secrets_are_not_made_anew_while_a_host_that_may_have_them_is_gone(
    hosts: ThreeHosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone(hosts["tomcat2"], monkeypatch)
    with pytest.raises(Unreachable, match=r"tomcat2 is gone\n.*secrets.*no route"):
        hosts.installation().survey(["tomcat1"])
