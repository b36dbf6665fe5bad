"""What tests on the practice lab share: one lab for all of them, brought up once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from installer import lab
from installer.lab import state
from runbook.text import Text

_NAME = os.environ.get("CATHERD_TEST_LAB", "test")


@pytest.fixture(scope="session")
def lab_hosts() -> Iterator[lab.Lab]:
    """A lab of three hosts, bare at the beginning; it is taken away in the end.

    What an earlier run left behind when it was killed is mended and made bare again.
    """
    left_over = state.load(_NAME) is not None
    hosts = lab.up(lab.LabSpec(_NAME), _tell)
    if left_over:
        hosts = lab.reset(_NAME, _tell)
    yield hosts
    lab.down(_NAME)


def _tell(text: Text) -> None:
    print(text)
