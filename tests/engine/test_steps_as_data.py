"""Steps as data: answers and facts of a host in, actions and verdicts out; no host is needed."""

from __future__ import annotations

from typing import Any

import pytest

from runbook.actions import Account, Edit, Prove, Put, Service, Unpack
from runbook.check import Check, Verdict
from runbook.host import Host
from runbook.probes import Answer, FileAt, FileState, Output, Probe, Reply, ServiceAt, ServiceState
from runbook.software.membership import membership_log
from runbook.step import Erratum, Step
from runbook.steps import RUNBOOK
from runbook.steps.check import manager
from runbook.steps.tomcat_boot import RC_LOCALS
from tests.engine.given import ANSWERS, MEMBERS, RICH, TOMCAT
from tests.engine.step_data import HOSTS, STEPS, a_host, actions, inventory_of, verdict


def test_steps_need_only_what_stands_before_them() -> None:
    ids = [step.id for step in RUNBOOK]
    assert len(set(ids)) == len(ids)
    for position, step in enumerate(RUNBOOK):
        assert set(step.needs) | set(step.after) <= set(ids[:position]), step.id


@pytest.mark.parametrize("step", RUNBOOK, ids=lambda step: step.id)
def test_a_step_has_words_for_people(step: Step) -> None:
    assert str(step.title)
    assert len(str(step.prose)) > 80
    first, _, rest = str(step.prose).partition("\n\n")
    assert first.endswith(".")
    assert rest
    ids = [erratum.id for other in RUNBOOK for erratum in other.errata]
    assert len(set(ids)) == len(ids)
    for erratum in step.errata:
        assert isinstance(erratum, Erratum)
        assert all(str(text) for text in (erratum.says, erratum.happens, erratum.instead))


@pytest.mark.parametrize("step", RUNBOOK, ids=lambda step: step.id)
@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.parametrize("answers", [{}, RICH], ids=["plain", "rich"])
def test_checks_and_actions_say_what_and_why(
    step: Step, name: str, answers: dict[str, Any]
) -> None:
    host = a_host(name, _healthy(), **answers)
    if not step.concerns(host):
        return
    checks: list[Check] = list(step.checks(host))
    assert len({each.id for each in checks}) == len(checks)
    for each in checks:
        words = (each.title, each.expected, each.usual_cause, each.remedy)
        assert all(str(text) for text in words), each.id
        assert each.probes
    for action in step.actions(host):
        assert str(action.why), action
    assert [each.id for each in step.checks(host)] == [each.id for each in checks]


def _healthy() -> dict[Probe, Answer]:
    facts: dict[Probe, Answer] = {}
    for answers in ({}, RICH):
        for name in HOSTS:
            facts.update(inventory_of(a_host(name, **answers)))
    return facts


def kinds(step: str, host: Host) -> list[str]:
    return [type(action).__name__ for action in actions(step, host)]


def test_each_step_yields_the_actions_it_is_for() -> None:
    tomcat, balancer = a_host("tomcat1"), a_host("balancer")
    assert kinds("httpd-build", balancer) == ["Build"]
    assert kinds("httpd-service", balancer) == ["Put", "Service"]
    assert kinds("jdk", tomcat) == ["Unpack"]
    assert kinds("profile", tomcat) == ["Edit"]
    assert kinds("tomcat", tomcat) == ["Account", "Unpack"]
    assert kinds("tomcat-boot", tomcat) == ["Put", "Put", "Service"]
    rc_local = a_host("tomcat1", options={"tomcat_boot": "rc.local"})
    assert kinds("tomcat-boot", rc_local) == ["Put", "Put", "Edit"]
    assert kinds("start-tomcat", rc_local) == ["Service"]
    assert kinds("server-xml", tomcat) == ["Edit"]
    assert kinds("server-xml", a_host("tomcat1", **RICH)) == ["Put", "Put", "Edit"]
    assert kinds("web-xml", a_host("tomcat1", **RICH)) == ["Unpack", "Edit", "Edit", "Edit"]
    assert kinds("proof", balancer) == ["Prove"]
    assert kinds("check", balancer) == []


