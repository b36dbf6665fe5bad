"""The cache on this machine: verified archives by their checksum, with what was read from them."""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from installer.depot.archives import inspect, read_member
from installer.depot.libc import PARTS, glibc_needed
from runbook.artefact import Artefact
from runbook.errors import BadInput
from runbook.text import T, Text

OnBytes = Callable[[int, int], None]
"""Called with bytes done and bytes in all (0 where nobody knows)."""
Say = Callable[[Text], None]

_META = ".catherd"
_FORMAT = 1
"""Raise this when the index or its rules change: cached archives are then indexed anew."""
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Digests:
    """Both checksums of a file, in hex."""

    sha256: str
    sha512: str


class Hashing:
    """Both checksums of a stream, fed as it passes by."""

    def __init__(self) -> None:
        self._sha256, self._sha512 = hashlib.sha256(), hashlib.sha512()

    def update(self, data: bytes) -> None:
        """Take in the next bytes."""
        self._sha256.update(data)
        self._sha512.update(data)

    @property
    def digests(self) -> Digests:
        """The checksums of everything so far."""
        return Digests(self._sha256.hexdigest(), self._sha512.hexdigest())


def digests_of(path: Path, progress: OnBytes | None = None) -> Digests:
    """Read a file once, in pieces."""
    hashing, done, size = Hashing(), 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hashing.update(chunk)
            done += len(chunk)
            if progress:
                progress(done, size)
    return hashing.digests


@dataclass(frozen=True)
class Entry:
    """An archive in the cache, the directory that holds it and the stamp of its file."""

    artefact: Artefact
    directory: Path
    mtime_ns: int

    @property
    def path(self) -> Path:
        """The archive itself."""
        return self.directory / self.artefact.name

    @cached_property
    def files(self) -> dict[str, int]:
        """Sizes of the regular files inside, by path below the top directory."""
        files: dict[str, int] = json.loads((self.directory / _META / "index.json").read_bytes())
        return files

    def read(self, member: str) -> bytes | None:
        """Bytes of a file inside; what was read once is kept beside the archive."""
        if member not in self.files:
            return None
        kept = self.directory / _META / _kept_name(member)
        with suppress(FileNotFoundError):
            return kept.read_bytes()
        top = self.artefact.top
        data = read_member(self.path, f"{top}/{member}" if top else member)
        if data is not None:
            _write(kept, data)
        return data

    def glibc(self) -> str:
        """Which C library the JDK inside needs; what was read once is kept beside the archive."""
        kept = self.directory / _META / "glibc"
        with suppress(FileNotFoundError):
            return kept.read_text("ascii")
        top = f"{self.artefact.top}/" if self.artefact.top else ""
        parts = (read_member(self.path, top + name) for name in self.files if PARTS.fullmatch(name))
        needed = glibc_needed(data for data in parts if data)
        _write(kept, needed.encode("ascii"))
        return needed


class Store:
    """Archives under ``root``; safe to share between threads and processes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._seen: dict[str, Entry] = {}

    def find(self, sha256: str) -> Entry | None:
        """The cached archive; trusted as long as size and time of its file are as they were."""
        entry = self._load(sha256)
        if entry and self._as_it_was(entry):
            return entry
        return None

    def by_sha512(self, sha512: str) -> str | None:
        """The sha256 of an archive that was cached with this sha512."""
        return self.recall(f"sha512-{sha512}")

    def settle(self, sha256: str) -> Entry | None:
        """Like ``find``, but an archive whose file changed is read again; call under its lock.

        Intact, it is indexed anew; otherwise it goes to the quarantine.
        """
        if entry := self.find(sha256):
            return entry
        directory = self._directory(sha256)
        self._seen.pop(sha256, None)
        with self.scratch() as scratch:
            with suppress(FileNotFoundError):
                directory.rename(scratch / "old")
            for path in (p for p in scratch.glob("old/*") if p.name != _META):
                digests = digests_of(path)
                if digests.sha256 == sha256:
                    return self.adopt(path, path.name, digests)
                self.quarantine(path, digests)
        return None

    def adopt(self, file: Path, name: str, digests: Digests) -> Entry:
        """Index a verified file that lies in a scratch directory and move it into the cache."""
        try:
            index = inspect(file, name)
        except BadInput:
            self.quarantine(file, digests, name)
            raise
        home = Path(tempfile.mkdtemp(dir=file.parent))
        archive = home / name
        file.rename(archive)
        stat = archive.stat()
        artefact = Artefact(
            name, digests.sha256, stat.st_size, index.unpacked, index.top, index.format
        )
        record = {
            "format": _FORMAT,
            "mtime_ns": stat.st_mtime_ns,
            "artefact": dataclasses.asdict(artefact),
        }
        meta = home / _META
        meta.mkdir()
        (meta / "entry.json").write_text(json.dumps(record))
        (meta / "index.json").write_text(json.dumps(index.files))
        for member, data in index.kept.items():
            (meta / _kept_name(member)).write_bytes(data)
        final = self._directory(digests.sha256)
        final.parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):  # another process was faster: its directory is as good
            home.rename(final)
        self.remember(f"sha512-{digests.sha512}", digests.sha256)
        self._seen.pop(digests.sha256, None)
        entry = self.find(digests.sha256)
        assert entry, "an archive that was just cached is found"
        return entry

    def quarantine(self, file: Path, digests: Digests, name: str = "") -> Path:
        """Keep a refused file aside for whoever wants to look at it; returns where."""
        aside = self.root / "quarantine" / f"{digests.sha256[:12]}-{name or file.name}"
        aside.parent.mkdir(parents=True, exist_ok=True)
        file.replace(aside)
        return aside

    def remember(self, key: str, sha256: str) -> None:
        """Keep under ``key`` which archive it stands for."""
        path = self.root / "known" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, sha256.encode("ascii"))

    def recall(self, key: str) -> str | None:
        """The sha256 kept under ``key``."""
        try:
            return (self.root / "known" / key).read_text("ascii")
        except FileNotFoundError:
            return None

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A directory on the cache's own file system, gone afterwards."""
        parent = self.root / "tmp"
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as path:
            yield Path(path)

    @contextmanager
    def lock(self, key: str, say: Say | None = None) -> Iterator[None]:
        """Hold ``key`` against other threads and processes; it is free when its holder dies."""
        path = self.root / "locks" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if say:
                    say(T("Another run is bringing the same archive; waiting for it."))
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _directory(self, sha256: str) -> Path:
        return self.root / "sha256" / sha256

    def _load(self, sha256: str) -> Entry | None:
        if sha256 not in self._seen:
            directory = self._directory(sha256)
            try:
                record = json.loads((directory / _META / "entry.json").read_bytes())
            except (FileNotFoundError, ValueError):
                return None
            if record.get("format") != _FORMAT:
                return None
            artefact = Artefact(**record["artefact"])
            self._seen[sha256] = Entry(artefact, directory, record["mtime_ns"])
        return self._seen[sha256]

    @staticmethod
    def _as_it_was(entry: Entry) -> bool:
        try:
            stat = entry.path.stat()
        except OSError:
            return False
        return (stat.st_size, stat.st_mtime_ns) == (entry.artefact.size, entry.mtime_ns)


def _kept_name(member: str) -> str:
    return hashlib.sha256(member.encode()).hexdigest()[:32]


def _write(path: Path, data: bytes) -> None:
    """Write a file that appears whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
