"""Where this machine's apt brings Debian packages from, read without changing anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

ROLLING = ("sid", "unstable", "testing")
"""Suites that change daily: no others bring their updates and their security fixes."""


@dataclass(frozen=True)
class Source:
    """One archive of Debian packages."""

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str = ""
    """Path of the keyring, or empty where apt's own keys decide."""
    trusted: bool = False

    def line(self, kind: str = "deb") -> str:
        """As one line of a sources.list; ``kind`` is deb or deb-src."""
        options = [f"signed-by={self.signed_by}"] if self.signed_by else []
        options += ["trusted=yes"] if self.trusted else []
        between = f" [{' '.join(options)}]" if options else ""
        return f"{kind}{between} {self.uri} {self.suite} {' '.join(self.components)}"


def codename(os_release: Path = Path("/etc/os-release")) -> str | None:
    """Code name of the Debian that this machine runs, or None where it runs something else."""
    try:
        lines = os_release.read_text().splitlines()
    except OSError:
        return None
    pairs = dict(line.split("=", 1) for line in lines if "=" in line)
    values = {key: value.strip("\"'") for key, value in pairs.items()}
    return values.get("VERSION_CODENAME") if values.get("ID") == "debian" else None


def other_sources(suite: str, own: str, etc: Path = Path("/etc/apt")) -> list[Source]:
    """Another Debian, from where this machine has its own: the mirrors serve several.

    Its signatures are always verified, also where the machine trusts its own sources unseen.

    :param own: the suite that the machine itself runs
    """
    found = []
    for source in debian_sources(own, etc):
        rest = source.suite.removeprefix(own).replace("/updates", "-security")
        if not (rest and suite in ROLLING):
            found.append(replace(source, suite=suite + rest, trusted=False))
    return found


def debian_sources(suite: str, etc: Path = Path("/etc/apt")) -> list[Source]:
    """The machine's own sources of Debian itself, without what others add to it."""
    suites = (suite, f"{suite}-updates", f"{suite}-security", f"{suite}/updates")
    found: list[Source] = []
    for file in (etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))):
        if not file.is_file():
            continue
        parse = {".list": one_line_style, ".sources": deb822_style}.get(file.suffix)
        for source in parse(file.read_text().splitlines()) if parse else ():
            if source.suite in suites and "main" in source.components and source not in found:
                found.append(source)
    return found


def one_line_style(lines: Iterable[str]) -> Iterator[Source]:
    """Sources of a ``.list`` file."""
    for line in lines:
        words = line.partition("#")[0].split()
        if not words or words[0] != "deb":
            continue
        options: list[str] = []
        rest = words[1:]
        if rest and rest[0].startswith("["):
            end = next((n for n, word in enumerate(rest) if word.endswith("]")), len(rest) - 1)
            options = " ".join(rest[: end + 1]).strip("[] ").split()
            rest = rest[end + 1 :]
        if len(rest) < 3:
            continue
        given = dict(option.split("=", 1) for option in options if "=" in option)
        yield Source(
            rest[0],
            rest[1],
            tuple(rest[2:]),
            given.get("signed-by", ""),
            given.get("trusted", "no") == "yes",
        )


def deb822_style(lines: Iterable[str]) -> Iterator[Source]:
    """Sources of a ``.sources`` file."""
    for stanza in _stanzas(lines):
        if "deb" not in stanza.get("types", "").split() or stanza.get("enabled") == "no":
            continue
        key = stanza.get("signed-by", "")
        for uri in stanza.get("uris", "").split():
            for suite in stanza.get("suites", "").split():
                components = tuple(stanza.get("components", "").split())
                # An embedded key cannot be carried on; apt's own keyring has Debian's.
                signed_by = key if key.startswith("/") else ""
                yield Source(uri, suite, components, signed_by, stanza.get("trusted") == "yes")


def _stanzas(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    fields: dict[str, str] = {}
    name = ""
    for line in (*lines, ""):
        if line.startswith("#"):
            continue
        if not line.strip():
            if fields:
                yield fields
            fields = {}
        elif line[0].isspace():
            fields[name] = f"{fields.get(name, '')} {line.strip()}".strip()
        else:
            name, _, value = line.partition(":")
            name = name.lower()
            fields[name] = value.strip()
