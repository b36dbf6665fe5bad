"""Signed Debian packages on this machine, without touching the machine's own apt."""

from __future__ import annotations

import fcntl
import os
import platform
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from runbook.errors import Failed, Unreachable
from runbook.text import T, Text

Say = Callable[[Text], None]

_FRESH = 6 * 3600
"""Seconds for which package lists are taken as they are."""


class Apt:
    """apt with lists, cache and sources of its own, so a plain user can bring packages too.

    The sources are those of the machine, with the source packages added; its keys, proxies
    and pins stay in force, so apt verifies what it brings as it always does.
    """

    def __init__(self, root: Path, say: Say, etc: Path = Path("/etc/apt")) -> None:
        self._root, self._say, self._etc = root, say, etc
        self._updated = False

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold apt's directories: two builds at once share the lists and the packages."""
        self._root.mkdir(parents=True, exist_ok=True)
        with (self._root / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._say(T("Another Catherd is bringing Debian packages: waiting for it."))
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def packages(self, into: Path, names: Sequence[str]) -> list[Path]:
        """Bring binary packages; ``into`` holds just them afterwards.

        :raises Unreachable: the package sources do not serve them
        """
        self._refresh()
        try:
            return self._bring(into, "download", *names)
        except Unreachable:  # the lists may be older than the last change on the server
            if not self._refresh(anew=True):
                raise
            return self._bring(into, "download", *names)

    def original(self, into: Path, package: str, version: str = "") -> Path:
        """Bring the archive that upstream published, out of a source package.

        :param version: the version wanted; the release's own is taken where it is not served
        """
        self._refresh()
        if version:
            try:
                return self._original(into, f"{package}={version}")
            except Unreachable:
                pass
        try:
            return self._original(into, f"{package}/{_codename()}")
        except Unreachable:
            if not self._refresh(anew=True):
                raise
            return self._original(into, f"{package}/{_codename()}")

    def _original(self, into: Path, wanted: str) -> Path:
        files = self._bring(into, "source", "--download-only", "--tar-only", wanted)
        return next(path for path in files if re.search(r"\.orig\.tar\.\w+$", path.name))

    def _bring(self, into: Path, *what: str) -> list[Path]:
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._root) as empty:
            listed = self._apt(Path(empty), *what, "--print-uris")
        names = {name: int(size) for name, size in re.findall(r"^'.*?' (\S+) (\d+)", listed, re.M)}
        for old in into.iterdir():
            if old.name not in names:
                old.unlink()
        missing = sum(size for name, size in names.items() if not (into / name).exists())
        if missing:
            self._say(T("Bringing {size} MB of Debian packages.", size=f"{missing / 1e6:.1f}"))
        self._apt(into, *what)
        return [into / name for name in names]

    def _refresh(self, anew: bool = False) -> bool:
        """Bring the package lists unless they are fresh; say whether that was done."""
        stamp = self._root / "updated"
        text = sources(self._etc)
        parts = self._root / "sources"
        fresh = (
            not anew
            and stamp.exists()
            and 0 <= time.time() - stamp.stat().st_mtime < _FRESH
            and all((parts / n).is_file() and (parts / n).read_text() == t for n, t in text.items())
        )
        if self._updated or fresh:
            return False
        for directory in (parts, self._root / "state/lists/partial", self._root / "cache"):
            directory.mkdir(parents=True, exist_ok=True)
        (self._root / "cache/archives/partial").mkdir(parents=True, exist_ok=True)
        for old in parts.iterdir():
            old.unlink()
        for name, content in text.items():
            (parts / name).write_text(content)
        self._say(T("Asking the Debian package sources what they have."))
        self._apt(self._root, "update", patient=True)
        stamp.touch()
        self._updated = True
        return True

    def _apt(self, cwd: Path, *arguments: str, patient: bool = False) -> str:
        options = {
            "Dir::State": self._root / "state",
            "Dir::Cache": self._root / "cache",
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": self._root / "sources",
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
        }
        line = ["apt-get", "-q"]
        for name, value in options.items():
            line += ["-o", f"{name}={value}"]
        try:
            done = subprocess.run(
                [*line, *arguments],
                cwd=cwd,
                env={**os.environ, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )
        except FileNotFoundError as error:
            raise Failed(
                T("This machine has no apt, so it has no Debian packages to take archives from."),
                remedy=T("Name an https address or a file as the source instead."),
            ) from error
        if done.returncode and not patient:
            said = [line for line in done.stderr.splitlines() if line.startswith("E:")]
            raise Unreachable(
                T("A Debian package could not be brought: {wanted}.", wanted=arguments[-1]),
                "\n".join(said[:4]) or None,
                T("See that /etc/apt names a mirror that answers, or name another source."),
            )
        return done.stdout


def sources(etc: Path) -> dict[str, str]:
    """The machine's own package sources, each with its source packages, as files for apt."""
    found = {}
    for path in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]:
        if path.suffix not in (".list", ".sources") or not path.is_file():
            continue
        text = path.read_text(errors="replace")
        name = path.name if path.parent != etc else "machine.list"
        found[name] = _stanzas(text) if path.suffix == ".sources" else _lines(text)
    return found


def _lines(text: str) -> str:
    """Every ``deb`` line twice, the second time for sources; the machine's own are dropped."""
    lines = [line.strip() for line in text.splitlines() if re.match(r"\s*deb\s", line)]
    return "".join(f"{line}\n{re.sub('^deb', 'deb-src', line)}\n" for line in lines)


def _stanzas(text: str) -> str:
    """Every stanza that has packages, now with their sources."""
    kept = []
    for stanza in re.split(r"\n(?:[ \t]*\n)+", text):
        types = re.search(r"^Types:(.*)$", stanza, re.M | re.I)
        if types and "deb" in types[1].split():
            kept.append(stanza.replace(types[0], "Types: deb deb-src").strip("\n"))
    return "\n\n".join(kept) + "\n"


def _codename() -> str:
    try:
        return platform.freedesktop_os_release()["VERSION_CODENAME"]
    except (OSError, KeyError) as error:
        raise Failed(
            T("/etc/os-release does not tell the name of this machine's Debian release."),
            remedy=T("Name an https address or a file as the source instead."),
        ) from error
