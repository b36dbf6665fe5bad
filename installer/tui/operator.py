"""The operator at the wizard: dialogs ask, a line tells of downloads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeVar

from textual.screen import ModalScreen

from runbook.text import Message, T, Text

if TYPE_CHECKING:
    from installer.frontend.operator import Watching
    from installer.remote.ssh import HostKey
    from installer.tui.app import CatherdApp

Answer = TypeVar("Answer")


class AtTheWizard:
    """Answers what logging in may ask; its methods wait, and are called from other threads."""

    def __init__(self, app: CatherdApp) -> None:
        self._app = app
        self._one_at_a_time = threading.Lock()

    def ask(self, dialog: Callable[[], ModalScreen[Answer]]) -> Answer | None:
        """Show a dialog and wait for its answer; None where the wizard ends before."""
        answer: Future[Answer | None] = Future()
        with self._one_at_a_time:
            self._app.asked(answer)
            if not self._app.soon(lambda: self._app.push_screen(dialog(), answer.set_result)):
                return None
            return answer.result()

    def trusts(self, key: HostKey) -> bool:
        """Show the fingerprint and let the operator compare it."""
        return self.trusts_shown(key.name, key.address, f"{key.type} {key.fingerprint}")

    def trusts_shown(self, host: str, address: str, key: str) -> bool:
        """The same for a key that is given as it is shown: its type, then its fingerprint."""
        from installer.tui.screens.dialogs import Confirm

        body = T(
            "{host} ({address}) is met for the first time. It shows this key:\n\n"
            "{key}\n\n"
            "Compare it with the host's own: on its console,\n"
            "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub shows it (or the file of the kind "
            "that is named here).",
            host=host,
            address=address,
            key=key,
        )
        title = T("Is this the key of {host}?", host=host)
        return self.ask(lambda: Confirm(title, body, T("Yes, trust it"))) == "yes"

    def login_password(self, host: str, user: str, again: bool) -> str | None:
        """Password of the account that logs in."""
        return self._hidden(T("Password of {user} on {host}:", user=user, host=host), again)

    def key_passphrase(self, host: str, key: str, again: bool) -> str | None:
        """Passphrase of a private key file."""
        return self._hidden(T("Passphrase of the key {key}:", key=key), again)

    def sudo_password(self, host: str, user: str, again: bool) -> str | None:
        """What sudo on that host wants to hear from that user."""
        return self._hidden(T("sudo password of {user} on {host}:", user=user, host=host), again)

    def _hidden(self, question: Message, again: bool) -> str | None:
        from installer.tui.screens.dialogs import Ask

        words = T("That was wrong. {question}", question=question) if again else question
        body = T("It is used for this sitting only, and kept nowhere.")
        return self.ask(lambda: Ask(words, body, hidden=True)) or None

    @contextmanager
    def watching(self) -> Iterator[Watching]:
        """Tell of downloads in the status line."""
        try:
            yield _Line(self._app)
        finally:
            self._app.status("")


class _Line:
    def __init__(self, app: CatherdApp) -> None:
        self._app = app

    def say(self, text: Text) -> None:
        """What is being done, where there is no measure of it."""
        self._app.status(text)

    def progress(self, source: str) -> Callable[[int, int], None]:
        """A callback that takes bytes done and bytes in all."""
        name = PurePath(source).name

        def update(done: int, total: int) -> None:
            percent = 100 * done // max(total, 1)
            self._app.status(T("{name}: {percent} %", name=name, percent=percent))

        return update
