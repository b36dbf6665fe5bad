from __future__ import annotations

from collections.abc import Callable

import pytest

from installer.remote.operations import Operation
from installer.remote.target import Result
from tests.unit.remote.running import SHELLS, carry_out


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def do(shell: str) -> Callable[[Operation], Result]:
    return lambda operation: carry_out(operation, shell)
