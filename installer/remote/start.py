"""How a script is started on the host, and how its own output is told from sudo's."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["plain", "sudo", "password"]
"""As the account that logs in; as root without a password; as root with one."""


@dataclass(frozen=True)
class Start:
    """The command line that starts a script, which it then reads from standard input.

    So neither the script nor its data can be seen in the process table, and the login shell
    has no say in how it is read. A marker tells where the script's own output begins, with
    the process id; a prompt of our own tells when sudo asks, in whatever language.
    """

    mode: Mode
    length: int
    """Bytes of the script; what follows them is its data."""
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def command(self) -> str:
        """The command line, the same for all login shells."""
        shell = f"sh -c 'echo catherd {self.nonce} $$; eval \"$(head -c {self.length})\"'"
        if self.mode == "plain":
            return shell
        if self.mode == "sudo":
            return f"env LC_ALL=C sudo -n -H {shell}"
        return f"env LC_ALL=C sudo -S -H -p 'catherd-{self.nonce}?' {shell}"

    def read(self, seen: bytes) -> Begun | Asked | None:
        """What the output so far says: the script runs, sudo asks, or nothing yet."""
        begun = re.search(rb"catherd %b (\d{1,10})\n" % self.nonce.encode(), seen)
        if begun:
            return Begun(int(begun[1]), seen[begun.end() :])
        return Asked() if seen.endswith(b"catherd-%b?" % self.nonce.encode()) else None


@dataclass(frozen=True)
class Begun:
    """The script runs under this process id; its first output came along."""

    pid: int
    output: bytes


@dataclass(frozen=True)
class Asked:
    """sudo wants the password."""
