"""The vocabulary of the runbook: steps, checks and errata.

A step is a description. Its docstring is what people read, its actions are what changes, its
checks are how one knows, its errata are what the original document gets wrong here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runbook.check import Check
from runbook.text import Message, Text

if TYPE_CHECKING:
    from runbook.actions import Action
    from runbook.host import Host, Role


@dataclass(frozen=True, kw_only=True)
class Erratum:
    """A sentence of the document that fails: what it says, what happens, what Catherd does."""

    id: str
    says: Text
    happens: Text
    instead: Text
    message: str = ""
    """What the software prints when one follows the document."""
    versions: Text = ""
    """Where it holds not for all versions: for which."""
    unshown: Text = ""
    """Where no test follows the document and sees it fail so: why not."""


Actions = Callable[["Host"], Iterator["Action"]]
Checks = Callable[["Host"], Iterator[Check]]


@dataclass(frozen=True)
class Step:
    """One step of the runbook, for every host that has one of its roles."""

    id: str
    title: Message
    roles: tuple[Role, ...]
    prose: Message
    actions: Actions = field(repr=False)
    checks: Checks = field(repr=False)
    needs: tuple[str, ...] = ()
    """Steps that must be done on this host first."""
    after: tuple[str, ...] = ()
    """Steps that must be done on every host first."""
    one_at_a_time: bool = False
    """Hosts take this step one after the other, in their order in cluster.toml."""
    errata: tuple[Erratum, ...] = ()

    def concerns(self, host: Host) -> bool:
        """Whether this host takes the step at all."""
        return host.role in self.roles


def prose_of(docstring: str) -> str:
    """What a docstring says, each paragraph on one line: where it is shown decides its width."""
    paragraphs = inspect.cleandoc(docstring).split("\n\n")
    return "\n\n".join(" ".join(each.split()) for each in paragraphs)


def step(
    id: str,
    title: Message,
    *,
    roles: tuple[Role, ...],
    checks: Checks,
    needs: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
    one_at_a_time: bool = False,
    errata: tuple[Erratum, ...] = (),
) -> Callable[[Actions], Step]:
    """Make a step of a function that yields its actions; the docstring becomes the prose."""

    def wrap(actions: Actions) -> Step:
        prose = Message(prose_of(actions.__doc__ or ""))
        return Step(
            id=id,
            title=title,
            roles=roles,
            prose=prose,
            actions=actions,
            checks=checks,
            needs=needs,
            after=after,
            one_at_a_time=one_at_a_time,
            errata=errata,
        )

    return wrap
