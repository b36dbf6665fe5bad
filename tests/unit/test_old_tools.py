"""Every piece of shell that goes to a host gets along with the tools of 2007."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from installer.export.here_documents import here_document
from installer.export.markdown import markdown
from tests.lab.following import blocks
from tests.old_tools import GUARDED, too_new
from tests.unit.export.documents import SECRETS, SYSV, runbook

ROOT = Path(__file__).parents[2]
SENT = ("runbook", "installer/remote", "installer/engine", "installer/frontend")
"""Where shell for hosts is written; the wizard and the command line write none."""
MODULES = [
    path
    for part in SENT
    for path in sorted((ROOT / part).rglob("*.py"))
    if not any(part in path.as_posix() for part in ("runbook/lint/", "runbook/training/"))
]
"""Lint reads the scripts of others, and training plants its faults on practice hosts alone."""
TEMPLATES = sorted((ROOT / "assets/templates").iterdir())

EXPORTED: dict[str, dict[str, Any]] = {
    "plain": {},
    "secrets": SECRETS,
    "rc.local": {"options": {"tomcat_boot": "rc.local", "environment": "profile.d"}},
    "multicast": {"options": {"membership": "multicast", "session_manager": "backup"}},
}
"""What is answered besides SysV init, where it is exported."""


@cache
def exported(name: str) -> tuple[str, ...]:
    """The commands of the document for whoever follows it on hosts of that time."""
    text = markdown(runbook({**SYSV, **EXPORTED[name]}))
    return tuple(block.commands for block in blocks(text) if block.hosts != ("here",))


def shell_in(module: Path) -> Iterator[str]:
    """Strings of a module that may be shell: all but docstrings and texts for people."""
    tree = ast.parse(module.read_text("utf-8"))
    passed: set[int] = set()
    for node in ast.walk(tree):
        if id(node) in passed:
            passed |= {id(each) for each in ast.iter_child_nodes(node)}
            continue
        match node:
            case ast.Expr(ast.Constant()):
                passed.add(id(node.value))
            case ast.Call(ast.Name("T")):
                passed |= {id(each) for each in ast.iter_child_nodes(node)}
            case ast.JoinedStr():
                passed |= {id(each) for each in node.values if isinstance(each, ast.Constant)}
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "{}"
                    for part in node.values
                )
            case ast.Constant(str(text)) if len(text.split()) > 1:
                yield text


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_script_asks_for_what_old_tools_lack(module: Path) -> None:
    assert [odd for text in shell_in(module) for odd in too_new(text)] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_asks_for_what_old_tools_lack(template: Path) -> None:
    assert too_new(template.read_text("utf-8")) == []


@pytest.mark.parametrize("name", EXPORTED)
def test_no_exported_command_asks_for_what_old_tools_lack(name: str) -> None:
    assert len(exported(name)) > 50
    assert [odd for commands in exported(name) for odd in too_new(commands)] == []


def test_bytes_that_are_no_text_are_exported_for_old_tools_too() -> None:
    assert too_new(here_document("cat >/x", b"\0")) == []


def test_the_scripts_are_seen() -> None:
    """The scan reads what is sent: pieces that it must know of are among its strings."""
    sent = [text for module in MODULES for text in shell_in(module)]
    texts = "\n".join((*sent, *exported("plain"), here_document("cat >/x", b"\0")))
    for piece in (*GUARDED, "/proc/net/tcp", "chkconfig --add", "useradd -r", "tar -x"):
        assert piece in texts, piece


@pytest.mark.parametrize(
    "script",
    [
        "realpath /x",
        "x=$(mktemp -d)",
        "a; timeout 5 b",
        "if true; then nproc; fi",
        "ls | sort -rh",
        "tar -cJf a.tar.xz b",
        "tar -x --xattrs -f a",
        "cp -an a b",
        "ln -sr a b",
        "sed -i -E s/a/b/ f",
        "find /x -newermt today",
        "df -k --output=avail /",
        "sync /etc/passwd",
        "stat -c %W f",
        "ss -Hltn",
        "env -S a",
        "grep -r --exclude-dir=x y .",
    ],
)
def test_what_is_too_new_is_found(script: str) -> None:
    assert too_new(script)


@pytest.mark.parametrize(
    "script",
    [
        "readlink -f /x",
        "d=$(mktemp -d /tmp/x.XXXXXX)",
        "cp -a a b; mv -f a b; rm -rf x",
        "tar -xf a -C b --no-same-owner",
        "sed -n 's/-E -z//p' f",
        "stat -c '%U %n' f",
        "sync",
        "find /proc -lname x | xargs ls -d",
        "sort -n f | sort -u",
        "env -i PATH=x y",
        "echo the realpath of timeout",
        "tail -n 2; head -c 5",
        "date -r f +%s",
        "df -P -k /",
    ],
)
def test_what_they_have_is_not(script: str) -> None:
    assert too_new(script) == []