def test_one_node_watches_for_archives_that_go_to_all() -> None:
    farm: dict[str, Any] = {"options": {"farm": "tomcat1"}}
    assert kinds("server-xml", a_host("tomcat1", **farm)) == ["Put", "Edit"]
    assert kinds("server-xml", a_host("tomcat2", **farm)) == ["Edit"]
    place = FileAt("/usr/local/tomcat/farm", content=False)
    for state, right in (
        (FileState("directory", 0o755, "root", "root"), True),
        (FileState("directory", 0o750, "root", "deployers"), True),
        (FileState("directory", 0o775, "root", "deployers"), False),
        (FileState("directory", 0o755, "tomcat", "tomcat"), False),
        (FileState("link", 0o777, "root", "root"), False),
        (FileState(), False),
    ):
        host = a_host("tomcat1", {place: state}, **farm)
        assert verdict("server-xml", "farm-directory", host).ok is right
    ids = [each.id for each in STEPS["server-xml"].checks(a_host("tomcat2", **farm))]
    assert ids == ["server-xml"]


RED_HAT, DEBIAN = RC_LOCALS
LINE = b"#!/bin/sh\n# >>> catherd: tomcat\n/usr/local/sbin/tomcat start &\n# <<< catherd: tomcat\n"


@pytest.mark.parametrize(
    ("red_hat", "debian", "path"),
    [
        (FileState(), FileState(), DEBIAN.path),
        (FileState(), FileState("file"), DEBIAN.path),
        (FileState("file"), FileState("link"), RED_HAT.path),
        (FileState("file"), FileState(), RED_HAT.path),
    ],
)
def test_rc_local_is_the_file_that_the_host_runs(
    red_hat: FileState, debian: FileState, path: str
) -> None:
    facts: dict[Probe, Answer] = {RED_HAT: red_hat, DEBIAN: debian}
    host = a_host("tomcat1", facts, options={"tomcat_boot": "rc.local"})
    put, _, edit = actions("tomcat-boot", host)
    assert isinstance(put, Put)
    assert (put.path, put.mode) == ("/usr/local/sbin/tomcat", 0o755)
    assert isinstance(edit, Edit)
    assert (edit.path, edit.mode) == (path, 0o755)


@pytest.mark.erratum("rc-local")
def test_two_ways_of_starting_tomcat_are_one_too_many() -> None:
    by_hand = b"#!/bin/sh\n/usr/local/tomcat/bin/startup.sh\n"
    others = {"service": "/usr/local/sbin/tomcat", "rc.local": "tomcat"}
    for answer, twice, text, ok, advice in (
        ("service", False, b"", True, False),
        ("service", True, LINE, False, False),
        ("service", False, by_hand, False, True),
        ("rc.local", False, LINE, True, False),
        ("rc.local", False, LINE + by_hand, False, True),
        ("rc.local", True, LINE, False, False),
    ):
        was = ServiceAt(others[answer])
        facts: dict[Probe, Answer] = {
            RED_HAT: FileState(),
            DEBIAN: FileState("file", data=text),
            was: ServiceState(exists=True, enabled=twice, running=twice),
        }
        host = a_host("tomcat1", facts, options={"tomcat_boot": answer})
        seen = verdict("tomcat-boot", "tomcat-boot-once", host)
        assert (seen.ok, seen.advice) == (ok, advice)
        assert verdict("start-tomcat", "tomcat-once", host).ok is not twice
        stops = [
            (each.name, each.running)
            for each in actions("start-tomcat", host)
            if isinstance(each, Service)
        ]
        assert stops[:-1] == ([(was.name, False)] if twice else [])
        assert stops[-1][0] != was.name
        first = actions("tomcat-boot", host)[0]
        disabled = isinstance(first, Service) and (first.name, first.enabled) == ("tomcat", False)
        assert disabled is (twice and answer == "rc.local")
    host = a_host("tomcat1", {RED_HAT: FileState(), DEBIAN: FileState("file", data=LINE)})
    edit = actions("tomcat-boot", host)[-1]
    assert isinstance(edit, Edit)
    assert edit.change(LINE) == b"#!/bin/sh\n"


def test_the_tomcats_of_a_host_are_started_one_after_the_other_by_rc_local() -> None:
    hosts = [dict(each) for each in ANSWERS["hosts"]]
    hosts[1]["instances"] = [{"name": "a"}, {"name": "b"}]
    options = {"tomcat_boot": "rc.local", "farm": "tomcat1/b"}
    host = a_host("tomcat1", hosts=hosts, options=options)
    edit = actions("tomcat-boot", host)[-1]
    assert isinstance(edit, Edit)
    first, *starts, last = edit.intent
    assert [line.split()[0] for line in starts] == [
        "/usr/local/sbin/tomcat-a",
        "/usr/local/sbin/tomcat-b",
    ]
    assert (first, last[:19]) == ("{", "} >/dev/null 2>&1 &")
    assert [
        (action.name, action.running)
        for action in actions("start-tomcat", host)
        if isinstance(action, Service)
    ] == [("/usr/local/sbin/tomcat-a", True), ("/usr/local/sbin/tomcat-b", True)]
    (readme,) = (each for each in actions("server-xml", host) if isinstance(each, Put))
    assert readme.path == "/usr/local/tomcat-b/farm/README"


