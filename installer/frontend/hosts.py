"""Opens the hosts of a cluster, and reads a password from a file instead of asking."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from installer.remote.host import FabricTarget
from installer.remote.ssh import (
    Credentials,
    HostKeyPolicy,
    Remembering,
    settings_of,
)
from runbook.cluster import Cluster
from runbook.errors import BadInput
from runbook.text import T


def open_targets(
    cluster: Cluster, base: Path, credentials: Credentials, policy: HostKeyPolicy
) -> Mapping[str, FabricTarget]:
    """A target for each host; each connects when it is first asked something."""
    shared = Remembering(credentials)
    return {
        host.name: FabricTarget(settings_of(host, base), shared, policy) for host in cluster.hosts
    }


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
