"""From an operation to the script that carries it out; pure, so that it can be tested anywhere."""

from __future__ import annotations

from installer.remote.accounts import add_account, remove_account
from installer.remote.archives import extract
from installer.remote.files import move, remove, restore_file, write_file
from installer.remote.jobs import forget_script
from installer.remote.operations import (
    AddAccount,
    EndJob,
    Extract,
    Move,
    Operation,
    Remove,
    RemoveAccount,
    RestoreFile,
    SetService,
    Shell,
    TakeAway,
    WriteFile,
)
from installer.remote.script import Script, quote
from installer.remote.services import set_service
from installer.remote.trees import take_away


def render(operation: Operation) -> Script:
    """The script for an operation; raises ``BadInput`` for one that no host should get."""
    match operation:
        case WriteFile():
            return write_file(operation)
        case RestoreFile():
            return restore_file(operation)
        case Remove():
            return remove(operation)
        case TakeAway():
            return take_away(operation)
        case EndJob():
            return forget_script(operation.id)
        case Move():
            return move(operation)
        case Extract():
            return extract(operation)
        case Shell():
            words = f"set -- {quote(operation.archive)}; " if operation.archive else ""
            return Script(f"( {words}eval {quote(operation.script)} ) </dev/null\n")
        case SetService():
            return set_service(operation)
        case AddAccount():
            return add_account(operation)
        case RemoveAccount():
            return remove_account(operation)


def timeout_of(operation: Operation) -> float:
    """Seconds after which an operation has failed."""
    match operation:
        case Shell():
            return operation.timeout
        case SetService():
            return operation.timeout + 10
        case _:
            return 900.0
