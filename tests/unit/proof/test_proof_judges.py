from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from runbook.assets import asset
from runbook.probe_page import Visit, read_page
from runbook.proof import MOST_SESSIONS, Share, protocol, sessions_for
from runbook.proof_judges import (
    Drain,
    Reading,
    Return,
    judge_closed,
    judge_distribution,
    judge_drain,
    judge_failover,
    judge_forged,
    judge_recovery,
    judge_replication,
    judge_return,
    judge_sticky,
    path,
)
from runbook.software.balancer_manager import MemberState

SHARES = (Share("a", 1), Share("b", 2))
DOWN = Visit(503)


def at(node: str, counter: int = 1, payload: str = "x", route: str = "") -> Visit:
    session = f"S1.{route or node}"
    return Visit(200, node, session, existed=True, counter=counter, payload=payload)


def member(route: str, status: str = "Init Ok") -> MemberState:
    return MemberState("cluster", f"http://{route}:8080", route, 1, status, 0)


@pytest.mark.parametrize(
    ("a", "b", "right"),
    [(8, 16, True), (9, 15, True), (7, 17, True), (12, 12, False), (0, 24, False)],
)
def test_distribution(a: int, b: int, right: bool) -> None:
    visits = [at("a")] * a + [at("b")] * b
    assert judge_distribution(visits, SHARES, exact=True).ok is right


def test_distribution_by_other_methods_wants_everybody_once() -> None:
    assert judge_distribution([at("a")] * 20 + [at("b")], SHARES, exact=False).ok
    assert not judge_distribution([at("a")] * 20, SHARES, exact=False).ok
    assert not judge_distribution([at("a"), at("b"), DOWN], SHARES, exact=False).ok
    assert not judge_distribution([], SHARES, exact=False).ok


def test_sticky() -> None:
    stays = [at("a", n) for n in range(1, 8)]
    assert judge_sticky(stays).ok
    assert str(judge_sticky(stays).seen) == "200 a #1-7"
    assert not judge_sticky([*stays[:3], at("b", 4)]).ok
    assert not judge_sticky([*stays[:3], at("a", 3)]).ok, "an update was lost"
    assert not judge_sticky([at("a", 1, route="b"), at("a", 2, route="b")]).ok
    assert not judge_sticky([DOWN, DOWN]).ok


def test_replication() -> None:
    right = Reading(at("a", 3), at("b", 3), "b")
    assert judge_replication([right, right]).ok
    wrong = [
        replace(right, read=at("b", 0)),
        replace(right, read=at("b", 3, payload="")),
        replace(right, read=at("b", 3, route="a")),
        replace(right, read=at("a", 3)),
        replace(right, read=replace(at("b", 3), existed=False)),
        replace(right, read=DOWN),
        replace(right, home=DOWN),
    ]
    for each in wrong:
        assert not judge_replication([right, each]).ok
    assert str(judge_replication([right, wrong[0]]).seen) == "b: 1/2; 200 a #3 → 200 b #0"
    assert not judge_replication([]).ok


@pytest.mark.parametrize(
    ("after", "right"),
    [
        (at("b", 3), True),
        (at("b", 2), False),
        (at("b", 1), False),
        (at("a", 3), False),
        (at("b", 3, payload=""), False),
        (at("b", 3, route="a"), False),
        (Visit(502), False),
        (DOWN, False),
    ],
)
def test_failover(after: Visit, right: bool) -> None:
    assert judge_failover(at("a", 2), after).ok is right


def test_return() -> None:
    again = replace(at("a"), started=2)
    back = Return(
        at("a"), 3.0, 7.0, member("a"), Reading(at("b"), again, "a"), (at("b", 4), at("b", 5))
    )
    assert judge_return(back).ok
    assert not judge_return(replace(back, seconds=7.1)).ok
    assert not judge_return(replace(back, killed=again)).ok, "it was never killed"
    assert not judge_return(replace(back, member=member("a", "Init Err"))).ok
    assert not judge_return(replace(back, reading=Reading(at("b"), DOWN, "a"))).ok
    assert not judge_return(replace(back, moved=(at("b", 4), at("a", 5)))).ok
    assert not judge_return(replace(back, moved=(at("b", 4), at("b", 1)))).ok


