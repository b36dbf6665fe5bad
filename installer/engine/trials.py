"""The trials of the proof, carried out; to restore the cluster afterwards is their caller's."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from secrets import token_hex

from installer.engine.proof_ground import Ground
from installer.engine.visitor import Door, Visitor
from runbook.check import Verdict
from runbook.errors import Failed
from runbook.probe_page import Visit
from runbook.proof import COPIES, MOST_SESSIONS, NEWCOMERS, STAYS, sessions_for
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
    judge_standby,
    judge_sticky,
)
from runbook.software.balancer_manager import MANAGER_PATH
from runbook.text import T

Verdicts = Iterator[tuple[str, Verdict]]
"""Trial ids with their verdicts, in the order of the protocol."""

BEGINS = 10.0
"""Seconds until some new visitor meets a node that will do."""
SETTLES = 0.5
"""Seconds that an update may travel after its answer; nothing can look without disturbing it."""
GRACE = 2.0
"""Seconds beyond ``retry`` for the balancer to choose a node again."""


def distribution(ground: Ground) -> Verdicts:
    """Count new sessions, after evening out what earlier visitors have left unequal.

    The balancer owes a node what its sticky sessions took from others; it has paid when every
    node has been chosen.
    """
    shares = ground.setup.shares
    unmet = {share.route for share in shares}
    for _ in range(MOST_SESSIONS):
        unmet.discard(ground.newcomer().peek().node)
        if not unmet:
            break
    visits = [ground.newcomer().visit() for _ in range(sessions_for(shares))]
    yield "distribution", judge_distribution(visits, shares, ground.setup.exact)


def sticky(ground: Ground) -> Verdicts:
    """Follow one session."""
    visitor = ground.newcomer()
    yield "sticky", judge_sticky([visitor.visit() for _ in range(1 + STAYS)])


def replication(ground: Ground) -> Verdicts:
    """Show sessions to every other node, once each: looking moves them there.

    One session proves little. Where updates are sent without waiting for an answer, one in seven
    new sessions was seen to lose its first value, because the value overtook the session.
    """
    begun = []
    homes = {share.route for share in ground.setup.shares}
    for node in ground.setup.nodes:
        if homes == {node.route}:
            continue  # All others stand by: no session begins there.
        begun += [(node, *_begin(ground, avoid=node.route)) for _ in range(COPIES)]
    time.sleep(SETTLES)
    readings = [
        Reading(home, visitor.at(ground.door_of(node)).peek(), node.route)
        for node, home, visitor in begun
    ]
    yield "replication", judge_replication(readings)


def dead_node(ground: Ground) -> Verdicts:
    """Kill the node of a session, follow the session, bring the node back.

    The node asks the others who is there once as it starts. Where that answer is lost, on its way
    through a connection of the killed process, it starts without their sessions, and has them at
    its next start: so it gets a second one. A node that does not replicate has them at neither.
    """
    before, visitor = _begin(ground)
    time.sleep(SETTLES)
    dead = ground.node(before.node)
    ground.kill(dead)
    moved = visitor.visit()
    yield "failover", judge_failover(before, moved, ground.setup.one_copy)
    if moved.route == before.route:
        moved = visitor.visit()

    stranger = ground.newcomer()
    elsewhere = stranger.visit(put=token_hex(8))
    for starts in (1, 2):
        ground.start(dead)
        _, seconds = _until(ground, lambda visit: visit.node == dead.route)
        state = stranger.at(ground.door_of(dead)).peek()
        if state.existed or starts == 2:
            break
        ground.stop([dead])
    yield (
        "return",
        judge_return(
            Return(
                killed=before,
                seconds=seconds,
                allowed=ground.setup.retry + GRACE,
                member=ground.manager.member(dead.route),
                reading=Reading(elsewhere, state, dead.route),
                moved=(moved, visitor.visit()),
                starts=starts,
            )
        ),
    )


def drain(ground: Ground) -> Verdicts:
    """Drain the node of a session, look who goes where, undo it."""
    home, visitor = _begin(ground)
    during = ground.manager.set(home.node, "N", True)
    stayed = tuple(visitor.visit() for _ in range(STAYS))
    newcomers = tuple(ground.newcomer().visit() for _ in range(NEWCOMERS))
    after = ground.manager.set(home.node, "N", False)
    yield "drain", judge_drain(Drain(home, stayed, newcomers, during, after))


def all_down(ground: Ground) -> Verdicts:
    """Stop every node, those that stand by last; start one after the other as the runbook does."""
    standbys = ground.setup.standbys
    if standbys:
        before, visitor = _begin(ground)
        time.sleep(SETTLES)
        ground.stop([node for node in ground.setup.nodes if not node.standby])
        routes = {node.route for node in standbys}
        after = visitor.visit()
        yield "standby", judge_standby(before, after, routes, ground.setup.one_copy)
    ground.stop(standbys or ground.setup.nodes)
    down = ground.newcomer().peek()
    for node in ground.setup.nodes:
        ground.start(node)
    up, seconds = _until(ground, lambda visit: visit.ok)
    yield "all-down", judge_recovery(down, up, seconds, ground.setup.retry + GRACE)


def closed(ground: Ground) -> Verdicts:
    """Ask for the manager as a stranger does."""
    setup = ground.setup
    door = Door(ground.target_of(setup.outsider), setup.address, setup.port)
    pages = (MANAGER_PATH, "/server-status")
    yield "manager-closed", judge_closed({page: door.ask(page).status for page in pages})


def forged(ground: Ground) -> Verdicts:
    """Send the form of the manager as a page elsewhere would make a browser send it."""
    before = ground.manager.members()
    if not before:
        raise Failed(T("The balancer has no members."))
    ground.manager.submit(before[0], "N", True, referer=False)
    yield "manager-forged", judge_forged(before, ground.manager.members())


GROUPS: tuple[tuple[tuple[str, ...], Callable[[Ground], Verdicts]], ...] = (
    (("distribution",), distribution),
    (("sticky",), sticky),
    (("replication",), replication),
    (("failover", "return"), dead_node),
    (("drain",), drain),
    (("standby", "all-down"), all_down),
    (("manager-closed",), closed),
    (("manager-forged",), forged),
)
"""Which trials a function carries out, in the order of the protocol."""


def _begin(ground: Ground, avoid: str = "") -> tuple[Visit, Visitor]:
    """A session with a value in it, on any node but the one with the route ``avoid``."""

    def newcomer() -> tuple[Visit, Visitor]:
        visitor = ground.newcomer()
        return visitor.visit(put=token_hex(8)), visitor

    return ground.wait(
        newcomer,
        lambda begun: begun[0].ok and begun[0].node != avoid,
        BEGINS,
        lambda begun: T("No session could be begun: {seen}", seen=begun[0].words),
    )


def _until(ground: Ground, enough: Callable[[Visit], bool]) -> tuple[Visit, float]:
    """Send new visitors until one sees what is wanted; the last visit, and how long it took."""
    began = time.monotonic()
    visit = ground.look(lambda: ground.newcomer().peek(), enough, ground.setup.retry + GRACE)
    return visit, time.monotonic() - began
