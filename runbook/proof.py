"""The proof of a cluster as data: what is tried, in which order, why, and what must be seen.

Nothing here talks to a host: the engine carries the trials out, ``proof_judges`` judges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runbook.text import T, Text

STAYS = 6
"""Requests of one session that must all reach its node."""
COPIES = 12
"""Sessions that every node must know although they began on another."""
NEWCOMERS = 8
"""New sessions that must all avoid a draining node."""
MOST_SESSIONS = 300


@dataclass(frozen=True)
class Trial:
    """One thing that is tried, and what a correct cluster does."""

    id: str
    title: Text
    why: Text
    tried: Text
    expected: Text
    usual_cause: Text
    """What is wrong, most of the time, where something else is seen."""


@dataclass(frozen=True)
class Share:
    """A node and the share of new sessions that it should get."""

    route: str
    loadfactor: int


def sessions_for(shares: Sequence[Share]) -> int:
    """How many new sessions show the shares: whole rounds, about twelve a node."""
    a_round = sum(share.loadfactor for share in shares)
    rounds = -(-12 * len(shares) // a_round)
    return min(MOST_SESSIONS, a_round * rounds)


def protocol(
    shares: Sequence[Share], exact: bool, outsider: str, retry: float, standbys: str = ""
) -> list[Trial]:
    """The trials in order.

    :param exact: the balancer counts requests, so that shares can be foretold
    :param outsider: a host that must not see the manager; empty where every host may
    :param retry: seconds after which the balancer tries a failed member again
    :param standbys: routes of the nodes that stand by; empty where none does
    """
    weights = ", ".join(f"{share.route}: {share.loadfactor}" for share in shares)
    trials = [
        Trial(
            "distribution",
            T("New sessions are shared out"),
            T("a wrong load factor, or a member that is never chosen, is not seen otherwise"),
            T("{count} new visitors", count=sessions_for(shares)),
            T("shares of {weights}", weights=weights) if exact else T("every node gets some"),
            T("loadfactor in httpd differs from cluster.toml, or a member is failing"),
        ),
        Trial(
            "sticky",
            T("A session stays on its node"),
            T("without routes the requests of a session bounce, and updates get lost"),
            T("{count} more requests of one session", count=STAYS),
            T("the node at the end of JSESSIONID answers all, and each is counted"),
            T("route= of a member is not the jvmRoute of its Tomcat, or stickysession is missing"),
        ),
        Trial(
            "replication",
            T("The other nodes have the session too"),
            T("what is replicated only when a node dies is replicated too late"),
            T(
                "the cookies of {count} sessions shown to each node they do not live on",
                count=COPIES,
            ),
            T("each has the same counter and value there, and its id is rewritten to that node"),
            T(
                "no <distributable/>, a node outside the cluster, or updates sent without waiting "
                "for an answer (channelSendOptions 8 or async)"
            ),
        ),
        Trial(
            "failover",
            T("A session survives a killed node"),
            T("this is what the cluster is for"),
            T("kill -9 of the session's node, then its next request"),
            T("200 from another node, the counter one higher, the value intact"),
            T("nofailover=On, or sessions that are not replicated"),
        ),
        Trial(
            "return",
            T("The node comes back into service"),
            T("a node that is never chosen again, or without the sessions, is no help next time"),
            T("the killed node started again"),
            T(
                "Ok and chosen within {seconds:.0f} s, it knows the sessions begun without it, "
                "and the moved session stays where it is",
                seconds=retry,
            ),
            T("a long retry= of the member, or sessions that are not replicated"),
        ),
        Trial(
            "drain",
            T("A node can be emptied for maintenance"),
            T("taking a node out must not cost anybody a session"),
            T("drain in the manager, the old session, {count} new visitors", count=NEWCOMERS),
            T("the old session stays, all new ones go elsewhere, and it can be undone"),
            T("the manager refuses changes: its Referer, its access rules, or an old httpd"),
        ),
        Trial(
            "standby",
            T("The hot standby takes over"),
            T("it is there for the day when no other node can answer"),
            T("all other Tomcats stopped, then the next request of a session"),
            T(
                "200 from {standbys}, with what the session held if it has a copy",
                standbys=standbys,
            ),
            T("status=+H at the wrong member, or a standby outside the cluster"),
        ),
        Trial(
            "all-down",
            T("The balancer recovers by itself"),
            T("after an outage nobody should have to restart Apache"),
            T("all Tomcats stopped, then started one after the other"),
            T("503 while all are down, then 200 again without touching Apache"),
            T("forcerecovery=Off or a long retry= of the members"),
        ),
        Trial(
            "manager-closed",
            T("Strangers cannot see the manager"),
            T("whoever sees it can take nodes out of the cluster"),
            T("/balancer-manager and /server-status asked from {host}", host=outsider),
            T("403 for both"),
            T("Require all granted, or the address among those that may see the manager"),
        ),
        Trial(
            "manager-forged",
            T("The manager ignores forged requests"),
            T("a page elsewhere could make an administrator's browser drain the cluster"),
            T("a drain with the right nonce but without a Referer"),
            T("nothing changes"),
            T("an httpd older than 2.4.41"),
        ),
    ]
    left_out = {
        *(() if outsider else ("manager-closed",)),
        *(() if standbys else ("standby",)),
    }
    return [trial for trial in trials if trial.id not in left_out]
