"""The practice lab of the training."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from installer.cli.opening import Unattended
from installer.frontend.training.classroom import Classroom
from installer.frontend.training.progress import Progress
from installer.lab import state
from runbook.errors import BadInput, Locked
from runbook.steps import RUNBOOK


def test_two_catherds_do_not_prepare_one_lab_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    room = Classroom("training", Unattended(), Progress(), lambda text: None)
    with state.lock("training", "training"):
        with pytest.raises(Locked, match="at work on the lab training"):
            room.installed()
        with pytest.raises(Locked):
            room.at_lesson(RUNBOOK[0])


def test_a_lab_with_sysv_init_is_refused_before_anything_is_done_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Classroom, "lab", lambda room: SimpleNamespace(init="sysv"))
    room = Classroom("old", Unattended(), Progress(), print)
    with pytest.raises(BadInput, match="needs hosts with systemd; old has SysV init"):
        room.stand()
