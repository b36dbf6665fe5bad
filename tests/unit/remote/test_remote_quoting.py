"""What a script means does not depend on the values in it; and old hosts understand it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installer.remote import jobs, locking, processes
from installer.remote.operations import (
    AddAccount,
    Extract,
    Move,
    Operation,
    Remove,
    RemoveAccount,
    RestoreFile,
    SetService,
    Shell,
    WriteFile,
)
from installer.remote.script import Script, absolute, encode, quote
from installer.remote.scripts import render
from installer.remote.survey import Questions, survey_script
from installer.remote.target import Job
from runbook.errors import BadInput
from runbook.probes import AccountAt, FileAt, ServiceAt, Sh
from tests.old_tools import not_posix, too_new
from tests.unit.remote.running import GROUP, SHELLS, USER, carry_out, old_host, run

OPERATIONS: list[Operation] = [
    WriteFile("/a/b", b"x", expect="", save_to="/s/b", validate='true "$1"'),
    RestoreFile("/a/b", "/s/b", expect="ab"),
    Remove("/a/b", expect="ab", keep="/a"),
    Move("/a/b", "/c/d"),
    Extract("/s/x", "/a/b", 1, "root", "tomcat", ("logs",), "tomcat", "/k/b", b"{}"),
    Extract("/s/x", "/a/webapps/b", 1, format="zip"),
    Shell("true"),
    *(
        SetService("httpd", True, action, ("/etc/x",))
        for action in ("start", "stop", "restart", "reload", None)
    ),
    AddAccount("tomcat", "/a", "/sbin/nologin"),
    RemoveAccount("tomcat"),
]
SCRIPTS: list[Script] = [
    *(render(operation) for operation in OPERATIONS),
    survey_script(
        Questions.of([Sh("true"), FileAt("/a"), ServiceAt("httpd", ("/a",)), AccountAt("a")])
    ),
    jobs.start_script(Job("j", "true")),
    jobs.follow_script("j", 5),
    jobs.cancel_script("j"),
    jobs.forget_script("j"),
    processes.end_family(1),
    locking.take_script("me", "you"),
    locking.release_script("me"),
]

words = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"])
    | st.sampled_from(list("'\"\\$`!*?[]{}()<>|&;~# \n\t-=%")),
    max_size=60,
)


@pytest.mark.parametrize("shell", SHELLS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(words, min_size=40, max_size=40))
def test_words_arrive_as_they_are(shell: str, values: list[str]) -> None:
    printed = "".join(f"printf '%s\\0' {quote(value)}\n" for value in values)
    nested = "".join(f"eval {quote(f'printf %s {quote(value)}')}\necho\n" for value in values)
    result = run(Script(printed), shell)
    assert result.output.split(b"\0")[:-1] == [encode(value) for value in values]
    result = run(Script(nested), shell)
    assert result.output == b"".join(encode(value) + b"\n" for value in values)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=30).filter(lambda b: b"\0" not in b), min_size=20))
def test_bytes_that_are_no_text_arrive_too(values: list[bytes]) -> None:
    texts = [value.decode("utf-8", "surrogateescape") for value in values]
    for shell in SHELLS:
        result = run(Script("".join(f"printf '%s\\0' {quote(text)}\n" for text in texts)), shell)
        assert result.output.split(b"\0")[:-1] == values


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(words.filter(lambda name: name.strip("/.") and "/" not in name), st.binary(max_size=300))
def test_files_of_any_name_are_written(tmp_path: Path, name: str, content: bytes) -> None:
    path = str(tmp_path / "d" / name)
    if len(encode(name)) > 255:
        return
    write = WriteFile(path, content, 0o600, USER, GROUP, validate='[ -f "$1" ]')
    result = carry_out(write)
    assert result.ok, result.text
    assert [p.name for p in (tmp_path / "d").iterdir()] == [name]
    assert Path(path).read_bytes() == content
    assert carry_out(Remove(path, keep=str(tmp_path))).ok
    assert list(tmp_path.iterdir()) == []


def test_a_nul_is_refused() -> None:
    with pytest.raises(BadInput):
        quote("a\0b")
    with pytest.raises(BadInput):
        absolute("a")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_parses(script: Script, shell: str) -> None:
    done = subprocess.run(
        [*shell.split(), "-n"], input=encode(script.text), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("script", SCRIPTS)
def test_no_script_uses_what_old_hosts_lack(script: Script) -> None:
    assert too_new(script.text) == []
    assert not_posix(script.text) == []


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl stands in for sha256sum")
def test_an_old_host_writes_restores_and_unpacks(tmp_path: Path) -> None:
    bin = old_host(tmp_path / "bin")

    def do(operation: Operation) -> None:
        result = run(render(operation), path=bin)
        assert result.ok, result.text

    path, saved = tmp_path / "file", tmp_path / "saved" / "file"
    path.write_bytes(b"old")
    write = WriteFile(str(path), b"new", 0o600, USER, GROUP, save_to=str(saved))
    do(write)
    assert path.read_bytes() == b"new"
    do(replace(write, content=b"newer", save_to=None))
    do(RestoreFile(str(path), str(saved)))
    assert path.read_bytes() == b"old"
    archive = tmp_path / "x.tar.gz"
    subprocess.run(["tar", "-czf", archive, "-C", tmp_path, "saved"], check=True)
    do(Extract(str(archive), str(tmp_path / "to"), 1, USER, GROUP, receipt=b"r"))
    assert (tmp_path / "to" / "file").read_bytes() == b"old"
    do(Remove(str(tmp_path / "to")))
    assert not (tmp_path / "to").exists()
