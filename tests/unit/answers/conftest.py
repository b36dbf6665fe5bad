from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.unit.answers.samples import GOOD


@pytest.fixture
def good() -> dict[str, Any]:
    return copy.deepcopy(GOOD)
