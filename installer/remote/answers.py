"""Turns what a survey brought into answers."""

from __future__ import annotations

import posixpath
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from installer.remote.received import Received, Torn, one_a_place
from installer.remote.survey import CONTENT_LIMIT, UNIT_PROPERTIES, Questions
from runbook.errors import Failed
from runbook.probes import (
    AccountAt,
    AccountState,
    Answer,
    FileAt,
    FileState,
    Kind,
    Output,
    Probe,
    ServiceAt,
    ServiceState,
)
from runbook.text import T

_TICKS = 100
"""Clock ticks a second in /proc, on every Linux that runs Java."""

_SLACK = 2.0
"""Seconds by which a file must be younger than a process to count as changed since."""

_ROUNDED = 1.0
"""Seconds by which the moment of the boot, told in whole ones, may be too early."""

_KINDS: Mapping[int, Kind] = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "link",
}


def parse_survey(questions: Questions, data: bytes) -> dict[Probe, Answer]:
    """The answers to all questions; raises ``Torn`` unless the output is whole."""
    try:
        return _parse(questions, Received.of(questions, data))
    except (ValueError, LookupError, OverflowError) as error:
        raise Torn from error


def _parse(questions: Questions, received: Received) -> dict[Probe, Answer]:
    answers: dict[Probe, Answer] = {}
    for number, probe in enumerate(questions.shells):
        if number not in received.codes:
            raise Torn
        answers[probe] = Output(received.codes[number], received.blobs[f"sh{number}"])
    answers.update(_files(questions, received))
    answers.update(_services(questions, received))
    answers.update(_accounts(questions, received))
    return answers


def _files(questions: Questions, received: Received) -> Iterator[tuple[FileAt, FileState]]:
    lines = received.blobs.get("stat", b"").decode("utf-8", "surrogateescape").splitlines()
    there = [number for number, found in sorted(received.found.items()) if found == "+"]
    stats = {number: _Stat.of(line) for number, line in zip(there, lines, strict=True)}
    sent = [
        number
        for number, found in stats.items()
        if questions.files[number].content and found.kind == "file" and found.size <= CONTENT_LIMIT
    ]
    contents = dict(zip(sent, received.copies, strict=True))
    for number, probe in enumerate(questions.files):
        if number not in stats:
            yield probe, FileState(ancestor=_above(probe.path, int(received.found[number])))
            continue
        if contents.get(number, b"") is None:
            raise Failed(T("{path} could not be read.", path=probe.path))
        state = stats[number]
        target = received.links.get(number, b"").decode("utf-8", "surrogateescape")
        yield (
            probe,
            FileState(
                state.kind,
                state.mode,
                state.owner,
                state.group,
                contents.get(number),
                target,
                posixpath.dirname(probe.path),
            ),
        )


@dataclass(frozen=True)
class _Stat:
    """A line of ``stat -c '%f %s %U %G'``."""

    kind: Kind
    mode: int
    size: int
    owner: str
    group: str

    @classmethod
    def of(cls, line: str) -> _Stat:
        raw, size, owner, group = line.split(" ")
        mode = int(raw, 16)
        kind = _KINDS.get(stat.S_IFMT(mode), "other")
        return cls(kind, stat.S_IMODE(mode), int(size), owner, group)


def _above(path: str, levels: int) -> str:
    for _ in range(levels):
        path = posixpath.dirname(path)
    return path


def _accounts(questions: Questions, received: Received) -> Iterator[tuple[AccountAt, AccountState]]:
    users = _table(received.blobs.get("passwd", b""))
    groups = {fields[2]: fields[0] for fields in _table(received.blobs.get("group", b"")).values()}
    for probe in questions.accounts:
        fields = users.get(probe.name)
        if fields is None:
            yield probe, AccountState()
        else:
            _, _, uid, gid, _, home, shell = fields[:7]
            yield probe, AccountState(True, int(uid), groups.get(gid, gid), home, shell)


def _table(data: bytes) -> dict[str, list[str]]:
    lines = data.decode("utf-8", "replace").splitlines()
    rows = (line.split(":") for line in lines if line.count(":") >= 3)
    return {fields[0]: fields for fields in rows}


