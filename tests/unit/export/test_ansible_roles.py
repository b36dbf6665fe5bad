"""What several hosts do alike is said once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from installer.export.ansible.naming import Naming
from installer.export.ansible.roles import Role, role_of
from installer.export.ansible.units import FILE, Unit
from runbook.steps import RUNBOOK


def role(units: Mapping[str, Sequence[Unit]]) -> Role:
    return role_of(RUNBOOK[0], units, dict.fromkeys(units, Naming({})), "{{ secrets_")


def task(name: str) -> Unit:
    return Unit(name, ({"name": name},))


def file(target: str, content: bytes) -> Unit:
    copy = {"name": target, "ansible.builtin.copy": {"src": FILE}}
    return Unit(target, (copy,), content=content)


def test_what_only_one_host_does_stands_where_it_does_it() -> None:
    made = role({"h1": [task("a"), task("c")], "h2": [task("a"), task("b"), task("c")]})
    assert made.tasks == [
        {"name": "a"},
        {"name": "b", "when": "inventory_hostname in ['h2']"},
        {"name": "c"},
    ]


def test_files_of_one_name_are_told_apart_by_their_directories() -> None:
    made = role({"h1": [file("/x/a/web.xml", b"1"), file("/x/b/web.xml", b"2"), file("/c", b"3")]})
    assert sorted(made.files) == ["files/a-web.xml", "files/b-web.xml", "files/c"]
    assert [each["ansible.builtin.copy"]["src"] for each in made.tasks] == [
        "a-web.xml",
        "b-web.xml",
        "c",
    ]


def test_files_that_differ_become_a_template_and_the_rest_of_each_host() -> None:
    made = role({"h1": [file("/c", b"same\n1\n")], "h2": [file("/c", b"same\n2\n")]})
    assert list(made.files) == ["templates/c.j2"]
    assert made.tasks[0]["ansible.builtin.template"] == {"src": "c.j2"}
    assert made.only_here == {"h1": {"preflight_c": [["1"]]}, "h2": {"preflight_c": [["2"]]}}