def test_tomcat_owns_only_what_it_writes() -> None:
    account, unpack = actions("tomcat", a_host("tomcat1"))
    assert isinstance(account, Account)
    assert isinstance(unpack, Unpack)
    assert (unpack.owner, unpack.group, unpack.writable_owner) == ("root", "tomcat", "tomcat")
    assert "conf" not in unpack.writable
    assert account.shell == "/sbin/nologin"


def test_an_application_that_is_not_distributable_is_left_alone() -> None:
    answers: dict[str, Any] = {
        "applications": [{"name": "ROOT", "distributable": False}, {"name": "shop"}]
    }
    host = a_host("tomcat1", **answers)
    (edit,) = actions("web-xml", host)
    assert isinstance(edit, Edit)
    assert edit.path.endswith("/webapps/shop/WEB-INF/web.xml")
    (service,) = actions("start-tomcat", host)
    assert isinstance(service, Service)
    assert not any("ROOT" in path for path in service.reads)


def test_everything_that_a_step_writes_and_a_service_reads_owes_a_restart() -> None:
    host = a_host("tomcat1", **RICH)
    (service,) = actions("start-tomcat", host)
    assert isinstance(service, Service)
    written = {
        action.path
        for step in ("tomcat-boot", "server-xml", "web-xml")
        for action in actions(step, host)
        if isinstance(action, Put | Edit) and "secrets" not in action.path
    }
    assert written <= set(service.reads)
    (httpd,) = actions("start-httpd", a_host("balancer"))
    assert isinstance(httpd, Service)
    assert httpd.on_change == "reload"


def test_members_are_judged_by_route_and_health() -> None:
    host = a_host("balancer")

    def judged(*workers: tuple[str, str]) -> Verdict:
        rows = "".join(
            f"<h:worker><h:name>http://x</h:name><h:route>{route}</h:route>"
            f"<h:status>{status}</h:status></h:worker>"
            for route, status in workers
        )
        page = (
            "<?xml version='1.0'?><h:m xmlns:h='x'><h:balancer><h:name>balancer://tomcatcluster"
            f"</h:name><h:workers>{rows}</h:workers></h:balancer></h:m>"
        )
        return verdict(
            "check", "members", a_host("balancer", {manager(host): Reply(200, (), page.encode())})
        )

    good = ("tomcat1", "Init Ok ")
    assert judged(good, ("tomcat2", "Init Ok ")).ok
    assert not judged(good).ok
    assert not judged(good, ("other", "Init Ok ")).ok
    for status in ("Init Err ", "Init Drn Ok ", "Init Stop ", "Init Dis ", "Init HcFl "):
        assert not judged(good, ("tomcat2", status)).ok, status
    closed = verdict("check", "members", a_host("balancer", {manager(host): Reply(403)}))
    assert str(closed.seen) == "HTTP status 403"


def test_who_may_see_the_manager_is_no_stranger_to_it() -> None:
    def ids(**options: Any) -> set[str]:
        return {each.id for each in STEPS["check"].checks(a_host("tomcat1", options=options))}

    assert "manager-closed" in ids()
    assert "manager-closed" not in ids(manager_allow=["192.168.232.0/24"])


def test_the_proof_asks_a_stranger_and_knows_every_node() -> None:
    (prove,) = actions("proof", a_host("balancer"))
    assert isinstance(prove, Prove)
    assert prove.setup.outsider == "tomcat1"
    assert [node.loadfactor for node in prove.setup.nodes] == [1, 2]
    (other,) = actions("proof", a_host("balancer", options={"lbmethod": "bytraffic"}))
    assert isinstance(other, Prove)
    assert not other.setup.exact
    assert other.subject != prove.subject


def test_ssh_settings_are_no_reason_to_prove_again() -> None:
    hosts = [{**each, "ssh": {"user": "somebody"}} for each in ANSWERS["hosts"]]
    (prove,) = actions("proof", a_host("balancer"))
    (again,) = actions("proof", a_host("balancer", hosts=hosts))
    assert isinstance(prove, Prove)
    assert isinstance(again, Prove)
    assert prove.subject == again.subject