def _services(questions: Questions, received: Received) -> Iterator[tuple[ServiceAt, ServiceState]]:
    if not questions.services:
        return
    if not received.managed:
        for probe in questions.services:
            yield probe, ServiceState(detail=str(T("neither systemd nor SysV init is here")))
        return
    names = list(dict.fromkeys(probe.name for probe in questions.services))
    units = dict(zip(names, _units(received.blobs["units"]), strict=False))
    processes = _Processes(received.blobs["facts"].decode("utf-8", "replace"))
    now = _read_files(questions.reads, received)
    newer = set(received.blobs["newer"].decode().split())
    for number, probe in enumerate(questions.services):
        if probe.name not in units:
            raise Torn
        unit = units[probe.name]
        pid = int(unit.get("MainPID", "0"))
        running = unit.get("ActiveState") in ("active", "reloading")
        yield (
            probe,
            ServiceState(
                exists=unit.get("LoadState") != "not-found",
                enabled=unit.get("UnitFileState", "").startswith("enabled"),
                running=running,
                pid=pid,
                stale=running
                and processes.owes_restart(
                    probe, pid, now, written=str(number) in newer, reloaded=_reloaded(unit)
                ),
                detail=_detail(unit),
            ),
        )


def _reloaded(unit: Mapping[str, str]) -> float:
    """Seconds after the boot at which systemd last had it read its files anew; 0 for never."""
    if unit.get("CanReload") != "yes" or unit.get("ReloadResult", "success") != "success":
        return 0.0
    changed = unit.get("StateChangeTimestampMonotonic", "")
    return int(changed) / 1e6 if changed.isdecimal() else 0.0


def _detail(unit: Mapping[str, str]) -> str:
    """Such as ``failed (Result: exit-code), enabled``, or ``not-found``."""
    load, active = unit.get("LoadState", ""), unit.get("ActiveState", "")
    if load != "loaded":
        return load
    more = f"Result: {unit.get('Result')}" if active == "failed" else unit.get("SubState")
    return ", ".join(part for part in (f"{active} ({more})", unit.get("UnitFileState")) if part)


def _units(data: bytes) -> list[dict[str, str]]:
    blocks = re.split(r"\n\n+", data.decode("utf-8", "replace").strip("\n"))
    units = []
    for block in blocks:
        pairs = (line.partition("=") for line in block.splitlines())
        units.append({key: value for key, _, value in pairs if key in UNIT_PROPERTIES})
    return units


def _read_files(reads: tuple[str, ...], received: Received) -> dict[str, tuple[str, int]]:
    """Digest and time of change of each file that services read and that exists."""
    there = one_a_place(reads, received.read)
    digests = [
        _digest(line) for line in received.blobs["sums"].decode("ascii", "replace").splitlines()
    ]
    times = received.blobs["ctimes"].decode().split()
    if not len(there) == len(digests) == len(times):
        raise Torn
    return {
        path: (digest, int(time)) for path, digest, time in zip(there, digests, times, strict=True)
    }


def _digest(line: str) -> str:
    """From a line of sha256sum (digest first) or openssl (digest last)."""
    found = re.match(r"\\?([0-9a-f]{64}) ", line) or re.search(r"= ([0-9a-f]{64})$", line)
    return found[1] if found else ""


class _Processes:
    """When processes started and what they are on record to have read."""

    def __init__(self, facts: str) -> None:
        self._boot = 0
        self._stats: dict[int, list[str]] = {}
        self._records: dict[str, tuple[list[str], set[str]]] = {}
        record: set[str] = set()
        for line in facts.splitlines():
            if line.startswith("catherd-service "):
                _, name, process = line.split(" ", 2)
                record = set()
                self._records[name] = (_identity(process), record)
            elif line.startswith("btime "):
                self._boot = int(line.split()[1])
            elif re.match(r"\d+ \(.*\) ", line):
                self._stats[int(line.split(" ")[0])] = _identity(line)
            else:
                record.add(_digest(line))

    def owes_restart(
        self,
        probe: ServiceAt,
        pid: int,
        now: Mapping[str, tuple[str, int]],
        written: bool = False,
        reloaded: float = 0.0,
    ) -> bool:
        """Whether the process may have read something else than what the files hold now.

        The digests recorded at its start decide; where somebody else started it, files that
        were changed after it are taken for unread.

        :param written: a file was written since the record was, perhaps read, and changed back
        :param reloaded: when it read its files anew, in seconds after the boot; 0 for never
        """
        identity = self._stats.get(pid)
        if identity is None:
            return False
        process, digests = self._records.get(probe.name, ([], set()))
        present = [now[path] for path in probe.reads if path in now]
        if process == identity:
            known = not written and all(digest in digests for digest, _ in present)
            if known or not reloaded:
                return not known
        read = max(int(identity[1]) / _TICKS + _SLACK, reloaded and reloaded + _ROUNDED)
        return any(changed > self._boot + read for _, changed in present)


def _identity(line: str) -> list[str]:
    """Process id and start time, which together name a process for as long as a host is up."""
    pid, rest = line.split(" ", 1)[0], line.rpartition(") ")[2].split(" ")
    return [pid, rest[19] if len(rest) > 19 else ""]
