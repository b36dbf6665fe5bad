"""A shell on a host of the lab, in the terminal that the front end was started in."""

from __future__ import annotations

import subprocess

from runbook.errors import Failed, Unreachable
from runbook.text import T

BROKEN = 255
"""How ssh ends when it could not log in, or when the connection broke."""


def stay(lab: str, host: str, words: list[str]) -> None:
    """Log in to the host, and return when the shell there is left.

    :raises Failed: this machine has no ssh
    :raises Unreachable: ssh could not log in, or the connection broke
    """
    try:
        code = subprocess.run(words, check=False).returncode
    except FileNotFoundError:
        raise Failed(
            T("This machine has no ssh."), remedy=T("Install it: apt-get install openssh-client")
        ) from None
    if code == BROKEN:
        raise Unreachable(
            T("No shell on {host}: ssh could not log in, or the connection broke.", host=host),
            remedy=T("Mend the lab: catherd lab up --name {name}", name=lab),
        )
