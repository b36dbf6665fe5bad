"""What whoever follows the document types on hosts with SysV init: it leaves the right links."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from installer.export.bringing import checked
from installer.export.markdown import markdown
from runbook.assets import asset
from tests.lab.following import blocks
from tests.unit.export.documents import SYSV, runbook

HTTPD = """#!/bin/sh
# chkconfig: 2345 85 15
# description: Apache
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A host's /etc with an init script for Apache, and no tool yet."""
    for name in ("init.d", "bin", *(f"rc{level}.d" for level in range(7))):
        (tmp_path / name).mkdir()
    (tmp_path / "init.d/httpd").write_text(HTTPD)
    return tmp_path


def tool(root: Path, name: str, text: str) -> None:
    (root / "bin" / name).write_text(text)
    (root / "bin" / name).chmod(0o755)


def typed(root: Path, kind: str) -> None:
    """What the document says of httpd at boot, carried out below ``root``."""
    found = [
        block.commands
        for block in blocks(markdown(runbook(SYSV)))
        if "chkconfig" in block.commands.partition("<<")[0] and block.hosts == ("balancer",)
        if block.kind == kind
    ]
    assert len(found) == 1
    subprocess.run(
        ["/bin/sh", "-eu"], input=found[0], text=True, check=True,
        env={"PATH": f"{root}/bin:/usr/bin:/bin"},
    )  # fmt: skip


def links(root: Path) -> set[str]:
    return {str(link.relative_to(root)) for link in root.glob("rc?.d/*")}


def test_chkconfig_makes_the_links_for_the_way_down_too(root: Path) -> None:
    text = (asset("lab") / "chkconfig").read_text("utf-8")
    tool(root, "chkconfig", text.replace("/etc/", f"{root}/"))
    typed(root, "do")
    up = {f"rc{level}.d/S85httpd" for level in (2, 3, 4, 5)}
    assert links(root) == up | {f"rc{level}.d/K15httpd" for level in (0, 1, 6)}
    typed(root, "undo")
    assert links(root) == set()


def test_without_chkconfig_it_is_debians_own_tool(root: Path) -> None:
    said = root / "said"
    tool(root, "update-rc.d", f'#!/bin/sh\necho "$@" >>{said}\n')
    typed(root, "do")
    typed(root, "undo")
    assert said.read_text().splitlines() == ["httpd defaults", "httpd enable", "-f httpd remove"]


@pytest.mark.parametrize("program", ["chkconfig", "update-rc.d"])
def test_a_tool_that_fails_stops_whoever_follows_it(root: Path, program: str) -> None:
    tool(root, program, "#!/bin/sh\nexit 1\n")
    with pytest.raises(subprocess.CalledProcessError):
        typed(root, "do")


@pytest.mark.parametrize("program", ["sha256sum", "openssl"])
def test_archives_are_compared_by_what_the_host_has(tmp_path: Path, program: str) -> None:
    """coreutils 5.97 has no sha256sum."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / program).symlink_to(shutil.which(program) or "")
    (tmp_path / "a.tar").write_bytes(b"abc")
    good = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    def compare(digest: str) -> subprocess.CompletedProcess[str]:
        script = checked(f"{digest}  a.tar\n") + "\necho on"
        return subprocess.run(
            ["/bin/sh", "-eu", "-c", script], cwd=tmp_path, env={"PATH": f"{tmp_path}/bin"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert compare(good).stdout == "a.tar: OK\non\n"
    bad = compare(good.replace("b", "c"))
    assert bad.returncode != 0
    assert "a.tar: FAILED\n" in bad.stdout
    assert "on\n" not in bad.stdout.splitlines(keepends=True)
