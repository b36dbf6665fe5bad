"""Signed Debian packages on this machine, without touching the machine's own apt."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from installer.depot.apt import codename, other_sources
from runbook.errors import Failed, Unreachable
from runbook.text import T, Text

Say = Callable[[Text], None]

_FRESH = 6 * 3600
"""Seconds for which package lists are taken as they are."""


@contextmanager
def alone(path: Path, say: Say) -> Iterator[None]:
    """Work with what lies beside the lock ``path`` while no other Catherd does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(T("Another Catherd is bringing Debian packages: waiting for it."))
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Apt:
    """apt with lists, cache and sources of its own, so a plain user can bring packages too.

    The sources are those of the machine, with the source packages added; its keys, proxies
    and pins stay in force, so apt verifies what it brings as it always does. Packages of another
    suite come from the same mirrors and are verified by the same keys; suites are never mixed.
    """

    def __init__(self, root: Path, say: Say, etc: Path = Path("/etc/apt"), suite: str = "") -> None:
        """Bring packages of ``suite`` (a code name), or of the release that this machine runs."""
        self._root, self._say, self._suite, self._etc = root, say, suite, etc
        self._tried = False
        self._trouble: Unreachable | None = None

    def packages(self, into: Path, names: Sequence[str]) -> dict[str, Path]:
        """Bring binary packages; ``into`` holds just them afterwards.


        :raises Unreachable: the package sources do not serve them
        """
        files = self._brought(into, ["download", *names])
        return {path.name.partition("_")[0]: path for path in files}

    def original(self, into: Path, package: str, version: str = "") -> Path:
        """Bring the archive that upstream published, out of a source package.

        :param version: the version wanted; the release's own is taken where it is not served
        """
        source = ["source", "--download-only", "--tar-only"]
        wanted = [[*source, f"{package}={version}"]] if version else []
        files = self._brought(into, *wanted, [*source, f"{package}/{self._suite or _codename()}"])
        return next(path for path in files if re.search(r"\.orig\.tar\.\w+$", path.name))

    def _brought(self, into: Path, *choices: Sequence[str]) -> list[Path]:
        """What the first of ``choices`` that is served brings."""
        into.mkdir(parents=True, exist_ok=True)
        with alone(self._root / "lock", self._say):
            self._refresh()
            for choice in choices[:-1]:
                with suppress(Unreachable):
                    return self._bring(into, choice)
            try:
                return self._bring(into, choices[-1])
            except Unreachable as error:  # the lists may be older than the mirror's last change
                if not self._refresh(anew=True) or self._trouble:
                    raise (self._trouble or error) from error
                return self._bring(into, choices[-1])

    def _bring(self, into: Path, choice: Sequence[str]) -> list[Path]:
        with tempfile.TemporaryDirectory(dir=self._root) as empty:
            told = self._apt(Path(empty), [*choice, "--print-uris"])
        listed = re.findall(r"^'.*?' (\S+) (\d+) (SHA\d+):(\w+)$", told, re.M)
        if not listed:
            raise Unreachable(T("Debian tells no checksum of {wanted}.", wanted=choice[-1]))
        sizes = {into / name: int(size) for name, size, _, _ in listed}
        right = {into / name: (algorithm, digest) for name, _, algorithm, digest in listed}
        # Of a binary package that is here apt checks nothing but the size.
        missing = [path for path in sizes if not (path.exists() and _is(path, *right[path]))]
        for path in missing:
            path.unlink(missing_ok=True)
        if size := sum(sizes[path] for path in missing):
            self._say(T("Bringing {size} MB of Debian packages.", size=f"{size / 1e6:.1f}"))
            self._apt(into, choice, size)
        for path in missing:
            if not _is(path, *right[path]):
                raise Unreachable(T("{name} arrived damaged.", name=path.name))
        for path in into.iterdir():
            if path.is_file() and path not in sizes:
                path.unlink()
        return list(sizes)

    def _refresh(self, anew: bool = False) -> bool:
        """Bring the package lists unless they are fresh; say whether that was tried."""
        stamp, parts = self._root / "updated", self._root / "sources"
        wanted = _of_suite(self._suite, self._etc) if self._suite else sources(self._etc)
        for directory in (parts, self._root / "lists/partial", self._root / "archives/partial"):
            directory.mkdir(parents=True, exist_ok=True)
        fresh = (
            stamp.exists()
            and 0 <= time.time() - stamp.stat().st_mtime < _FRESH
            and wanted == {path.name: path.read_text() for path in parts.iterdir()}
        )
        if self._tried or (fresh and not anew):
            return False
        self._tried = True
        for old in parts.iterdir():
            old.unlink()
        for name, text in wanted.items():
            (parts / name).write_text(text)
        self._say(T("Asking the Debian package sources what they have."))
        try:
            self._apt(self._root, ["update"])
            stamp.touch()
        except Unreachable as error:  # the lists of last time may do, or one source too few
            self._trouble = error
        return True

    def _apt(self, cwd: Path, arguments: Sequence[str], size: int = 0) -> str:
        """Run apt-get in ``cwd``, telling how far it is on its way to ``size`` bytes."""
        line = ["apt-get", "-q"]
        for name, value in {
            "Dir::State": self._root,
            "Dir::Cache": self._root,
            "Dir::Cache::pkgcache": "pkgcache.bin",  # container images switch these off,
            "Dir::Cache::srcpkgcache": "srcpkgcache.bin",  # and each call takes a second for it
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": self._root / "sources",
            "APT::Sandbox::User": "root",  # _apt may not enter the home of another user
            "APT::Update::Error-Mode": "any",
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
            # The machine's own would be preferred, or refused where it is not among the suites.
            **({"APT::Default-Release": ""} if self._suite else {}),
        }.items():
            line += ["-o", f"{name}={value}"]
        before = self._arrived(cwd)
        try:
            apt = subprocess.Popen(
                [*line, *arguments],
                cwd=cwd,
                env={**os.environ, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
            )
        except FileNotFoundError as error:
            raise Failed(
                T("This machine has no apt, so it has no Debian packages to take archives from."),
                remedy=T("Name an https address or a file as the source instead."),
            ) from error
        with apt:
            try:
                while apt.returncode is None:
                    try:
                        out, err = apt.communicate(timeout=3)
                    except subprocess.TimeoutExpired:
                        self._tell(self._arrived(cwd) - before, size)
            except BaseException:
                apt.kill()
                raise
        if apt.returncode:
            said = [line for line in err.splitlines() if line.startswith("E:")]
            raise Unreachable(
                T("Debian packages could not be brought: {wanted}.", wanted=" ".join(arguments)),
                "\n".join(said[:4]) or None,
                T(
                    "See that /etc/apt names a mirror that answers and has this, or name another "
                    "source: also another Debian, as in debian:tomcat11/trixie."
                ),
            )
        return out

    def _tell(self, arrived: int, size: int) -> None:
        if arrived > 0 < size:
            done, whole = f"{arrived / 1e6:.0f}", f"{size / 1e6:.0f}"
            self._say(T("{done} of {size} MB of Debian packages are here.", done=done, size=whole))

    def _arrived(self, cwd: Path) -> int:
        partial = (self._root / "archives/partial", cwd, cwd / "partial")
        return sum(p.stat().st_size for where in partial for p in where.glob("*") if p.is_file())


def _is(path: Path, algorithm: str, digest: str) -> bool:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm.lower()).hexdigest() == digest


def _of_suite(suite: str, etc: Path) -> dict[str, str]:
    """The sources of another Debian, as files for apt."""
    own = codename()
    found = other_sources(suite, own, etc) if own else []
    if not found:
        raise Failed(
            T("The package sources of this machine are not Debian's."),
            T("Debian {suite} was asked for; /etc/apt names no mirror to look on.", suite=suite),
            T("Name an https address or a file as the source instead."),
        )
    kinds = ("deb", "deb-src")
    lines = [source.line(kind) for source in found for kind in kinds]
    return {"suite.list": "".join(f"{line}\n" for line in lines)}


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
