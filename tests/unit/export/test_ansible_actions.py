"""Every kind of action as Ansible tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from installer.export.ansible.actions import units_of
from installer.export.ansible.files import insertion
from installer.export.ansible.naming import Naming
from installer.export.ansible.units import FILE, Place, Unit
from runbook.actions import Account, Action, Build, Edit, Flag, Line, Put, Run, Service, Unpack
from runbook.artefact import Artefact
from runbook.check import Verdict
from runbook.errors import BadInput
from runbook.probes import AccountState, Answer, FileState, ServiceState
from tests.engine.planning import change

HOME = "/opt/tomcat"
ARCHIVE = Artefact("t.tar.gz", "b" * 64, 10, 40, "t")
SERVICE = Service(name="tomcat", running=True, reads=(f"{HOME}/.catherd", "/etc/t"), why="it runs")


def place(**more: Any) -> Place:
    return Place("some_step", Naming({"home": HOME}), True, (SERVICE,), **more)


def unit(action: Action, *answers: Answer, at: Place | None = None) -> Unit:
    found = units_of(change(action, *answers), at or place())
    assert found is not None
    return found


def test_a_whole_file_is_put_with_owner_mode_and_a_look_before() -> None:
    action = Put(path="/etc/t", content=b"x\n", why="needed", validate='test "$1" != %n')
    (task,) = unit(action, FileState()).tasks
    assert task == {
        "name": "Needed (/etc/t)",
        "ansible.builtin.copy": {
            "src": FILE,
            "dest": "/etc/t",
            "owner": "root",
            "group": "root",
            "mode": "0644",
            "validate": "/bin/sh -c 'test \"$1\" != %%n' sh %s",
        },
        "notify": ["Restart tomcat"],
    }
    assert unit(action, FileState()).content == b"x\n"


def test_a_private_file_gets_a_private_directory() -> None:
    action = Put(path="/var/lib/c/s", content=b"x", why="w", mode=0o600)
    first, second = unit(action, FileState()).tasks
    assert first["ansible.builtin.file"] == {
        "path": "/var/lib/c",
        "state": "directory",
        "mode": "0700",
    }
    assert second["ansible.builtin.copy"]["mode"] == "0600"


def test_in_check_mode_nothing_is_looked_for_in_a_directory_to_come() -> None:
    at = place(roots=[HOME])
    inside = unit(Put(path=f"{HOME}/conf/x", content=b"", why="w"), FileState(), at=at)
    outside = unit(Put(path="/etc/x", content=b"", why="w"), FileState(), at=at)
    assert inside.tasks[0]["when"] == "home not in install_to_come | default([])"
    assert "when" not in outside.tasks[0]


def test_a_block_keeps_catherds_markers() -> None:
    edit = Edit(
        path="/etc/p", change=bytes.upper, why="w", intent=("A=1",), block="environment", start=b""
    )
    (task,) = unit(edit, FileState()).tasks
    assert task["ansible.builtin.blockinfile"] == {
        "path": "/etc/p",
        "create": True,
        "marker": "# {mark} catherd: environment",
        "marker_begin": ">>>",
        "marker_end": "<<<",
        "block": "A=1",
    }
    gone = replace(edit, intent=(), start=None)
    (task,) = unit(gone, FileState("file", data=b"x")).tasks
    assert task["ansible.builtin.blockinfile"]["state"] == "absent"


def test_lines_take_the_place_of_others() -> None:
    edit = Edit(
        path="/etc/t",
        change=bytes.upper,
        why="w",
        intent=("Listen 80",),
        lines=(Line(text="Listen 80", replaces="^Listen "), Line(text="a.b")),
    )
    (task,) = unit(edit, FileState("file", data=b"x")).tasks
    assert task["loop"] == [
        {"line": "Listen 80", "replaces": "^Listen "},
        {"line": "a.b", "replaces": r"^a\.b$"},
    ]
    assert task["notify"] == ["Restart tomcat"]


def test_a_known_file_of_root_is_written_whole() -> None:
    edit = Edit(path="/etc/x", change=bytes.upper, why="w", intent=())
    found = unit(edit, FileState("file", 0o640, "root", "tomcat", b"low\n"))
    assert found.content == b"LOW\n"
    assert found.tasks[0]["ansible.builtin.copy"]["group"] == "tomcat"


def test_a_file_of_a_services_user_gets_only_what_is_inserted() -> None:
    edit = Edit(
        path="/w/web.xml",
        change=lambda data: data.replace(b"(b)\n", b"(b)\n  new\\\n"),
        why="w",
        intent=("new",),
    )
    now = FileState("file", 0o644, "tomcat", "tomcat", b"a\n(b)\nc\n")
    replaced, read, assured = unit(edit, now).tasks
    assert replaced["ansible.builtin.replace"] == {
        "path": "/w/web.xml",
        "regexp": "^(a\n\\(b\\)\n)(?!  new\\\\\n)",
        "replace": "\\1  new\\\\\n",
    }
    assert read["when"] == "not ansible_check_mode"
    assert assured["ansible.builtin.assert"]["that"] == [
        "'new' in (some_step_found.content | b64decode)"
    ]


def test_a_file_that_is_there_already_is_not_written_over_by_a_beginning() -> None:
    edit = Edit(path="/w/x", change=bytes.upper, why="w", intent=("LOW",), start=b"low")
    made = change(edit, FileState())
    found = units_of(replace(made, operations=()), place())
    assert found is not None
    assert found.content == b"LOW"
    assert found.tasks[0]["ansible.builtin.copy"]["force"] is False


def test_an_edit_that_says_nothing_but_a_function_is_refused() -> None:
    edit = Edit(path="/w/x", change=bytes.upper, why="w", intent=())
    made = change(edit, FileState("file", 0o644, "root", "root", b"x"))
    with pytest.raises(BadInput, match="The edit of /w/x cannot be exported"):
        units_of(replace(made, operations=()), place())


@pytest.mark.parametrize(
    ("diff", "expected"),
    [
        ("--- a\n+++ b\n@@ -1,2 +1,3 @@\n x\n+y\n z\n", ("x\n", "y\n")),
        ("--- a\n+++ b\n@@ -1,2 +1,2 @@\n x\n-y\n+z\n", None),
        ("--- a\n+++ b\n@@ -1 +1 @@\n x\n+y\n@@ -9 +9 @@\n x\n+y\n", None),
        ("--- a\n+++ b\n@@ -0,0 +1 @@\n+y\n", None),
        ("", None),
    ],
)
def test_only_a_single_insertion_counts_as_one(diff: str, expected: tuple[str, str] | None) -> None:
    assert insertion(diff) == expected


def test_an_archive_is_unpacked_by_the_role_for_it_and_guards_what_follows() -> None:
    at = place()
    action = Unpack(artefact=ARCHIVE, to=HOME, why="w", contains=("bin/x",), group="tomcat")
    (task,) = unit(action, FileState(), FileState(), FileState(), at=at).tasks
    assert task["ansible.builtin.include_role"] == {
        "name": "install",
        "apply": {"notify": ["Restart tomcat"]},
    }
    assert task["vars"] == {
        "install_how": "unpack",
        "install_archive": "t.tar.gz",
        "install_to": "{{ home }}",
        "install_beside": "/opt/.tomcat.catherd-new",
        "install_aside": "/opt/tomcat.before-",
        "install_contains": ["bin/x"],
        "install_group": "tomcat",
    }
    assert at.roots == [HOME]
    part = replace(action, only=("conf",), contains=())
    (task,) = unit(part, FileState(), FileState()).tasks
    assert task["vars"]["install_only"] == ["conf"]


def test_a_program_that_unpacks_itself_is_refused() -> None:
    archive = replace(ARCHIVE, format="bin")
    action = Unpack(artefact=archive, to=HOME, why="w", contains=())
    with pytest.raises(BadInput, match=r"t\.tar\.gz cannot be unpacked"):
        unit(action, FileState(), FileState())


def test_what_is_moved_aside_never_stays_where_tomcat_would_deploy_it() -> None:
    action = Unpack(artefact=ARCHIVE, to="/t/webapps/shop", why="w", contains=())
    (task,) = unit(action, FileState(), FileState()).tasks
    assert task["vars"]["install_aside"] == "/t/shop.before-"


def test_a_build_keeps_the_reason_of_each_flag() -> None:
    action = Build(
        artefact=ARCHIVE,
        prefix=HOME,
        flags=(Flag(text=f"--prefix={HOME}", why="there"),),
        why="w",
        contains=(),
    )
    (task,) = unit(action, FileState(), FileState()).tasks
    assert task["vars"]["install_flags"] == [{"flag": "--prefix={{ home }}", "why": "there"}]


def test_a_command_is_run_where_its_own_test_says_so() -> None:
    run = Run(
        command="make-it",
        why="w",
        probes=(),
        judge=lambda seen: Verdict(False, ""),
        unless="test -e it",
    )
    asked, done = unit(run).tasks
    assert asked["ansible.builtin.shell"] == {"cmd": "test -e it"}
    assert (asked["check_mode"], asked["changed_when"]) == (False, False)
    assert done["when"] == "some_step_needed.rc != 0"
    with pytest.raises(BadInput, match="The command cannot be exported: make-it"):
        unit(replace(run, unless=""))
    with pytest.raises(BadInput, match="The command cannot be exported: make-it"):
        unit(replace(run, artefact=ARCHIVE))
    asked, _ = unit(replace(run, unless="a | b")).tasks
    assert asked["tags"] == ["skip_ansible_lint"]


def test_a_service_is_started_after_the_restarts_that_are_owed() -> None:
    found = unit(SERVICE, ServiceState())
    first, last = found.tasks
    assert first["ansible.builtin.meta"] == "flush_handlers"
    assert last["ansible.builtin.systemd_service"] == {
        "name": "tomcat",
        "state": "started",
        "daemon_reload": True,
    }
    (handler,) = found.handlers
    assert handler["name"] == "Restart tomcat"
    assert handler["ansible.builtin.systemd_service"]["state"] == "restarted"


def test_what_rc_local_starts_is_no_service_to_ansible() -> None:
    with pytest.raises(BadInput, match="knows no service /usr/local/sbin/tomcat"):
        unit(replace(SERVICE, name="/usr/local/sbin/tomcat"), ServiceState())


def test_one_that_can_reload_has_both_and_a_new_program_restarts_it() -> None:
    service = replace(SERVICE, on_change="reload")
    at = place()
    at.services = (service,)
    found = unit(service, ServiceState(), at=at)
    assert [each["name"] for each in found.handlers] == ["Restart tomcat", "Reload tomcat"]
    assert at.told("/etc/t") == {"notify": ["Reload tomcat"]}
    assert at.told(f"{HOME}/.catherd", program=True) == {"notify": ["Restart tomcat"]}
    assert at.told("/etc/other") == {}


def test_under_sysv_init_the_hosts_own_manager_is_asked_for() -> None:
    at = place()
    at.systemd = False
    service = Service(name="httpd", enabled=True, why="w")
    (task,) = unit(service, ServiceState(), at=at).tasks
    assert task["ansible.builtin.service"] == {"name": "httpd", "enabled": True}


def test_a_user_that_is_there_is_used_as_it_is() -> None:
    found = unit(Account(name="tomcat", home=HOME, why="w"), AccountState()).tasks
    assert [each.get("when") for each in found] == [
        None,
        *["some_step_account.ansible_facts.getent_passwd['tomcat'] is none"] * 2,
    ]
    assert found[2]["ansible.builtin.user"]["home"] == "{{ home }}"
