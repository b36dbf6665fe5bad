"""Edits of files that nobody has seen, carried out by a real shell on real configuration."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from installer.export.unseen import commands
from runbook.actions import Edit, Line
from runbook.edits.profile import edit_profile, without_environment
from runbook.edits.web_xml import make_distributable
from tests.engine.given import ANSWERS
from tests.engine.memory_software import FIXTURES
from tests.unit.export.test_paper import paper

PROFILE = Edit(
    path="/etc/profile",
    change=partial(
        edit_profile, java_home="/usr/java/jdk", catalina_home="/opt/tomcat", java_feature=17
    ),
    why="",
    intent=(),
    start=b"",
)


def carried_out(edit: Edit, place: Path, before: bytes) -> bytes:
    """The file after the commands; they must do the same when somebody runs them twice."""
    file = place / "file"
    file.write_bytes(before)
    script = commands(replace(edit, path=str(file), validate=None), str(place / "kept" / "file"))
    assert script
    results = []
    for _ in range(2):
        subprocess.run(["sh", "-eu", "-c", script], check=True)
        results.append(file.read_bytes())
    assert results[0] == results[1]
    return results[0]


@pytest.mark.parametrize("port", [80, 8081])
@pytest.mark.parametrize(("fixture", "version"), [("2.4.68", "2.4.68"), ("2.2", "2.2.34")])
def test_httpd_conf_ends_as_the_edit_wants_it(
    tmp_path: Path, fixture: str, version: str, port: int
) -> None:
    hosts = [{"name": "balancer", "role": "balancer", "address": "192.168.232.4", "port": port}]
    hosts += [
        {"name": f"tomcat{n}", "role": "tomcat", "address": f"192.168.232.{n + 4}"} for n in (1, 2)
    ]
    software = {
        **ANSWERS["software"],
        "httpd": {**ANSWERS["software"]["httpd"], "version": version},
    }
    plan = paper(tmp_path, hosts=hosts, software=software).of("httpd-conf", "balancer")
    assert plan is not None
    edit = plan.changes[0].action
    assert isinstance(edit, Edit)
    before = (FIXTURES / f"httpd/{fixture}.conf").read_bytes()
    after = carried_out(edit, tmp_path, before)
    assert edit.change(after) == after
    assert after != before
    assert f"\nListen {port}\n".encode() in after
    assert (tmp_path / "kept" / "file").exists()


def test_a_block_is_appended_once(tmp_path: Path) -> None:
    before = b"# /etc/profile\nexport PATH\n"
    assert carried_out(PROFILE, tmp_path, before) == PROFILE.change(before)


def test_what_only_an_older_catherd_left_needs_nothing() -> None:
    edit = Edit(path="/etc/profile", change=without_environment, why="", intent=())
    assert commands(edit, "/kept") == ""


def test_an_edit_within_a_file_is_left_to_an_editor() -> None:
    edit = Edit(path="/web.xml", change=make_distributable, why="", intent=("<distributable/>",))
    assert commands(edit, "/kept") is None


def before_exit(data: bytes) -> bytes:
    """As a line in rc.local: a shell script at last, and before its end."""
    block = b"# begin\nstart &\n# end\n"
    if block in data:
        return data
    head, end, rest = data.partition(b"exit 0\n")
    return head + block + end + rest


@pytest.mark.parametrize(
    "before", [b"#!/bin/sh\n", b"#!/bin/sh -e\n#\nexit 0\n", b"#!/bin/sh\necho a\n\nexit 0\n\n"]
)
def test_what_must_stand_before_the_end_of_a_script_does(tmp_path: Path, before: bytes) -> None:
    edit = Edit(path="/rc", change=before_exit, why="", intent=(), start=b"#!/bin/sh\n", mode=0o755)
    assert carried_out(edit, tmp_path, before) == before_exit(before)
    (tmp_path / "file").unlink()
    script = commands(replace(edit, path=str(tmp_path / "file")), str(tmp_path / "kept" / "b"))
    assert script
    subprocess.run(["sh", "-eu", "-c", script], check=True)
    assert (tmp_path / "file").read_bytes() == before_exit(b"#!/bin/sh\n")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o755


def test_an_edit_that_does_more_than_add_is_left_to_an_editor() -> None:
    edit = Edit(path="/x", change=lambda data: b"new\n" + data + b"end\n", why="", intent=("new",))
    assert commands(edit, "/kept") is None


def test_signs_that_mean_something_to_sed_mean_themselves(tmp_path: Path) -> None:
    line = Line(text=r"path = a|b & \c", replaces=r"^path *=")
    edit = Edit(path="/x", change=bytes, why="", intent=(), lines=(line,))
    assert carried_out(edit, tmp_path, b"path=old # note\nrest\n") == b"path = a|b & \\c\nrest\n"
