"""Runs scripts on this machine, as the host would, by a shell of choice."""

from __future__ import annotations

import grp
import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

from installer.remote.operations import Operation
from installer.remote.script import PREAMBLE, Script, encode
from installer.remote.scripts import render
from installer.remote.target import Result

USER = pwd.getpwuid(os.getuid()).pw_name
GROUP = grp.getgrgid(os.getgid()).gr_name
SHELLS = ["sh", "bash --posix"]


def run(
    script: Script, shell: str = "sh", timeout: float = 20, path: str | Path | None = None
) -> Result:
    """As ``Start.command`` does it: the text is read from standard input, then the data.

    :param path: where programs are looked for, instead of where a host has them
    """
    preamble = PREAMBLE if path is None else re.sub("PATH=[^ ]*", f"PATH={path}", PREAMBLE)
    text = encode(preamble + script.text)
    done = subprocess.run(
        [*shell.split(), "-c", f'eval "$(head -c {len(text)})"'],
        input=text + script.data,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout,
        check=False,
    )
    return Result(done.returncode, done.stdout)


def carry_out(operation: Operation, shell: str = "sh") -> Result:
    return run(render(operation), shell)


OLD_TOOLS = (
    "cat chcon chmod chown cmp cp cut date dirname getent groupadd groupdel gzip head id ln ls "
    "mkdir mv nohup openssl readlink rm rmdir sed sh sleep stat tail tar test touch useradd "
    "userdel wc"
)


def old_host(bin: Path) -> Path:
    """A directory with the programs of a host from 2007: no sha256sum, no unzip, old sync."""
    bin.mkdir()
    for name in OLD_TOOLS.split():
        found = shutil.which(name, path="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
        if found:
            (bin / name).symlink_to(found)
    (bin / "sync").write_text("#!/bin/sh\ncase $1 in -*) exit 1 ;; esac\n")
    (bin / "sync").chmod(0o755)
    return bin
