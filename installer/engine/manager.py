"""Speaks to /balancer-manager as a browser on the balancer would, and reads back what it did."""

from __future__ import annotations

import time
from typing import Literal
from urllib.parse import urlencode

from installer.engine.visitor import Door
from runbook.errors import Failed
from runbook.probes import Reply
from runbook.software.balancer_manager import (
    MANAGER_PATH,
    MemberState,
    parse_members,
    parse_nonce,
)
from runbook.text import T

Flag = Literal["N", "D", "S"]
"""Drain (keeps its sessions), disabled, stopped (both send the sessions away at once)."""
FLAGS: dict[Flag, str] = {"N": "Drn", "D": "Dis", "S": "Stop"}
"""What the manager calls them in a member's status."""
_SETTLES = 3.0
"""Seconds until every process of httpd shows a change."""


class Manager:
    """The manager of one balancer, seen from a place that may see it."""

    def __init__(self, door: Door, balancer: str) -> None:
        self._door, self._balancer = door, balancer
        self._referer = {"Referer": f"http://{door.authority}{MANAGER_PATH}"}

    def members(self) -> tuple[MemberState, ...]:
        """The members of this balancer as httpd sees them now."""
        found = parse_members(self._get(f"{MANAGER_PATH}?xml=1").body)
        return tuple(member for member in found if member.balancer == self._balancer)

    def member(self, route: str) -> MemberState:
        """The member with that route."""
        for member in self.members():
            if member.route == route:
                return member
        raise Failed(
            T("The balancer has no member with route {route}.", route=route),
            T("balancer://{name}", name=self._balancer),
            T("Give the BalancerMember the route that is the jvmRoute of its Tomcat."),
        )

    def set(self, route: str, flag: Flag, on: bool) -> MemberState:
        """Set or clear a flag of a member; returns its state as read back.

        :raises Failed: the member did not change, whatever the manager answered
        """
        reply = self.submit(self.member(route), flag, on)
        deadline = time.monotonic() + _SETTLES
        while True:
            member = self.member(route)
            if (FLAGS[flag] in member.flags) == on:
                return member
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        raise Failed(
            T("The manager did not change {route}.", route=route),
            T(
                "It answered {status}; the member is {state}.",
                status=reply.status,
                state=member.status,
            ),
            T("httpd's error log says why (AH10187: it wants a Referer with its own name)."),
        )

    def submit(self, member: MemberState, flag: Flag, on: bool, *, referer: bool = True) -> Reply:
        """Send the form that sets a flag; a wrong one is answered 200 and ignored."""
        form = {
            "b": self._balancer,
            "w": member.worker_url,
            "nonce": self._nonce(),
            f"w_status_{flag}": "1" if on else "0",
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if referer:
            headers |= self._referer
        return self._door.ask(MANAGER_PATH, headers, "POST", urlencode(form).encode())

    def _nonce(self) -> str:
        for path in (f"{MANAGER_PATH}?xml=1", MANAGER_PATH):
            if nonce := parse_nonce(self._get(path).body, self._balancer):
                return nonce
        return ""

    def _get(self, path: str) -> Reply:
        reply = self._door.ask(path, self._referer)
        if reply.status != 200:
            raise Failed(
                T("The balancer manager does not answer as it should."),
                T(
                    "http://{host}{path} on {name}: {seen}",
                    host=self._door.authority,
                    path=MANAGER_PATH,
                    name=self._door.target.name,
                    seen=reply.status or reply.error,
                ),
                T("Is httpd running, and may this address see the manager?"),
            )
        return reply
