"""Brings artefacts to the host over SFTP: only what is not there, and verified there."""

from __future__ import annotations

import posixpath
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import paramiko

from installer.remote.link import BROKEN, Link
from installer.remote.outcome import told
from installer.remote.room import Room
from installer.remote.running import Runner
from installer.remote.script import Script, quote
from installer.remote.target import OnBytes, Result
from runbook.errors import Failed, NotPermitted, Unreachable
from runbook.text import T

STAGE = ".catherd-stage"
"""In the home of the account that logs in; nobody else can look into it."""

_CHUNK = 32_768
_TRIES = 3
"""Connections that one upload may use up: each goes on where the last one broke."""


class Stage:
    """Uploads to one host."""

    def __init__(self, link: Link, runner: Runner) -> None:
        self._link, self._runner = link, runner

    def put(self, path: Path, sha256: str, progress: OnBytes | None) -> str:
        """Upload a file unless it is there; where it lies on the host.

        :raises Failed: no room, no SFTP, or other bytes arrive than were sent
        """
        size = path.stat().st_size
        say = progress or (lambda done, total: None)
        for attempt in ("resumed", "anew"):
            place, there = self._patiently(path, sha256, size, say, fresh=attempt == "anew")
            if there or self._is(place + ".part", sha256):
                break
        else:
            raise Failed(
                T(
                    "{name} does not arrive on {host} as it was sent.",
                    name=path.name,
                    host=self._link.settings.name,
                ),
                place,
                T("Check the disk of the host (dmesg), then run again."),
            )
        if not there:
            self._as_login(f"mv -f {quote(place + '.part')} {quote(place)}")
        say(size, size)
        return place

    def _patiently(
        self, path: Path, sha256: str, size: int, say: OnBytes, *, fresh: bool
    ) -> tuple[str, bool]:
        for _ in range(_TRIES - 1):
            with suppress(Unreachable):
                return self._upload(path, sha256, size, say, fresh=fresh)
            if self._link.closed:
                break
            fresh = False
        return self._upload(path, sha256, size, say, fresh=fresh)

    def _upload(
        self, path: Path, sha256: str, size: int, say: OnBytes, *, fresh: bool
    ) -> tuple[str, bool]:
        """Where the file is to lie, and whether it was there already."""
        with self._link.session() as channel:
            sftp = self._sftp(channel)
            try:
                place = posixpath.join(_private(sftp), sha256)
                if _size(sftp, place) == size and self._is(place, sha256):
                    return place, True
                _send(sftp, path, place + ".part", size, say, fresh)
            except PermissionError as error:
                raise self._no_home() from error
            except BROKEN as error:
                raise self._why(error, path, channel) from error
        return place, False

    def _sftp(self, channel: paramiko.Channel) -> paramiko.SFTPClient:
        try:
            channel.invoke_subsystem("sftp")
            return paramiko.SFTPClient(channel)
        except BROKEN as error:
            if self._link.is_lost(channel):
                raise self._link.lost() from error
            raise Failed(
                T("{host} takes no files over SFTP.", host=self._link.settings.name),
                T("Its sshd says: {why}", why=error),
                T(
                    "Set Subsystem sftp internal-sftp in its sshd_config, and restart sshd there; "
                    "it does not need the login shell, which may print something."
                ),
            ) from error

    def _no_home(self) -> NotPermitted:
        """The error for an account that has nowhere to put uploads."""
        user, host = self._link.user, self._link.settings.name
        look = Script('t=$HOME/.catherd-$$; mkdir "$t" && rmdir "$t"')
        words = self._runner.run(look, timeout=30, as_root=False).text
        return NotPermitted(
            T("The home of {user} on {host} cannot be written.", user=user, host=host),
            T("The host says: {words}", words=words or T("nothing")),
            T("Give {user} a home of its own there, on a disk that can be written.", user=user),
        )

    def _is(self, place: str, sha256: str) -> bool:
        return self._as_login(f"sha256 {quote(place)}") == sha256

    def _as_login(self, text: str) -> str:
        result = self._runner.run(Script(text), timeout=600, as_root=False)
        if not result.ok:
            name = self._link.settings.name
            raise told(name, T("An upload to {host} failed.", host=name), result)
        return result.text

    def _why(self, error: Exception, path: Path, channel: paramiko.Channel) -> Exception:
        if self._link.is_lost(channel):
            return self._link.lost()
        name = self._link.settings.name
        what = T(
            "{file} could not be uploaded to {host}: {why}.", file=path.name, host=name, why=error
        )
        remedy = T(
            "Make room in the home of {user} (is there a quota?), and check that sshd has an sftp "
            "subsystem.",
            user=self._link.user,
        )
        return told(name, what, self._room_there(), remedy)

    def _room_there(self) -> Result:
        """How much room there is for uploads; where there is none, what arrived is taken away."""
        stage = f'"$HOME/{STAGE}"'
        looked = self._runner.run(Script(f"room {stage}"), timeout=30, as_root=False)
        left = Room.of(looked.text)
        if left is not None and left.short:
            self._as_login(f"rm -f {stage}/*.part")
        return looked

    def clear(self) -> None:
        """Remove all that was uploaded."""
        self._as_login(f'rm -rf "$HOME/{STAGE}"')


def _private(sftp: Any) -> str:
    """The directory for uploads, made where it is missing; refused if it is somebody else's."""
    home = sftp.normalize(".")
    place = posixpath.join(home, STAGE)
    try:
        sftp.mkdir(place, 0o700)
    except OSError as error:
        try:
            found = sftp.lstat(place)
        except FileNotFoundError:
            raise PermissionError(str(error)) from error
        if not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o022:
            raise
    sftp.chmod(place, 0o700)
    return place


def _size(sftp: Any, place: str) -> int:
    try:
        return int(sftp.lstat(place).st_size)
    except FileNotFoundError:
        return -1


def _send(
    sftp: Any, path: Path, part: str, size: int, say: Callable[[int, int], None], fresh: bool
) -> None:
    done = 0 if fresh else max(0, _size(sftp, part))
    if done > size:
        done = 0
    with path.open("rb") as source, sftp.open(part, "r+b" if done else "wb") as target:
        target.chmod(0o600)
        target.set_pipelined(True)
        source.seek(done)
        target.seek(done)
        say(done, size)
        while chunk := source.read(_CHUNK):
            target.write(chunk)
            done += len(chunk)
            say(done, size)
        arrived = target.stat().st_size  # answered after all that was written
        if arrived != size:
            raise OSError(
                T("only {arrived} of {size} bytes could be written", arrived=arrived, size=size)
            )