def test_membership_is_read_from_the_nodes_log() -> None:
    host = a_host("tomcat1")
    line = "INFO SimpleTcpCluster.memberAdded x [tcp://{-64, -88, -24, 6}:4000]"
    log: dict[Probe, Answer] = {membership_log(host.tomcat_home): Output(0, line.encode())}
    assert verdict("check", "membership", a_host("tomcat1", log)).ok
    none: dict[Probe, Answer] = {membership_log(host.tomcat_home): Output(1)}
    assert str(verdict("check", "membership", a_host("tomcat1", none)).seen) == "nobody"


def modproxy(**answers: Any) -> str:
    (put,) = actions("modproxy", a_host("balancer", **answers))
    assert isinstance(put, Put)
    assert put.mode == (0o600 if "secret=" in put.content.decode() else 0o644)
    return put.content.decode()


@pytest.mark.erratum("proxypass-slash", "manager-swallowed", "nofailover", "no-route")
def test_the_balancer_is_configured_by_the_answers() -> None:
    http, ajp = modproxy(), modproxy(**RICH)
    assert 'BalancerMember "http://192.168.232.5:8080" route=tomcat1 loadfactor=1 ' in http
    assert 'BalancerMember "ajp://192.168.232.6:8009" route=tomcat2 loadfactor=2 ' in ajp
    assert "hcmethod=GET hcuri=/catherd-drain/state hcexpr=alive" in http
    assert http.count("disablereuse=On") == ajp.count("disablereuse=On") == 2
    assert 'ProxyPass "/catherd-drain" "!"' in http
    assert "hcmethod=TCP" in ajp
    assert "hcmethod" not in modproxy(options={"health_checks": False})
    assert "lbmethod=bybusyness" in modproxy(options={"lbmethod": "bybusyness"})
    assert "Require ip 10.0.0.0/8\n" in modproxy(options={"manager_allow": ["10.0.0.0/8"]})
    order = ['ProxyPass "/balancer-manager" "!"', 'ProxyPass "/" "balancer://tomcatcluster/"']
    assert http.index(order[0]) < http.index(order[1])
    assert "nofailover=Off" in http


def test_an_ipv6_member_stands_in_brackets() -> None:
    hosts = [{**each, "address": f"2001:db8::{n}"} for n, each in enumerate(ANSWERS["hosts"], 1)]
    assert 'BalancerMember "http://[2001:db8::2]:8080"' in modproxy(hosts=hosts)


def test_from_many_nodes_on_a_session_has_one_backup() -> None:
    more = [
        {"name": f"node{n}", "role": "tomcat", "address": f"192.168.232.{n}"} for n in range(7, 10)
    ]
    server_xml = MEMBERS[TOMCAT.sha256]["conf/server.xml"]
    for hosts, manager_class in (
        (ANSWERS["hosts"], b"DeltaManager"),
        (ANSWERS["hosts"] + more, b"BackupManager"),
    ):
        (edit,) = actions("server-xml", a_host("tomcat1", hosts=hosts))
        assert isinstance(edit, Edit)
        edited = edit.change(server_xml)
        assert manager_class in edited
        assert edit.change(edited) == edited


def tomcat_unit(**answers: Any) -> tuple[str, list[str]]:
    puts = [
        each
        for each in actions("tomcat-boot", a_host("tomcat1", **answers))
        if isinstance(each, Put)
    ]
    return puts[0].content.decode(), [put.path for put in puts[1:]]


def test_a_start_is_over_when_the_port_is_open_and_a_stop_is_announced() -> None:
    unit, pages = tomcat_unit()
    assert ":1F90 [0-9A-F:]* 0A " in unit
    assert "echo draining >/run/tomcat-drain/state" in unit
    assert pages == ["/usr/local/tomcat/conf/Catalina/localhost/catherd-drain.xml"]


@pytest.mark.parametrize("options", [{"members": "ajp"}, {"health_checks": False}])
def test_a_stop_is_announced_only_where_apache_would_hear_it(options: dict[str, Any]) -> None:
    unit, pages = tomcat_unit(options=options)
    assert "draining" not in unit
    assert pages == []


@pytest.mark.parametrize(
    ("options", "sleeps", "stop"),
    [
        ({}, "|| sleep 3'\n", 63),
        ({"drop_time": 7200}, "|| sleep 8'\n", 68),
        ({"membership": "multicast"}, "", 60),
    ],
)
def test_a_stopped_node_stays_away_until_the_others_have_forgotten_it(
    options: dict[str, Any], sleeps: str, stop: int
) -> None:
    """With membership by StaticMembershipService; there, drop_time is when they forget."""
    unit, _ = tomcat_unit(options=options)
    assert ("ExecStopPost=" in unit) == bool(sleeps)
    assert sleeps in unit
    assert f"\nTimeoutStopSec={stop}\n" in unit
    script, _ = tomcat_unit(
        options=options, hosts=[{**each, "init": "sysv"} for each in ANSWERS["hosts"]]
    )
    assert (f"        {sleeps[3:10]}\n" in script) == bool(sleeps)


