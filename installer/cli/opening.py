"""Opens a cluster for a command of the plain terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from installer.cli.endings import signals_interrupt
from installer.cli.terminal import interactive
from installer.frontend.operator import Watching
from installer.frontend.session import Session
from installer.frontend.where import Where
from installer.remote.ssh import HostKey, NoCredentials
from runbook.text import Message, T


@contextmanager
def open_session(where: Where) -> Iterator[Session]:
    """The cluster, with the operator who sits at the terminal, if somebody does.

    A command that is ended from outside meanwhile ends in good order.
    """
    operator = AtTheTerminal() if interactive() else Unattended()
    with Session(where, operator) as session, signals_interrupt():
        yield session


class _Watched:
    def watching(self) -> AbstractContextManager[Watching]:
        """Bars on the terminal."""
        from installer.cli.fetching import Fetching

        return Fetching()


class Unattended(_Watched, NoCredentials):
    """Nobody is there: no password is known, and no unknown host is trusted."""

    def trusts(self, key: HostKey) -> bool:
        """No."""
        return False


class AtTheTerminal(_Watched):
    """Asks the operator; nothing typed is shown, kept on disk or logged."""

    def trusts(self, key: HostKey) -> bool:
        """Show the fingerprint and let the operator compare it."""
        import questionary

        text = T(
            "{host} ({address}) is met for the first time. Its key is {type} {fingerprint}. "
            "Trust it?",
            host=key.name,
            address=key.address,
            type=key.type,
            fingerprint=key.fingerprint,
        )
        return bool(questionary.confirm(str(text), default=False).ask())

    def login_password(self, host: str, user: str, again: bool) -> str | None:
        """Password of the account that logs in."""
        return _hidden(T("Password of {user} on {host}:", user=user, host=host), again)

    def key_passphrase(self, host: str, key: str, again: bool) -> str | None:
        """Passphrase of a private key file."""
        return _hidden(T("Passphrase of the key {key}:", key=key), again)

    def sudo_password(self, host: str, user: str, again: bool) -> str | None:
        """What sudo on that host wants to hear from that user."""
        return _hidden(T("sudo password of {user} on {host}:", user=user, host=host), again)


def _hidden(question: Message, again: bool) -> str | None:
    import questionary

    words = T("That was wrong. {question}", question=question) if again else question
    answer = questionary.password(str(words)).ask()
    return str(answer) if answer else None
