"""The role ``install``, carried out by Ansible itself, on this machine."""

from __future__ import annotations

import getpass
import grp
import hashlib
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from installer.engine.actions.unpacking import receipt_for
from installer.export.ansible import install
from installer.export.ansible.written import document
from runbook.artefact import Artefact

ANSIBLE = Path(sys.executable).with_name("ansible-playbook")


class Playbook:
    """One call of the role in a project of its own."""

    def __init__(self, place: Path, archive: Path, top: str, **variables: Any) -> None:
        self.place, self.to = place, place / "usr/tool"
        for name, data in install.role_files().items():
            path = place / "roles/install" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        kind = "zip" if archive.suffix == ".war" else "tar"
        self.artefact = Artefact(archive.name, digest, 0, 0, top, kind)  # type: ignore[arg-type]
        play = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": True,
            "gather_subset": ["min"],
            "vars": {"archives": {archive.name: {"sha256": digest, "top": top, "format": kind}}},
            "tasks": [
                {
                    "name": "Install",
                    "ansible.builtin.include_role": {"name": "install"},
                    "vars": {
                        "install_how": "unpack",
                        "install_archive": archive.name,
                        "install_to": str(self.to),
                        "install_beside": str(place / "usr/.tool.new"),
                        "install_aside": str(place / "usr/tool.before-"),
                        "install_owner": getpass.getuser(),
                        "install_group": grp.getgrgid(os.getgid()).gr_name,
                        **variables,
                    },
                }
            ],
        }
        (place / "play.yml").write_bytes(document([play]))

    def run(self, *words: str) -> int:
        """How much it changed."""
        done = subprocess.run(
            [ANSIBLE, "play.yml", *words],
            cwd=self.place,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "HOME": str(self.place)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        found = re.search(r"changed=(\d+)", done.stdout)
        assert found
        return int(found[1])


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "tool-1.0"
    for name in ("bin/tool", "conf/a", "doc/b"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(name)
    (tmp_path / "files").mkdir()
    return top


def test_an_archive_is_unpacked_once_and_again_where_it_is_damaged(
    tmp_path: Path, tree: Path
) -> None:
    archive = tmp_path / "files/tool.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tree, tree.name)
    play = Playbook(
        tmp_path, archive, tree.name, install_contains=["bin/tool"], install_writable=["logs"]
    )
    assert play.run("--check") == 1
    assert not play.to.exists()
    assert play.run() > 3
    assert (play.to / "bin/tool").read_text() == "bin/tool"
    assert (play.to / ".catherd").read_bytes() == receipt_for(play.artefact)
    assert (play.to / "logs").is_dir()
    assert play.run("--check") == 0
    (play.to / "bin/tool").unlink()
    assert play.run() > 3
    assert (play.to / "bin/tool").exists()
    (aside,) = (tmp_path / "usr").glob("tool.before-*")
    assert (aside / "conf/a").exists()
    assert not (tmp_path / "usr/.tool.new").exists()


def test_of_a_zip_only_what_is_wanted(tmp_path: Path, tree: Path) -> None:
    archive = tmp_path / "files/tool.war"
    with zipfile.ZipFile(archive, "w") as war:
        for path in sorted(tree.rglob("*")):
            war.write(path, path.relative_to(tree))
    play = Playbook(tmp_path, archive, "", install_only=["conf", "doc"])
    play.run()
    assert sorted(path.name for path in play.to.iterdir()) == [".catherd", "conf", "doc"]
    assert (play.to / ".catherd").read_bytes() == receipt_for(play.artefact, only=["conf", "doc"])
    assert not (tmp_path / "usr/.tool.new.zip").exists()
    assert play.run() == 0