def test_drain() -> None:
    draining = member("a", "Init Drn Ok")
    seen = Drain(at("a", 1), (at("a", 2), at("a", 3)), (at("b"),) * 8, draining, member("a"))
    assert judge_drain(seen).ok
    assert not judge_drain(replace(seen, stayed=(at("b", 2),))).ok
    assert not judge_drain(replace(seen, newcomers=(at("b"), at("a")))).ok
    assert not judge_drain(replace(seen, newcomers=(at("b"), DOWN))).ok
    assert not judge_drain(replace(seen, during=member("a"))).ok
    assert not judge_drain(replace(seen, after=draining)).ok


def test_recovery() -> None:
    assert judge_recovery(DOWN, at("a"), 2.0, 7.0).ok
    assert not judge_recovery(Visit(502), at("a"), 2.0, 7.0).ok
    assert not judge_recovery(DOWN, DOWN, 7.0, 7.0).ok
    assert not judge_recovery(DOWN, at("a"), 8.0, 7.0).ok


def test_closed() -> None:
    assert judge_closed({"/balancer-manager": 403, "/server-status": 403}).ok
    assert not judge_closed({"/balancer-manager": 403, "/server-status": 200}).ok
    assert not judge_closed({"/balancer-manager": 0, "/server-status": 403}).ok


def test_forged() -> None:
    before = (member("a"), member("b"))
    assert judge_forged(before, before).ok
    assert judge_forged(before, (member("a", "Init Err"), member("b"))).ok, "httpd's own doing"
    assert not judge_forged(before, (member("a", "Init Drn Ok"), member("b"))).ok
    assert not judge_forged(before, before[:1]).ok


def test_paths_are_short() -> None:
    assert path([at("a", 1), at("a", 2), at("b", 3), DOWN]) == "200 a #1-2 → 200 b #3 → 503"


@given(st.lists(st.integers(1, 100), min_size=2, max_size=12))
def test_enough_sessions_are_begun(weights: list[int]) -> None:
    count = sessions_for([Share(f"n{i}", weight) for i, weight in enumerate(weights)])
    assert count == MOST_SESSIONS or count % sum(weights) == 0
    assert min(MOST_SESSIONS, 12 * len(weights)) <= count <= MOST_SESSIONS


def test_the_protocol_tells_everything() -> None:
    trials = protocol(SHARES, exact=True, outsider="web1", retry=7)
    assert len({trial.id for trial in trials}) == len(trials) == 9
    for trial in trials:
        for text in (trial.title, trial.why, trial.tried, trial.expected, trial.usual_cause):
            assert str(text)
            assert "{" not in str(text)


@given(st.dictionaries(st.sampled_from(["node", "session", "counter", "payload"]), st.text()))
def test_any_page_is_read(values: dict[str, str]) -> None:
    body = "".join(f"{name}={quote_plus(value)}\n" for name, value in values.items())
    visit = read_page(200, body.encode())
    if "node" in values:
        assert (visit.node, visit.payload) == (values["node"], values.get("payload", ""))


@given(st.binary())
def test_any_bytes_are_read(body: bytes) -> None:
    assert read_page(404, body).status == 404


def test_the_probe_is_distributable_in_every_tomcat() -> None:
    root = etree.parse(asset("probe/WEB-INF/web.xml")).getroot()
    assert root.tag == "web-app", "no namespace: javax and jakarta read it alike"
    assert root.find("distributable") is not None
    page = asset("probe/index.jsp").read_text("utf-8")
    assert "javax.servlet" not in page
    assert "jakarta" not in page.split("%><%!")[1]
