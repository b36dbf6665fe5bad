"""The closed set of things a step may do to a host, each described and none carried out here.

Every action says why it is there; what it would change and how it is undone follows from its
kind. The engine plans, runs and undoes them; exports print them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from runbook.artefact import Artefact
from runbook.check import Judge
from runbook.probes import Probe
from runbook.proof_setup import ProofSetup
from runbook.text import Text


@dataclass(frozen=True, kw_only=True)
class Put:
    """A whole file, written by us alone."""

    path: str
    content: bytes = field(repr=False)
    why: Text
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    validate: str | None = None
    """POSIX sh that must exit 0 before the file takes its place; ``$1`` is the new file."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line that a file must have, for whoever edits it without the function."""

    text: str
    replaces: str = ""
    """Regular expression of the line that gives way to it, the same to sed -E and to Python;
    without one, or where none matches, it comes at the end."""
    after: str = ""
    """The same, for the line behind which it is at its best where it is new."""


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A few lines of a file that belongs to somebody else, by a pure function on its bytes."""

    path: str
    change: Callable[[bytes], bytes] = field(repr=False)
    """A function of a module, or a partial of one: what it does can then be described."""
    why: Text
    intent: tuple[str, ...]
    """The lines it brings, for a preview while the file does not exist yet."""
    lines: tuple[Line, ...] = ()
    """The same edit as whole lines, where it can be said so: for a file that nobody has seen."""
    block: str = ""
    """The same edit as a block of this name between Catherd's markers, where it is one: it holds
    the lines of ``intent``, and is taken out where there are none."""
    start: bytes | None = field(default=None, repr=False)
    """What to begin with when there is no such file; None: it must exist."""
    mode: int | None = None
    """Permission bits it must end with; None keeps the file's own."""
    group: str | None = None
    """Group it must end with; None keeps the file's own."""
    validate: str | None = None


@dataclass(frozen=True, kw_only=True)
class Unpack:
    """An archive, unpacked to a directory of its own; one that is in the way is moved aside."""

    artefact: Artefact
    to: str
    why: Text
    contains: tuple[str, ...]
    """Paths inside that must be there for the directory to count as whole."""
    owner: str = "root"
    group: str = "root"
    writable: tuple[str, ...] = ()
    """Paths inside that the service writes to."""
    writable_owner: str = "root"
    scratch: tuple[str, ...] = ()
    """Paths inside where the software leaves what is of no value without it."""
    only: tuple[str, ...] = ()
    """Names at the top to which it is confined; all of the archive where there are none."""


@dataclass(frozen=True, kw_only=True)
class Flag:
    """One argument of ``configure`` and its reason."""

    text: str
    why: Text


@dataclass(frozen=True, kw_only=True)
class Build:
    """Software compiled from source on the host: long, detached, installed whole or not at all."""

    artefact: Artefact
    prefix: str
    flags: tuple[Flag, ...]
    why: Text
    contains: tuple[str, ...]
    scratch: tuple[str, ...] = ()
    """As in ``Unpack``."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A short command. It is left out when ``judge`` is content with what ``probes`` show."""

    command: str
    why: Text
    probes: tuple[Probe, ...]
    judge: Judge = field(repr=False)
    artefact: Artefact | None = None
    """A file that the command works on, as ``$1``."""
    unless: str = ""
    """POSIX sh that exits 0 where the command is not needed: for whoever has no judge."""
    undo: str | None = None
    no_undo_because: Text = ""
    timeout: float = 600.0


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service of the host, at boot and now; None leaves a part as it is."""

    name: str
    why: Text
    enabled: bool | None = None
    running: bool | None = None
    reads: tuple[str, ...] = ()
    """Files whose change owes the process a restart."""
    on_change: Literal["restart", "reload"] = "restart"


@dataclass(frozen=True, kw_only=True)
class Account:
    """A system user, with a group of its own and no way to log in."""

    name: str
    home: str
    why: Text
    shell: str = "/sbin/nologin"


@dataclass(frozen=True, kw_only=True)
class Prove:
    """The trials that show that a session survives; the probe application comes and goes."""

    why: Text
    setup: ProofSetup
    subject: str
    """Digest of all that the proof depends on: the same subject needs no second proof."""
    receipt: str
    """File on the host that holds the subject that was last proved."""
    again: bool = False
    """Prove it even if just this subject has been proved."""


Action = Put | Edit | Unpack | Build | Run | Service | Account | Prove
