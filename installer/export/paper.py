"""The plan of a whole installation on bare hosts that nobody has looked at.

Every action of every step becomes a change, as it would on new hosts; ``Change.action`` is what
the step describes, ``Change.operations`` what carries it out. What only the host knows stays
open: ``Change.known_after`` names the step that makes it known, or is empty for a file that the
distribution brings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from installer.engine.installation import Installation
from installer.engine.plan import Plan, make_plan
from runbook.errors import Faults
from runbook.host import secret_names
from runbook.probes import (
    AccountAt,
    AccountState,
    Answer,
    Facts,
    FileAt,
    FileState,
    Http,
    Output,
    Probe,
    Reply,
    ServiceAt,
    ServiceState,
)

NOT_FOUND = 127
"""Exit code of a command that is not there."""


class _Bare(dict[Probe, Answer]):
    """The answers of a host on which nothing was done: there is nothing of what is asked for."""

    def __missing__(self, probe: Probe) -> Answer:
        match probe:
            case FileAt():
                return FileState()
            case ServiceAt():
                return ServiceState()
            case AccountAt():
                return AccountState()
            case Http():
                return Reply(0)
            case _:
                return Output(NOT_FOUND)


@dataclass
class OnPaper(Installation):
    """An installation that is only written down: it has words in place of secrets."""

    stand_in: Callable[[str], str] = "@{}@".format
    """From the name of a secret to the word that stands for it in every file."""

    def secrets(self, facts: Mapping[str, Facts]) -> dict[str, str]:
        """The words."""
        return {name: self.stand_in(name) for name in secret_names(self.cluster)}

    def hide(self, text: str) -> str:
        """As it is: there is no secret in it."""
        return text


def on_paper(installation: Installation, stand_in: Callable[[str], str] = "@{}@".format) -> OnPaper:
    """The same installation, to be written down."""
    return OnPaper(
        installation.cluster,
        installation.artefacts,
        installation.depot,
        installation.steps,
        installation.targets,
        stand_in,
    )


def facts_on_paper(installation: OnPaper) -> dict[str, Facts]:
    """What bare hosts would answer, by name."""
    return {host.name: Facts(_Bare(), assumed=True) for host in installation.cluster.hosts}


def plan_on_paper(installation: OnPaper, run_id: str) -> Plan:
    """Plan every step on every host; no host is asked.

    :raises CatherdError: a step cannot be planned so
    """
    facts = facts_on_paper(installation)
    plan = make_plan(installation, facts, run_id, names=facts)
    errors = [each.error for each in plan.steps if each.error]
    if errors:
        raise errors[0] if len(errors) == 1 else Faults(errors)
    return plan
