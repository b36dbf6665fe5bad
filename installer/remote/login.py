"""Logging in: which keys are offered, in which order, and when a password is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import paramiko

from installer.remote.ssh import Credentials, SshSettings
from runbook.errors import BadInput, NotPermitted
from runbook.text import T

_BUT_SHA1 = {"pubkeys": ["rsa-sha2-512", "rsa-sha2-256"]}
"""What is not used where RSA keys sign with SHA-1."""
_DEFAULT_KEYS = ("~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")
_TRIES = 3


class Login:
    """Authenticates one transport; has the one method that paramiko asks of a strategy.

    Order: keys that need no question (agent, files), then keys with a passphrase, then a
    password. A key given for the host is the only one offered, so that no server counts
    the others as failed attempts.
    """

    def __init__(
        self,
        settings: SshSettings,
        user: str,
        identities: Sequence[str],
        use_agent: bool,
        credentials: Credentials,
    ) -> None:
        self._settings, self._user, self._credentials = settings, user, credentials
        self._only = settings.key
        self._files = [settings.key] if settings.key else [*(identities or _DEFAULT_KEYS)]
        self._use_agent = use_agent
        self._takes: list[str] = []
        """Methods that the server offers, once it has said so."""

    def authenticate(self, transport: paramiko.Transport) -> None:
        """Log in, or raise ``NotPermitted`` with what was tried."""
        if self._settings.legacy_ssh and not transport.server_extensions.get("server-sig-algs"):
            # Servers that do not say which signatures they take know ssh-rsa (SHA-1) only.
            transport.disabled_algorithms = _BUT_SHA1
        tried: list[str] = []
        try:
            with closing(_Agent(self._use_agent)) as agent:
                for label, key in self._keys(agent):
                    tried.append(label)
                    more = self._offer(transport, key)
                    if more is None and self._may_be_too_new(transport, key):
                        transport.disabled_algorithms = _BUT_SHA1
                        more = self._offer(transport, key)
                    if more == []:
                        return
                    if more:
                        break
            if self._by_password(transport, tried):
                return
        except _HungUp as end:
            raise self._ended(transport, tried) from end
        if not transport.is_active():
            raise self._ended(transport, tried)
        raise self._refused(tried)

    def _may_be_too_new(self, transport: paramiko.Transport, key: paramiko.PKey) -> bool:
        """Whether a server that says it takes newer signatures may have been told not to."""
        rsa = key.get_name().startswith("ssh-rsa")
        return self._settings.legacy_ssh and rsa and transport.disabled_algorithms != _BUT_SHA1

    def _offer(self, transport: paramiko.Transport, key: paramiko.PKey) -> list[str] | None:
        """What else the server wants after this key ([] is nothing), or None if refused."""
        try:
            return list(transport.auth_publickey(self._user, key))
        except paramiko.AuthenticationException as refusal:
            if not transport.is_active():
                raise _HungUp from refusal
            return None

    def _keys(self, agent: _Agent) -> Iterator[tuple[str, paramiko.PKey]]:
        locked: list[Path] = []
        files = [Path(name).expanduser() for name in self._files]
        for file in files:
            held = agent.holds(file)
            if held is not None:
                yield str(file), held
                continue
            try:
                key = _load(file, None)
            except FileNotFoundError:
                if self._only:
                    raise self._unreadable(file, T("there is no such file")) from None
            except OSError as error:
                if self._only:
                    raise self._unreadable(file, error.strerror or str(error)) from None
            except _Locked:
                locked.append(file)
            except ValueError as error:
                if self._only:
                    raise self._unreadable(file, str(error)) from None
            else:
                yield str(file), key
        if not self._only:
            for key in agent.keys:
                yield "ssh-agent", key
        for file in locked:
            unlocked = self._unlock(file)
            if unlocked is not None:
                yield str(file), unlocked

    def _unlock(self, file: Path) -> paramiko.PKey | None:
        for attempt in range(_TRIES):
            phrase = self._credentials.key_passphrase(
                self._settings.name, str(file), again=attempt > 0
            )
            if phrase is None:
                return None
            try:
                return _load(file, phrase)
            except (_Locked, ValueError):
                continue
        return None

    def _by_password(self, transport: paramiko.Transport, tried: list[str]) -> bool:
        try:
            transport.auth_none(self._user)
        except paramiko.BadAuthenticationType as refusal:
            self._takes = list(refusal.allowed_types)
            if not {"password", "keyboard-interactive"}.intersection(self._takes):
                return False
        except paramiko.SSHException:
            return False
        else:
            return True
        for attempt in range(_TRIES):
            password = self._credentials.login_password(
                self._settings.name, self._user, again=attempt > 0
            )
            if password is None:
                return False
            tried.append("password")
            try:
                more = self._say(transport, password)
            except paramiko.SSHException:
                if not transport.is_active():
                    return False
            else:
                self._takes = list(more)
                return not more
        return False

    def _say(self, transport: paramiko.Transport, password: str) -> Sequence[str]:
        """Give the password in the way that the server takes; what else it wants is returned.

        A server counts an attempt in a way that it does not take, too.
        """
        if "password" in self._takes:
            return list(transport.auth_password(self._user, password, fallback=False))

        def answer(title: str, instructions: str, prompts: Sequence[object]) -> list[str]:
            return [password for _ in prompts]

        return list(transport.auth_interactive(self._user, answer))

    def _refused(self, tried: Sequence[str]) -> NotPermitted:
        if tried:
            where = T("Tried: {tried}.", tried=_each_once(tried))
        else:
            where = T("There was no key to offer: {files}.", files=", ".join(self._files))
        if self._takes:
            where = T(
                "{where} The host takes: {takes}.", where=where, takes=_each_once(self._takes)
            )
        return NotPermitted(
            T("{name} does not let {user} in.", name=self._settings.name, user=self._user),
            where,
            T(
                "Check user and key of the host in cluster.toml; add the key to ssh-agent "
                "(ssh-add) or to the host (ssh-copy-id)."
            ),
        )

    def _ended(self, transport: Any, tried: Sequence[str]) -> NotPermitted:
        """The error for a server that hung up instead of answering."""
        words = transport.last_words
        what = T("{name} broke the login of {user} off.", name=self._settings.name, user=self._user)
        where = T("Tried: {tried}.", tried=_each_once(tried) or "-")
        if words:
            where = T("It said: {words}. {where}", words=words.rstrip("."), where=where)
        if "Too many" in words and "password" not in tried:
            remedy = T(
                "It counts every key that is offered (MaxAuthTries). Name the right one: "
                'key = "…" in [hosts.ssh], or IdentitiesOnly yes in ssh_config.'
            )
        else:
            remedy = T(
                "Was the password wrong? Is the account locked or expired (chage -l {user})? "
                "Is nobody let in now (/etc/nologin)? The host's own log says why: "
                "journalctl -u ssh -u sshd",
                user=self._user,
            )
        return NotPermitted(what, where, remedy)

    def _unreadable(self, file: Path, why: object) -> BadInput:
        return BadInput(
            T("The key file {file} cannot be used: {why}.", file=file, why=why),
            T("It is the key for {name}.", name=self._settings.name),
            T("Name a private key file that you may read."),
        )


def _each_once(words: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(words))


class _HungUp(Exception):
    """The server ended the connection in the middle of the login."""


class _Locked(Exception):
    """A key file that a passphrase protects."""


def _load(file: Path, passphrase: str | None) -> paramiko.PKey:
    secret = passphrase.encode() if passphrase is not None else None
    try:
        return paramiko.PKey.from_path(file, secret)
    except (TypeError, paramiko.PasswordRequiredException):
        raise _Locked from None
    except (paramiko.SSHException, paramiko.pkey.UnknownKeyType) as error:
        raise ValueError(str(error)) from None


class _Agent:
    """The keys of ssh-agent, asked for once; no agent is no keys."""

    def __init__(self, use: bool) -> None:
        self._agent: Any = None
        self.keys: list[paramiko.PKey] = []
        if use:
            try:
                self._agent = paramiko.Agent()
                self.keys = list(self._agent.get_keys())
            except (paramiko.SSHException, OSError):
                self.keys = []

    def holds(self, file: Path) -> paramiko.PKey | None:
        """The agent's key that belongs to a key file, by its public half."""
        if not self.keys:
            return None
        try:
            words = Path(f"{file}.pub").read_text("utf-8", "replace").split()
        except OSError:
            return None
        return next((key for key in self.keys if words[1:2] == [key.get_base64()]), None)

    def close(self) -> None:
        """Leave the agent."""
        if self._agent is not None:
            self._agent.close()
