"""What sudo says when it does not let a script begin, and what to do about it."""

from __future__ import annotations

import re

from installer.remote.output import last_lines
from runbook.errors import NotPermitted
from runbook.text import T, Text

_PASSWORD = re.compile(
    r"password is required|terminal is required|no askpass|(illegal|invalid|unknown) option", re.I
)
"""The last kind is a sudo before 1.7: it does not know ``-n``."""
_NOT_ALLOWED = re.compile(r"sudoers|not allowed|may not run|must have a tty|expired|administrator")
_NO_SHELL = re.compile(r"not available|nologin|[Pp]assword change required|expired")


def needs_password(words: str) -> bool:
    """Whether ``sudo -n`` failed only because it may not ask."""
    return bool(_PASSWORD.search(words))


def no_password(name: str, user: str) -> NotPermitted:
    """The error where nobody knows the password that sudo wants."""
    return NotPermitted(
        T("sudo on {name} wants a password.", name=name),
        T("It is that of {user}.", user=user),
        remedy=T(
            "Start Catherd on a terminal to be asked for it, or allow {user} sudo without one.",
            user=user,
        ),
    )


def is_refused(words: str) -> bool:
    """Whether sudo took the password and refuses all the same."""
    return bool(_NOT_ALLOWED.search(words))


def wrong_password(name: str, user: str) -> NotPermitted:
    """The error after too many wrong passwords."""
    return NotPermitted(
        T("sudo on {name} refused the password.", name=name),
        T("It is that of {user}.", user=user),
        remedy=T("Check the password of {user} there, then start Catherd again.", user=user),
    )


def refusal(name: str, user: str, words: str, *, with_sudo: bool) -> NotPermitted:
    """The error for a script that could not begin."""
    with_sudo = with_sudo and not _NO_SHELL.search(words)
    return NotPermitted(
        T("{user} cannot become root on {name}.", user=user, name=name)
        if with_sudo
        else T("{user} cannot run commands on {name}.", user=user, name=name),
        T("The host says: {words}", words=last_lines(words) or T("nothing")),
        _remedy(user, words),
    )


def _remedy(user: str, words: str) -> Text:
    if "must have a tty" in words:
        return T("Add this line with visudo: Defaults:{user} !requiretty", user=user)
    if "not available" in words or "nologin" in words:
        return T("Give it a login shell there: usermod -s /bin/sh {user}", user=user)
    if "expired" in words or "assword change required" in words:
        return T("Log in there by hand, and set a new password: passwd", user=user)
    if "not found" in words or "No such file" in words:
        return T("Install sudo there, or log in as root.")
    if "sudoers" in words or "not allowed" in words or "may not run" in words:
        return T(
            "Allow {user} to run everything with sudo, with visudo: {user} ALL=(ALL) ALL", user=user
        )
    return T("Log in there by hand and try: sudo -v")
