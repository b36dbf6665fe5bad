"""The practice lab of the training."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.cli.opening import Unattended
from installer.frontend.training.classroom import Classroom
from installer.frontend.training.progress import Progress
from installer.lab import state
from runbook.errors import Locked
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
