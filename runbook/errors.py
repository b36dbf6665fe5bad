"""What can go wrong, as people are told it: one line of what, one of where, one of what to do.

    CatherdError
    ├── Faults            several things are wrong with one input; each is told
    ├── BadInput          a file, an answer or an option cannot be used (exit 65)
    ├── Unreachable       a host or a download cannot be reached (exit 69)
    ├── NotPermitted      sudo, a host key or a login was refused (exit 77)
    ├── Locked            another operator is at work on the host (exit 75)
    └── Failed            a step or a command failed (exit 1)

Every error owns its exit code. A traceback is a bug in Catherd.
"""

from __future__ import annotations

from collections.abc import Sequence

from runbook.text import Text


class CatherdError(Exception):
    """Something a person has to know: what happened, where, and what to do about it."""

    exit_code = 1

    def __init__(self, what: Text, where: Text | None = None, remedy: Text | None = None) -> None:
        super().__init__(what, where, remedy)
        self.what, self.where, self.remedy = what, where, remedy

    def __str__(self) -> str:
        return "\n".join(str(line) for line in (self.what, self.where, self.remedy) if line)


class BadInput(CatherdError):
    """A file, an answer or an option that cannot be used as it is."""

    exit_code = 65


class Faults(BadInput):
    """Several faults found in one go, in the order in which they stand in the file."""

    def __init__(self, faults: Sequence[CatherdError]) -> None:
        super().__init__("\n\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)
        self.exit_code = faults[0].exit_code if faults else BadInput.exit_code


class Unreachable(CatherdError):
    """A host or a download that does not answer."""

    exit_code = 69


class Locked(CatherdError):
    """Another operator holds the host."""

    exit_code = 75


class NotPermitted(CatherdError):
    """A login, a host key or sudo was refused."""

    exit_code = 77


class Failed(CatherdError):
    """A step, a command or a check did not do what it should."""
