"""Actions as data: an action and what is known of a host in, a change with its undo out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from installer.engine.change import unified_diff
from installer.remote.operations import (
    AddAccount,
    Remove,
    RemoveAccount,
    RestoreFile,
    SetService,
    Shell,
    WriteFile,
)
from runbook.actions import Account, Edit, Prove, Put, Run, Service
from runbook.errors import BadInput
from runbook.judges import succeeds
from runbook.probes import (
    AccountState,
    FileState,
    Output,
    ServiceState,
    Sh,
)
from runbook.proof_setup import NodeSetup, ProofSetup
from tests.engine.planning import change, planned

FILE = FileState("file", 0o644, "root", "root", b"old\n", ancestor="/etc")
NONE = FileState(ancestor="/etc")
PUT = Put(path="/etc/it", content=b"new\n", why="because")
EDIT = Edit(path="/etc/it", change=lambda data: b"new\n", why="because", intent=("new",))
SERVICE = Service(name="it", why="because", enabled=True, running=True, reads=("/etc/it",))
SAVED = "/var/lib/catherd/saved/run1/step/etc%it"


@pytest.mark.parametrize("action", [PUT, EDIT])
def test_a_file_is_replaced_and_its_original_kept(action: Put | Edit) -> None:
    found = change(action, FILE)
    assert found.diff == "--- /etc/it\n+++ /etc/it\n@@ -1 +1 @@\n-old\n+new\n"
    assert found.operations == (WriteFile("/etc/it", b"new\n", expect=FILE.sha256, save_to=SAVED),)
    new = replace(FILE, data=b"new\n").sha256
    assert found.undo == (RestoreFile("/etc/it", SAVED, new, FILE.sha256),)
    assert found.details == ()


@pytest.mark.parametrize("action", [PUT, replace(EDIT, start=b"")])
def test_a_file_is_made_and_taken_away_with_its_directories(action: Put | Edit) -> None:
    found = change(action, NONE)
    assert found.diff.startswith("--- /dev/null\n+++ /etc/it\n")
    (write,) = found.operations
    assert (write.expect, write.save_to, write.mode) == ("", None, 0o644)  # type: ignore[union-attr]
    new = replace(FILE, data=b"new\n").sha256
    assert found.undo == (Remove("/etc/it", expect=new, keep="/etc"),)
    assert [text for text, _ in found.details] == ["0644 root:root"]


@pytest.mark.parametrize("action", [PUT, EDIT])
def test_a_file_that_is_right_is_left_alone(action: Put | Edit) -> None:
    assert planned(action, replace(FILE, data=b"new\n")) is None


@pytest.mark.parametrize(
    "wrong", [{"mode": 0o600}, {"owner": "tomcat"}, {"group": "adm"}, {"data": b""}]
)
def test_mode_and_owner_are_part_of_a_whole_file(wrong: dict[str, Any]) -> None:
    right = replace(FILE, data=b"new\n")
    found = change(PUT, replace(right, **wrong))
    (write,) = found.operations
    assert (write.mode, write.owner, write.group) == (0o644, "root", "root")  # type: ignore[union-attr]
    if "data" not in wrong:
        assert found.diff == ""
        assert " → 0644 root:root" in found.details[0][0]


def test_an_edit_keeps_the_owner_and_sets_just_what_it_must() -> None:
    theirs = replace(FILE, mode=0o640, owner="tomcat", group="tomcat")
    (write,) = change(EDIT, theirs).operations
    assert (write.mode, write.owner, write.group) == (0o640, "tomcat", "tomcat")  # type: ignore[union-attr]
    (write,) = change(replace(EDIT, mode=0o600, group="adm"), theirs).operations
    assert (write.mode, write.owner, write.group) == (0o600, "tomcat", "adm")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("directory", "a directory"),
        ("link", "a symbolic link"),
        ("other", "neither a file nor a directory"),
    ],
)
@pytest.mark.parametrize("action", [PUT, EDIT])
def test_only_a_plain_file_is_replaced(action: Put | Edit, kind: Any, words: str) -> None:
    with pytest.raises(BadInput, match=f"/etc/it .*it is {words}"):
        planned(action, replace(FILE, kind=kind, data=None))


def test_an_edit_of_a_file_that_must_be_there_is_refused() -> None:
    with pytest.raises(BadInput, match="cannot be edited: it is absent"):
        planned(EDIT, NONE)


def test_a_file_too_large_to_be_sent_is_not_edited() -> None:
    with pytest.raises(BadInput, match="cannot be edited"):
        planned(EDIT, replace(FILE, data=None))


def test_bytes_that_are_no_text_are_shown_somehow() -> None:
    assert unified_diff("/it", b"\xff\n", b"a") == (
        "--- /it\n+++ /it\n@@ -1 +1 @@\n-\ufffd\n+a\n\\ No newline at end of file\n"
    )


RUNS, BOOTS = ServiceState(True, True, True, 7), ServiceState(True, True)


@pytest.mark.parametrize(
    ("now", "action", "done", "undone"),
    [
        (ServiceState(), SERVICE, (True, "start"), (False, "stop")),
        (ServiceState(True), SERVICE, (True, "start"), (False, "stop")),
        (BOOTS, SERVICE, (None, "start"), (None, "stop")),
        (replace(RUNS, enabled=False), SERVICE, (True, None), (False, None)),
        (replace(RUNS, stale=True), SERVICE, (None, "restart"), (None, None)),
        (replace(RUNS, stale=True), replace(SERVICE, on_change="reload"), (None, "reload"), None),
        (RUNS, replace(SERVICE, running=False), (None, "stop"), (None, "start")),
        (RUNS, replace(SERVICE, enabled=False), (False, None), (True, None)),
    ],
)
def test_a_service_is_brought_from_any_state_and_back(
    now: ServiceState, action: Service, done: tuple[Any, Any], undone: tuple[Any, Any] | None
) -> None:
    found = change(action, now)
    assert found.operations == (SetService("it", *done, ("/etc/it",)),)
    if undone is not None:
        assert found.undo == (SetService("it", *undone, ("/etc/it",)),)


@pytest.mark.parametrize(
    ("now", "action"),
    [
        (RUNS, SERVICE),
        (ServiceState(), replace(SERVICE, enabled=False, running=False)),
        (replace(RUNS, stale=True), replace(SERVICE, running=None)),
        (RUNS, replace(SERVICE, enabled=None, running=None)),
    ],
)
def test_a_service_that_is_right_is_left_alone(now: ServiceState, action: Service) -> None:
    assert planned(action, now) is None


def test_an_account_is_made_once_and_one_that_is_there_is_never_removed() -> None:
    action = Account(name="it", home="/opt/it", why="because")
    found = change(action, AccountState())
    assert found.operations == (AddAccount("it", "/opt/it", "/sbin/nologin"),)
    assert found.undo == (RemoveAccount("it"),)
    assert planned(action, AccountState(True, 1000, "users", "/home/it", "/bin/sh")) is None


def test_a_command_is_left_out_when_it_is_not_needed() -> None:
    probe = Sh("test -e /it")
    action = Run(
        command="make it", why="because", probes=(probe,), judge=succeeds(probe), undo="unmake it"
    )
    assert planned(action, Output(0)) is None
    found = change(action, Output(1))
    assert found.operations == (Shell("make it", 600.0),)
    assert found.undo == (Shell("unmake it"),)
    told = change(replace(action, undo=None, no_undo_because="it does no harm"), Output(1))
    assert (told.undo, told.no_undo_because) == ((), "it does no harm")


def test_what_was_proved_is_not_proved_again_unless_asked_for() -> None:
    nodes = (NodeSetup("tomcat1", "tomcat1", "10.0.0.5", 8080),)
    setup = ProofSetup("balancer", "10.0.0.4", 80, "cluster", nodes)
    action = Prove(why="because", setup=setup, subject="ab12", receipt="/receipt")
    assert change(action, NONE).undo == (Remove("/receipt"),)
    assert planned(action, replace(FILE, data=b"ab12\n")) is None
    assert planned(action, replace(FILE, data=b"other\n")) is not None
    assert planned(replace(action, again=True), replace(FILE, data=b"ab12\n")) is not None