@pytest.mark.parametrize(
    ("name", "step", "service", "numbers"),
    [
        ("balancer", "httpd-service", "httpd", "85 15"),
        ("tomcat1", "tomcat-boot", "tomcat", "84 16"),
    ],
)
def test_a_sysv_host_gets_an_init_script(name: str, step: str, service: str, numbers: str) -> None:
    hosts = [{**each, "init": "sysv"} for each in ANSWERS["hosts"]]
    host = a_host(name, hosts=hosts)
    put = actions(step, host)[0]
    assert isinstance(put, Put)
    assert (put.path, put.mode) == (f"/etc/init.d/{service}", 0o755)
    assert f"# chkconfig: 2345 {numbers}\n" in put.content.decode()
    start = actions(f"start-{service}", host)[0]
    assert isinstance(start, Service)
    assert put.path in start.reads
    remedy = str(next(iter(STEPS[step].checks(host))).remedy)
    assert f": chkconfig --add {service} && chkconfig --level 345 {service} on " in remedy
    debians = f"update-rc.d {service} defaults && update-rc.d {service} enable"
    assert f"(without chkconfig: {debians})" in remedy


def test_a_sysv_host_has_no_run_directory_for_the_drain_page() -> None:
    hosts = [{**each, "init": "sysv"} for each in ANSWERS["hosts"]]
    puts = list(actions("tomcat-boot", a_host("tomcat1", hosts=hosts)))[:2]
    assert all(isinstance(put, Put) and b"/var/run/tomcat-drain" in put.content for put in puts)


def test_preflight_wants_the_init_that_was_answered() -> None:
    hosts = [{**each, "init": "sysv"} for each in ANSWERS["hosts"]]
    host = a_host("tomcat1", hosts=hosts)
    for init, ok in (("sysv", True), ("systemd", False), ("unknown", False)):
        seen = a_host("tomcat1", inventory_of(host, init=init), hosts=hosts)
        assert verdict("preflight", "linux", seen).ok is ok


@pytest.mark.parametrize("init", ["systemd", "sysv"])
def test_the_service_names_this_jdk(init: str) -> None:
    hosts = [{**each, "init": init} for each in ANSWERS["hosts"]]
    host = a_host("tomcat1", hosts=hosts)
    (put,) = [each for each in actions("tomcat-boot", host) if isinstance(each, Put)][:1]

    def judged(content: bytes) -> Verdict:
        seen: dict[Probe, Answer] = {FileAt(put.path): FileState("file", data=content)}
        return verdict("tomcat-boot", "boot-java", a_host("tomcat1", seen, hosts=hosts))

    assert judged(put.content).ok
    other = judged(put.content.replace(host.java_home.encode(), b"/usr/java/jdk1.7.0"))
    assert (other.ok, str(other.seen)) == (False, "JAVA_HOME=/usr/java/jdk1.7.0")
    assert not judged(b"#!/bin/sh\n# JAVA_HOME=/nowhere\n").ok


def test_the_balancers_file_is_judged_by_what_it_tells_httpd() -> None:
    (put,) = actions("modproxy", a_host("balancer"))
    assert isinstance(put, Put)

    def judged(content: bytes) -> bool:
        seen: dict[Probe, Answer] = {FileAt(put.path): FileState("file", data=content)}
        return verdict("modproxy", "modproxy", a_host("balancer", seen)).ok

    bare = b"".join(line for line in put.content.splitlines(keepends=True)
                    if line.strip() and not line.strip().startswith(b"#"))  # fmt: skip
    assert judged(bare.replace(b"    ", b"\t").replace(b'ProxyPass "/"', b"ProxyPass /"))
    assert judged(bare.replace(b"route=tomcat1 loadfactor=1", b"loadfactor=1 route=tomcat1"))
    for old, new in ((b"nofailover=Off", b"nofailover=On"), (b"route=tomcat1", b"route=x"),
                     (b'tomcatcluster/"', b'tomcatcluster"'), (b"Require local", b"")):  # fmt: skip
        assert old in bare
        assert not judged(bare.replace(old, new, 1)), old
