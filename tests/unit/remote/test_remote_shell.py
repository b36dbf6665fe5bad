"""Every script that goes to a host is POSIX sh: the strictest shell and shellcheck agree."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from installer.remote import jobs, locking
from installer.remote.operations import (
    AddAccount,
    Extract,
    Move,
    Remove,
    RemoveAccount,
    RestoreFile,
    SetService,
    Shell,
    WriteFile,
)
from installer.remote.processes import end_family
from installer.remote.script import PREAMBLE, Script
from installer.remote.scripts import render
from installer.remote.survey import Questions, survey_script
from installer.remote.target import Job
from runbook.probes import AccountAt, FileAt, ServiceAt, Sh

SCRIPTS: dict[str, Script] = {
    "write": render(
        WriteFile("/a b/x'y", b"x", expect="00", save_to="/s/a", validate='test -s "$1"')
    ),
    "restore": render(RestoreFile("/etc/x", "/s/a", expect="00")),
    "remove": render(Remove("/opt/x", expect="00", keep="/opt")),
    "move": render(Move("/opt/x", "/opt/y")),
    "tar": render(Extract("/a.tar.gz", "/opt/x", writable=("logs",), aside="/opt/y", receipt=b"r")),
    "part": render(Extract("/a.tar.gz", "/opt/x", only=("conf", "it's"))),
    "zip": render(Extract("/a.war", "/opt/x", strip=0, format="zip")),
    "shell": render(Shell("echo 'it''s'; true")),
    "service": render(SetService("httpd", True, "restart", ("/etc/a",))),
    "add": render(AddAccount("tomcat", "/opt/x", "/sbin/nologin")),
    "drop": render(RemoveAccount("tomcat")),
    "start": jobs.start_script(Job("build-1", "make")),
    "follow": jobs.follow_script("build-1", 10),
    "cancel": jobs.cancel_script("build-1"),
    "forget": jobs.forget_script("build-1"),
    "take": locking.take_script(locking.holder("a"), locking.holder("b")),
    "guard": Script(locking.guard(locking.holder("it's $(me)"), True)),
    "release": locking.release_script(locking.holder("a")),
    "end": end_family(77),
    "survey": survey_script(
        Questions.of(
            [Sh("uname"), FileAt("/etc/x"), ServiceAt("httpd", ("/etc/a",)), AccountAt("root")]
        )
    ),
}

MEANT = {
    "SC2015": "a && b || c, where b does not fail or c is right for it too",
    "SC2016": "what is quoted for eval is not to be expanded here",
    "SC2034": "values that a script has no use for",
    "SC2041": "lists that happen to have one element",
    "SC2043": "lists that happen to have one element",
    "SC2046": "lists of process ids are split on purpose",
    "SC2086": "lists of numbers and of names without white space are split on purpose",
    "SC2089": "quotes that eval reads again",
    "SC2090": "quotes that eval reads again",
    "SC2172": "signals by number, as POSIX allows: old shells know no names",
    "SC2209": "words that are also names of commands",
    "SC2261": "two files are made empty by one command",
    "SC2283": "the survey prints a line that is just =",
    "SC2317": "functions that only some scripts call",
    "SC3013": "-nt, which dash, busybox, ksh and yash have",
}
"""What shellcheck warns of, and why it is right here."""


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("shell", ["dash", "bash --posix"])
def test_shells_can_read_it(name: str, shell: str) -> None:
    words = shell.split()
    if shutil.which(words[0]) is None:
        pytest.skip(f"there is no {words[0]}")
    text = PREAMBLE + SCRIPTS[name].text
    done = subprocess.run(
        [*words, "-n"], input=text, capture_output=True, text=True, check=False, timeout=20
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="there is no shellcheck")
@pytest.mark.parametrize("name", SCRIPTS)
def test_shellcheck_finds_nothing(name: str) -> None:
    done = subprocess.run(
        ["shellcheck", "--shell=sh", "--format=gcc", f"--exclude={','.join(MEANT)}", "-"],
        input=PREAMBLE + SCRIPTS[name].text,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stdout == ""
