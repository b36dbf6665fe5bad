"""Artefacts are brought to this machine once, verified, and kept; the hosts need no internet."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from installer.depot.installers import java_of_packages, java_of_program, licence, packages_in
from installer.depot.store import Digests, Entry, Hashing, OnBytes, Say, Store, digests_of
from installer.private import private
from runbook.artefact import Artefact, Java
from runbook.errors import BadInput, CatherdError, Failed
from runbook.text import T, Text

_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Wanted:
    """The checksums that an artefact must have; a source from outside must name one."""

    sha256: str | None
    sha512: str | None

    @classmethod
    def parse(cls, sha256: str | None, sha512: str | None) -> Wanted:
        """Checksums as people paste them, in either case and with white space around."""
        for name, value, length in (("sha256", sha256, 64), ("sha512", sha512, 128)):
            if value and not re.fullmatch(rf"\s*[0-9a-fA-F]{{{length}}}\s*", value):
                raise BadInput(
                    T("This is no {name} checksum: {value}", name=name, value=value),
                    remedy=T("It has {length} digits 0-9 and a-f.", length=length),
                )
        return cls((sha256 or "").strip().lower() or None, (sha512 or "").strip().lower() or None)

    @property
    def key(self) -> str:
        """A name for the artefact while it is on its way; empty where no checksum is known."""
        return self.sha256 or (self.sha512 or "")[:64]

    def difference(self, seen: Digests) -> Text | None:
        """What was expected and what was seen instead, or None when all is right."""
        for name in ("sha256", "sha512"):
            expected, got = getattr(self, name), getattr(seen, name)
            if expected and expected != got:
                return T(
                    "expected {name} {expected}, seen {got}", name=name, expected=expected, got=got
                )
        return None


class Depot:
    """The artefacts of this machine, and the files inside them (it is an ``Archives``)."""

    def __init__(self, root: Path | None = None) -> None:
        if root is None:
            import platformdirs

            root = platformdirs.user_cache_path("catherd") / "depot"
        self._store = Store(root)

    def fetch(
        self,
        source: str,
        *,
        sha256: str | None = None,
        sha512: str | None = None,
        base: Path | None = None,
        progress: OnBytes | None = None,
        say: Say | None = None,
    ) -> Artefact:
        """Bring an artefact unless it is here, verify it, and index what is in it.

        :param source: a path (relative to ``base``), an https address, or ``debian:KIND``, or
            ``debian:KIND/SUITE`` for another Debian than this machine's
        :raises BadInput: no or a wrong checksum, no such file, an unsafe archive
        :raises Unreachable: the network failed; what has arrived is kept for the next run
        """
        wanted = Wanted.parse(sha256, sha512)
        debian = source.removeprefix("debian:") if source.startswith("debian:") else ""
        if debian and not re.fullmatch(r"[\w.+-]+(/[a-z]+)?", debian):
            raise _unknown_kind(debian)
        if not (wanted.key or debian):
            raise BadInput(
                T("{source} has no checksum.", source=_shown(source)),
                remedy=T("Add the sha256 or sha512 that its publisher shows beside it."),
            )
        with _disk_trouble_told(self._store.root):
            private(self._store.root)
            known = _built_name(debian) if debian else ""
            if entry := self._find(wanted, known):
                return entry.artefact
            with self._store.lock(wanted.key or known, say):
                entry = self._find(wanted, known, settle=True)
                if not entry and debian:
                    entry = self._assemble(debian, wanted, say)
                elif not entry and "://" in source:
                    entry = self._download(source, wanted, progress)
                elif not entry:
                    path = (base or Path()) / Path(source).expanduser()
                    entry = self._copy(path, wanted, progress)
                return entry.artefact

    def artefact(self, sha256: str) -> Artefact:
        """A cached artefact by its checksum."""
        return self._entry(sha256).artefact

    def path(self, artefact: Artefact) -> Path:
        """Where the archive lies on this machine."""
        return self._entry(artefact.sha256).path

    def read(self, artefact: Artefact, member: str) -> bytes | None:
        """Bytes of a regular file inside (path without the top directory), or None."""
        return self._entry(artefact.sha256).read(member)

    def names(self, artefact: Artefact) -> frozenset[str]:
        """Paths of all regular files inside, without the top directory."""
        return frozenset(self._entry(artefact.sha256).files)

    def java(self, artefact: Artefact) -> Java:
        """What the archive of a JDK tells of it."""
        if artefact.format in ("rpm", "rpm-bin"):
            found = packages_in(self.path(artefact), artefact.name)
            return java_of_packages(found, artefact.name)
        java = java_of_program(self.read(artefact, "bin/java"))
        return replace(java, glibc=self._entry(artefact.sha256).glibc())

    def licence(self, sha256: str | None, sha512: str | None = None) -> str | None:
        """The licence that an archive shows before it unpacks itself; None where it is not here."""
        wanted = Wanted.parse(sha256, sha512)
        entry = self._find(wanted, "") if wanted.key else None
        return licence(entry.path) if entry else None

    def _entry(self, sha256: str) -> Entry:
        if entry := self._store.find(sha256):
            return entry
        raise Failed(
            T("An archive is missing from the cache of this machine, or was changed."),
            T("Its sha256 is {sha256}.", sha256=sha256),
            T("Start Catherd again: it is brought anew."),
        )

    def _find(self, wanted: Wanted, known: str, settle: bool = False) -> Entry | None:
        if wanted.sha512:
            sha256 = self._store.by_sha512(wanted.sha512)
        else:
            sha256 = wanted.sha256 or self._store.recall(known)
        if not sha256 or wanted.sha256 not in (None, sha256):
            return None
        return self._store.settle(sha256) if settle else self._store.find(sha256)

    def _copy(self, path: Path, wanted: Wanted, progress: OnBytes | None) -> Entry:
        if not path.is_file():
            raise BadInput(T("There is no file {path}.", path=path))
        hashing, done, size = Hashing(), 0, path.stat().st_size
        with self._store.scratch() as scratch:
            copy = scratch / "archive"
            with path.open("rb") as source, copy.open("wb") as target:
                while chunk := source.read(_CHUNK):
                    hashing.update(chunk)
                    target.write(chunk)
                    done += len(chunk)
                    if progress:
                        progress(done, size)
            if why := wanted.difference(hashing.digests):
                raise _wrong(path.name, why, T("It was left where it is: {path}", path=path))
            return self._store.adopt(copy, path.name, hashing.digests)

    def _download(self, url: str, wanted: Wanted, progress: OnBytes | None) -> Entry:
        from installer.depot.download import download, shown

        parts = urlsplit(url)
        if parts.scheme != "https":
            raise BadInput(
                T("Only https is used to bring archives, not {scheme}.", scheme=parts.scheme),
                T("In {url}.", url=shown(url)),
                T("Give an https address, or download the file and name its path."),
            )
        name = re.sub(r"[^\w.+~-]", "_", unquote(parts.path).rpartition("/")[2]).lstrip(".")
        part = self._store.root / "partial" / f"{wanted.key}.part"
        part.parent.mkdir(parents=True, exist_ok=True)
        resumed = part.exists()
        download(url, part, progress)
        digests = digests_of(part)
        if resumed and wanted.difference(digests):  # the two halves may not belong together
            part.unlink()
            download(url, part, progress)
            digests = digests_of(part)
        if why := wanted.difference(digests):
            aside = self._store.quarantine(part, digests, name)
            raise _wrong(shown(url), why, T("It was kept aside: {path}", path=aside))
        part.with_name(part.name + ".json").unlink(missing_ok=True)
        with self._store.scratch() as scratch:
            return self._store.adopt(part.rename(scratch / "archive"), name or "archive", digests)

    def _assemble(self, name: str, wanted: Wanted, say: Say | None) -> Entry:
        from installer.depot import debian

        if name.partition("/")[0] not in debian.KINDS:
            raise _unknown_kind(name)
        with self._store.scratch() as scratch:
            built = debian.build(name, scratch, say or (lambda _: None))
            digests = digests_of(built)
            if why := wanted.difference(digests):
                aside = self._store.quarantine(built, digests)
                raise _wrong(built.name, why, T("It was kept aside: {path}", path=aside))
            entry = self._store.adopt(built, built.name, digests)
        self._store.remember(_built_name(name), digests.sha256)
        return entry


def _built_name(name: str) -> str:
    """What an archive is remembered as that this very Catherd has built."""
    from installer.depot import debian

    return f"debian-{name.replace('/', '-')}-{debian.recipe()}"


def _unknown_kind(name: str) -> BadInput:
    from installer.depot import debian

    return BadInput(
        T("Nothing is known of debian:{kind}.", kind=name),
        remedy=T(
            "Known are {kinds}; behind a slash the code name of another Debian may stand, as in "
            "debian:tomcat11/trixie.",
            kinds=", ".join(sorted(debian.KINDS)),
        ),
    )


def _wrong(name: str, why: Text, where: Text) -> BadInput:
    return BadInput(
        T("{name} is not the file that was asked for: {why}.", name=name, why=why),
        where,
        T("Compare the checksum with the one its publisher shows, then fetch it again."),
    )


def _shown(source: str) -> str:
    if "://" not in source:
        return source
    from installer.depot.download import shown

    return shown(source)


@contextmanager
def _disk_trouble_told(root: Path) -> Iterator[None]:
    try:
        yield
    except CatherdError:
        raise
    except OSError as error:
        remedy = None
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            free = shutil.disk_usage(root if root.exists() else root.anchor).free >> 20
            remedy = T("{free} MiB are free below {root}: make room there.", free=free, root=root)
        raise Failed(
            T("A file on this machine cannot be used: {why}.", why=error.strerror or error),
            T("At {path}.", path=error.filename or root),
            remedy,
        ) from error
