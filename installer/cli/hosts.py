"""Opens the hosts of a cluster: connections, and the questions that logging in may ask."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from installer.remote.host import FabricTarget
from installer.remote.ssh import (
    Credentials,
    HostKey,
    HostKeyPolicy,
    Remembering,
    accept_new,
    refuse_unknown,
    settings_of,
)
from runbook.cluster import Cluster
from runbook.errors import BadInput
from runbook.text import Message, T


def open_targets(
    cluster: Cluster, base: Path, credentials: Credentials, policy: HostKeyPolicy
) -> Mapping[str, FabricTarget]:
    """A target for each host; each connects when it is first asked something."""
    shared = Remembering(credentials)
    return {
        host.name: FabricTarget(settings_of(host, base), shared, policy) for host in cluster.hosts
    }


def policy_of(accept_new_host_keys: bool, interactive: bool) -> HostKeyPolicy:
    """What happens to the key of a host that was never met before."""
    if accept_new_host_keys:
        return accept_new
    return ask_about if interactive else refuse_unknown


def ask_about(key: HostKey) -> bool:
    """Show the fingerprint and let the operator compare it."""
    import questionary

    text = T(
        "{host} ({address}) is met for the first time. Its key is {type} {fingerprint}. Trust it?",
        host=key.name,
        address=key.address,
        type=key.type,
        fingerprint=key.fingerprint,
    )
    return bool(questionary.confirm(str(text), default=False).ask())


class AtTheTerminal:
    """Asks the operator for passwords; nothing typed is shown, kept on disk or logged."""

    def login_password(self, host: str, user: str, again: bool) -> str | None:
        """Password of the account that logs in."""
        return _hidden(T("Password of {user} on {host}:", user=user, host=host), again)

    def key_passphrase(self, host: str, key: str, again: bool) -> str | None:
        """Passphrase of a private key file."""
        return _hidden(T("Passphrase of the key {key}:", key=key), again)

    def sudo_password(self, host: str, user: str, again: bool) -> str | None:
        """What sudo on that host wants to hear from that user."""
        return _hidden(T("sudo password of {user} on {host}:", user=user, host=host), again)


class FromFile:
    """Takes the sudo password from a file that only its owner may read."""

    def __init__(self, path: Path, otherwise: Credentials) -> None:
        try:
            shared = path.stat().st_mode & 0o077
            self._password = path.read_text("utf-8").splitlines()[0]
        except (OSError, UnicodeDecodeError, IndexError) as error:
            raise BadInput(
                T("The password file {path} cannot be read", path=path),
                where=str(error),
                remedy=T("It holds the password on its first line."),
            ) from None
        if shared:
            raise BadInput(
                T("Others may read the password file {path}", path=path),
                remedy=T("chmod 600 {path}", path=path),
            )
        self._otherwise = otherwise

    def login_password(self, host: str, user: str, again: bool) -> str | None:
        """Not in the file."""
        return self._otherwise.login_password(host, user, again)

    def key_passphrase(self, host: str, key: str, again: bool) -> str | None:
        """Not in the file."""
        return self._otherwise.key_passphrase(host, key, again)

    def sudo_password(self, host: str, user: str, again: bool) -> str | None:
        """The first line of the file; when that is wrong, somebody else is asked."""
        return self._otherwise.sudo_password(host, user, again) if again else self._password


def _hidden(question: Message, again: bool) -> str | None:
    import questionary

    words = T("That was wrong. {question}", question=question) if again else question
    answer = questionary.password(str(words)).ask()
    return str(answer) if answer else None
