"""What went wrong when an operation did not succeed, in words for people."""

from __future__ import annotations

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
from installer.remote.script import (
    CHANGED,
    IN_THE_WAY,
    INVALID,
    LINK,
    MISSING,
    NO_TOOL,
    NOT_UP,
    OTHER_DISK,
    TORN,
)
from installer.remote.target import Result
from runbook.errors import Failed
from runbook.text import T, Text


def failure(host: str, operation: Operation, result: Result) -> Failed:
    """The error for an operation whose script did not exit 0."""
    subject = subject_of(operation)
    said = last_lines(result.text)
    where = T("On {host}: {said}", host=host, said=said) if said else T("On {host}.", host=host)
    known = None if isinstance(operation, Shell) else _known(result.code, subject, said)
    if known is not None:
        what, remedy = known
        return Failed(what, where, remedy)
    return Failed(_general(operation, subject, result.code), where, _cause(said))


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


def _known(code: int, subject: str, said: str) -> tuple[Text, Text | None] | None:
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
            _cause(said) or T("Run again."),
        ),
        NO_TOOL: (
            T("A tool that is needed for {path} is missing.", path=subject),
            T("Install it there."),
        ),
        NOT_UP: (
            T("The service {name} did not do what it was told.", name=subject),
            T("Its own messages are above; more with: journalctl -u {name}", name=subject),
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


def _cause(said: str) -> Text | None:
    for sign, remedy in _CAUSES.items():
        if sign in said:
            return remedy
    return None


_CAUSES = {
    "No space left on device": T(
        "The disk is full (or has no inodes left): make room, then run again."
    ),
    "Disk quota exceeded": T("The disk quota is used up: make room, then run again."),
    "Read-only file system": T(
        "The file system is mounted read-only: find out why (dmesg), "
        "mount it read-write, then run again."
    ),
    "Permission denied": T(
        "Even root is refused there: is it a network file system, or does SELinux forbid it?"
    ),
}
