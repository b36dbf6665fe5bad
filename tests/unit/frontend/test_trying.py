"""What a connection test makes of the init that it finds."""

from __future__ import annotations

import pytest

from installer.frontend.trying import _other_init
from runbook.cluster import HostAnswers


@pytest.mark.parametrize(
    ("answered", "found", "told"),
    [
        ("systemd", "systemd", ""),
        ("sysv", "sysv", ""),
        ("systemd", "sysv", 'It boots with SysV init: say init = "sysv" for it.'),
        ("sysv", "systemd", 'It boots with systemd: say init = "systemd" for it.'),
        ("systemd", "unknown", ""),
        ("systemd", "", ""),
    ],
)
def test_another_init_than_was_answered_is_told(answered: str, found: str, told: str) -> None:
    host = HostAnswers.model_validate(
        {"name": "tomcat1", "role": "tomcat", "address": "192.168.232.5", "init": answered}
    )
    assert str(_other_init(host, found) or "") == told
