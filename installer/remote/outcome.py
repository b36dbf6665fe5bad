"""What went wrong when an operation did not succeed, in words for people."""

from __future__ import annotations

import re

from installer.remote.jobs import ENDED
from installer.remote.operations import (
    AddAccount,
    EndJob,
    Extract,
    Move,
    Operation,
    RemoveAccount,
    SetService,
    Shell,
    WriteFile,
)
from installer.remote.output import last_lines
from installer.remote.room import Room, without_report
from installer.remote.script import (
    CHANGED,
    IN_THE_WAY,
    INVALID,
    LINK,
    MISSING,
    NO_TOOL,
    NOT_UP,
    NOTHING_CAME,
    OTHER_DISK,
    STILL_AT_WORK,
    TORN,
)
from installer.remote.target import Job, Result
from runbook.errors import Failed
from runbook.text import T, Text


def failure(host: str, operation: Operation, result: Result) -> Failed:
    """The error for an operation whose script did not exit 0."""
    subject = subject_of(operation)
    known = None if isinstance(operation, Shell) else _known(result.code, subject)
    what, remedy = known or (_general(operation, subject, result.code), None)
    return told(host, what, result, remedy)


def job_failure(host: str, job: Job, result: Result) -> Failed:
    """The error for detached work that did not end well."""
    title = job.title or job.id
    if result.code == ENDED:
        what = T("{title} was ended on {host} before it was done.", title=title, host=host)
        remedy = T("Was {host} restarted? Run again: it begins anew.", host=host)
        return told(host, what, result, remedy)
    what = T("{title} failed with exit code {code}.", title=title, code=result.code)
    return told(host, what, result, T("Mend what the last lines say, then run again."))


def told(host: str, what: Text, result: Result, remedy: Text | None = None) -> Failed:
    """The error for a script that failed; where its output gives away the cause, that leads."""
    said = without_report(result.text)
    cause = _cause(host, said, Room.of(result.text))
    if cause is None:
        if remedy is None and "Permission denied" in said:
            remedy = T("Is it a network file system, or does SELinux forbid it?")
        lines = last_lines(said)
        where = (
            T("On {host}: {said}", host=host, said=lines) if lines else T("On {host}.", host=host)
        )
        return Failed(what, where, remedy)
    why, line, remedy = cause
    where = T("On {host}: {what} {line}", host=host, what=what, line=line)
    return Failed(why, where, remedy)


def subject_of(operation: Operation) -> str:
    """What an operation is about: a path, a service, an account or a command."""
    match operation:
        case Move():
            return operation.source
        case Extract():
            return operation.to
        case SetService() | AddAccount() | RemoveAccount():
            return operation.name
        case EndJob():
            return operation.id
        case Shell():
            return operation.script.strip().splitlines()[0] if operation.script.strip() else ""
        case _:
            return operation.path


def _known(code: int, subject: str) -> tuple[Text, Text | None] | None:
    words: dict[int, tuple[Text, Text | None]] = {
        CHANGED: (
            T("{path} has changed since it was looked at.", path=subject),
            T("Look at the difference with `catherd plan`, then run again."),
        ),
        LINK: (
            T("{path} is a symbolic link; it is not replaced by a file.", path=subject),
            T("Put a file there, or look after it by hand."),
        ),
        IN_THE_WAY: (
            T("Something is in the way of {path}.", path=subject),
            T("Look at what lies there and move it aside."),
        ),
        MISSING: (
            T("Something that is needed for {path} is not there.", path=subject),
            T("Run again: what is missing is made or brought anew."),
        ),
        INVALID: (
            T("The new {path} was tested and is not valid; the old one stays.", path=subject),
            T("Read the message above; then change the answer that leads to it."),
        ),
        OTHER_DISK: (
            T(
                "{path} cannot be renamed: the two places are on different file systems.",
                path=subject,
            ),
            None,
        ),
        TORN: (
            T("{path} did not arrive whole; nothing was changed.", path=subject),
            T("Run again."),
        ),
        NO_TOOL: (
            T("A tool that is needed for {path} is missing.", path=subject),
            T("Install it there."),
        ),
        STILL_AT_WORK: (
            T("A run whose connection was lost is still unpacking an archive there."),
            T("Run again when it is done; if it never ends, look there for tar or unzip."),
        ),
        NOTHING_CAME: (
            T("The installer ended, and there is no Java for {path}.", path=subject),
            T("Read what it says; is it made for this kind of machine?"),
        ),
        NOT_UP: (
            T("The service {name} did not do what it was told.", name=subject),
            T("Its own messages are above; more with: journalctl -u {name}", name=subject)
            if not subject.startswith("/")
            else T("Its own messages are above."),
        ),
    }
    return words.get(code)


def _general(operation: Operation, subject: str, code: int) -> Text:
    match operation:
        case WriteFile():
            return T("{path} could not be written; it is as it was.", path=subject)
        case Extract():
            return T("Unpacking to {path} failed; nothing is left of it.", path=subject)
        case Shell():
            return T("A command ended with exit code {code}: {command}", code=code, command=subject)
        case SetService():
            return T("The service {name} could not be changed.", name=subject)
        case AddAccount() | RemoveAccount():
            return T("The account {name} could not be changed.", name=subject)
        case _:
            return T("{path} could not be changed.", path=subject)


def _cause(host: str, said: str, room: Room | None) -> tuple[Text, str, Text] | None:
    """What stands behind a failure, the line that says so, and what to do about it."""
    for sign, (what, remedy) in _CAUSES.items():
        if found := re.search(f"^.*{sign}.*$", said, re.M):
            line = last_lines(found[0])
            if sign == _FULL and room is not None:
                return _no_room(host, room, line)
            return what, line, remedy
    return _no_room(host, room, "") if room is not None and room.short else None


def _no_room(host: str, room: Room, line: str) -> tuple[Text, str, Text]:
    if room.full_of_files:
        return (
            T(
                "{host} can take no more files in {place}: no inode is left.",
                host=host,
                place=room.mount,
            ),
            line,
            T("Remove files that are not needed in {place}, then run again.", place=room.mount),
        )
    return (
        T(
            "The disk of {host} is full: {free} kB are left in {place}.",
            host=host,
            free=room.free,
            place=room.mount,
        ),
        line,
        T("Make room in {place}, then run again.", place=room.mount),
    )


_FULL = "No space left on device"
_CAUSES = {
    _FULL: (
        T("The disk is full, or has no inodes left."),
        T("Make room there, then run again."),
    ),
    "Disk quota exceeded": (
        T("The disk quota is used up."),
        T("Make room, or raise the quota, then run again."),
    ),
    "Read-only file system": (
        T("The file system is mounted read-only."),
        T("Find out why (dmesg), mount it read-write, then run again."),
    ),
    "Killed signal terminated program": (
        T("The compiler was killed."),
        T("Most likely memory ran out (see dmesg): add memory or swap, then run again."),
    ),
}
