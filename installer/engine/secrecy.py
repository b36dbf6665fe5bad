"""Generated secrets: found or made once, and kept out of all that is shown or recorded."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from secrets import token_hex

from runbook.errors import CatherdError, Faults
from runbook.host import SECRET_BYTES, SECRETS
from runbook.probes import Facts, FileAt
from runbook.text import Text

DOTS = "•" * 8
SHORTEST = 8
"""Characters from which on a text is taken out wherever it stands."""
Hide = Callable[[str], str]

_GENERATED = re.compile(r"[0-9a-f]+\n?")
_NAMED = re.compile(
    r"""((?:secret|pass(?:word|wd|phrase)?|encryptionkey)\s*=\s*)"""
    r"""("[^"\n]*"|'[^'\n]*'|[^\s"'<>]+)""",
    re.IGNORECASE,
)
"""What is called a secret or a password, in XML, in httpd's files or in a shell's."""


class Secrets:
    """The secrets of one cluster: what some host already has, else made for this session.

    What was found first stays for the session, so that all hosts get the same.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.probes = {name: FileAt(f"{SECRETS}/{name}") for name in names}
        self._found: dict[str, str] = {}
        self._fresh: dict[str, str] = {}
        """Made here; they may not have reached a host yet."""
        self._seen: set[str] = set()
        """All that lies on the hosts, whether it is used or not."""
        self._asked: set[str] = set()
        self._lock = threading.Lock()

    def learn(self, facts: Mapping[str, Facts]) -> None:
        """Take in what hosts have told; a damaged secret counts as none."""
        with self._lock:
            for host, each in facts.items():
                for name, probe in self.probes.items():
                    if probe in each:
                        self._asked.add(host)
                        self._learn(name, (each[probe].data or b"").decode("utf-8", "replace"))

    def _learn(self, name: str, text: str) -> None:
        if len(text.strip()) >= SHORTEST:
            self._seen.add(text.strip())
        if _GENERATED.fullmatch(text) and len(text.strip()) == 2 * SECRET_BYTES[name]:
            self._found.setdefault(name, text.strip())

    def unasked(self, hosts: Iterable[str]) -> set[str]:
        """Those of the hosts that may have a secret which nobody has told yet."""
        with self._lock:
            found = self._found.keys() == self.probes.keys()
            return set() if found else set(hosts) - self._asked

    def values(self) -> dict[str, str]:
        """The secrets by name."""
        with self._lock:
            return {
                name: self._found.get(name)
                or self._fresh.setdefault(name, token_hex(SECRET_BYTES[name]))
                for name in self.probes
            }

    def hide(self, text: str) -> str:
        """``text`` without any of them."""
        with self._lock:
            known = {*self._seen, *self._found.values(), *self._fresh.values()}
        return hide(text, known)


def hide(text: str, secrets: Iterable[str]) -> str:
    """``text`` with dots for these secrets, and for all that is called a secret or a password.

    What lay on a host before may be a password that somebody uses elsewhere too.
    """
    for secret in secrets:
        text = text.replace(secret, DOTS)
    return _NAMED.sub(_dotted, text)


def hidden_bytes(data: bytes, hide: Hide) -> bytes:
    """Output of a command with its secrets hidden; bytes that are no text stay as they are."""
    text = data.decode("utf-8", "surrogateescape")
    return hide(text).encode("utf-8", "surrogateescape")


def hidden(text: Text, hide: Hide) -> Text:
    """A text for people with its secrets hidden; without any it stays translatable."""
    shown = str(text)
    masked = hide(shown)
    return text if masked == shown else masked


def hush(error: CatherdError, hide: Hide) -> CatherdError:
    """The same error, no longer telling any secret."""
    for each in error.faults if isinstance(error, Faults) else ():
        hush(each, hide)
    error.what = hidden(error.what, hide)
    error.where = error.where and hidden(error.where, hide)
    error.remedy = error.remedy and hidden(error.remedy, hide)
    error.args = (error.what, error.where, error.remedy)
    return error


def _dotted(found: re.Match[str]) -> str:
    value = found[2]
    quote = value[0] if value[0] in "\"'" else ""
    return f"{found[1]}{quote}{DOTS}{quote}"
