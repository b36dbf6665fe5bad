"""ansible-lint, with its strictest profile, has nothing to say of an exported project."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from installer.export.ansible.writing import write
from tests.engine.given import RICH
from tests.unit.export.ansible_project import exported
from tests.unit.export.documents import TWO_ON_ONE

LINT = Path(sys.executable).with_name("ansible-lint")


def lint(project: Path, *files: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--offline", "--nocolor", "-q", "--strict", *files],
        cwd=project,
        env={**os.environ, "PATH": f"{LINT.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.parametrize("answers", [RICH, TWO_ON_ONE], ids=["rich", "two on one"])
def test_it_has_nothing_to_say(tmp_path: Path, answers: dict[str, Any]) -> None:
    project = tmp_path / "out"
    write(exported(tmp_path, answers), project, None)
    done = lint(project)
    assert done.returncode == 0, done.stdout + done.stderr
    role = "roles/jdk/tasks/main.yml"
    (project / role).write_text("---\n- ansible.builtin.shell: ls\n")
    assert "no-changed-when" in lint(project, role).stdout, "it does look"
