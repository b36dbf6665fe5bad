"""What a host tells of itself, asked of this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from runbook.judges import values
from runbook.software.inventory import inventory
from runbook.software.platform import BUILD_NEEDS, install_what_is_missing

pytestmark = pytest.mark.parametrize("shell", ["dash", "bash --posix"])


def _told(shell: str, script: str, path: str | None = None) -> dict[str, str]:
    done = subprocess.run(
        [*shell.split(), "-c", script],
        env={"PATH": path or os.environ["PATH"]},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return values(done.stdout)


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_who_listens_on_a_port_is_found_without_any_tool_for_it(
    shell: str, family: socket.AddressFamily
) -> None:
    with (
        socket.socket(family) as listening,
        socket.socket(family) as bound,
        socket.socket(family) as other,
    ):
        ports = []
        for each in (listening, bound, other):
            each.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
            ports.append(each.getsockname()[1])
        listening.listen()
        other.listen()
        facts = _told(shell, inventory(ports[:2], ["/usr/local"]).script)
    assert {key: facts[key] for key in facts if key.startswith("port")} == {
        f"port{ports[0]}": str(Path(sys.executable).resolve())
    }


def test_an_apr_that_is_too_old_for_httpd_2_4_is_none(shell: str, tmp_path: Path) -> None:
    apr = next(need for need in BUILD_NEEDS if need.name == "apr")
    tool = tmp_path / "apr-1-config"
    for version, ok in (("1.2.7", False), ("1.3.12", False), ("1.4.6", True), ("1.7.2", True)):
        tool.write_text(f"#!/bin/sh\necho {version}\n")
        tool.chmod(0o755)
        script = f"if ({apr.found}) >/dev/null 2>&1; then echo there=yes; fi"
        path = f"{tmp_path}:{os.environ['PATH']}"
        assert _told(shell, script, path) == ({"there": "yes"} if ok else {}), version


def test_yum_gets_names_that_its_systems_have(shell: str, tmp_path: Path) -> None:
    """A host with nothing but the programs of this script, and a yum that tells its words."""
    (tmp_path / "yum").write_text('#!/bin/sh\necho "words=$*"\n')
    (tmp_path / "yum").chmod(0o755)
    for program in (*shell.split()[:1], "sh"):
        (tmp_path / program).symlink_to(f"/bin/{program}")
    words = _told(shell, install_what_is_missing(bundled=False), str(tmp_path))["words"].split()
    assert {"gcc", "apr-devel", "pcre-devel"} <= set(words)
    assert "pcre2-devel" not in words
    short = _told(shell, install_what_is_missing(bundled=True), str(tmp_path))["words"].split()
    assert {"gcc", "make", "perl"} <= set(short)
    assert not {"apr-devel", "apr-util-devel", "pcre-devel", "expat-devel"} & set(short)
