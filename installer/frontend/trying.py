"""Tries whether a host can be reached and used, before anything is installed there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from installer.frontend.connection import ConnectionReport
from installer.remote.host import FabricTarget
from installer.remote.ssh import Credentials, HostKey, Remembering, settings_of
from runbook.cluster import HostAnswers
from runbook.errors import CatherdError
from runbook.judges import values
from runbook.probes import Facts, Sh
from runbook.software.inventory import SYSTEM
from runbook.software.service_manager import INITS
from runbook.text import T, Text

LOOK = Sh(SYSTEM)


class Trying:
    """A connection test that remembers passwords for as long as the questions last."""

    def __init__(self, base: Path, operator: Credentials) -> None:
        self._base = base
        self._operator = _Noting(operator)
        self._credentials = Remembering(self._operator)

    def __enter__(self) -> Trying:
        return self

    def __exit__(self, *_: object) -> None:
        """Forget what was typed."""
        self._credentials = Remembering(self._operator)

    def __call__(self, host: HostAnswers, accept: str | None = None) -> ConnectionReport:
        """Connect, become root and look around; nothing is changed and nothing raised."""
        shown: list[HostKey] = []

        def policy(key: HostKey) -> bool:
            shown.append(key)
            return accept is not None and accept == _as_shown(key)

        target = FabricTarget(settings_of(host, self._base), self._credentials, policy)
        report = ConnectionReport(host=host.name)
        try:
            facts = values(Facts(dict(target.survey([LOOK])))[LOOK].text)
        except CatherdError as error:
            if shown and accept is None:
                return replace(report, host_key="unknown", fingerprint=_as_shown(shown[-1]))
            return replace(report, error=error.what, remedy=error.remedy)
        finally:
            target.close()
        return replace(
            report,
            os=facts.get("os", ""),
            arch=facts.get("arch", ""),
            sudo=self._sudo(host),
            remedy=_other_init(host, facts.get("init", "")),
        )

    def _sudo(self, host: HostAnswers) -> Literal["root", "free", "password"]:
        if host.ssh.user == "root":
            return "root"
        return "password" if host.name in self._operator.sudo_asked else "free"


class _Noting:
    """Passes questions on, and remembers on which hosts sudo wanted a password."""

    def __init__(self, operator: Credentials) -> None:
        self._operator = operator
        self.login_password, self.key_passphrase = operator.login_password, operator.key_passphrase
        self.sudo_asked: set[str] = set()

    def sudo_password(self, host: str, user: str, again: bool) -> str | None:
        """What sudo on that host wants to hear."""
        self.sudo_asked.add(host)
        return self._operator.sudo_password(host, user, again)


def _other_init(host: HostAnswers, init: str) -> Text | None:
    """What to answer where the host boots with something else than what was answered."""
    if init == host.init or init not in INITS:
        return None
    return T('It boots with {init}: say init = "{key}" for it.', init=INITS[init], key=init)


def _as_shown(key: HostKey) -> str:
    return f"{key.type} {key.fingerprint}"
