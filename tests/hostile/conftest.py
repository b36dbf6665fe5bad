"""Counts the examples of the property tests, and tells the sum at the end."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import is_hypothesis_test

HERE = Path(__file__).parent
EXAMPLES = pytest.StashKey[list[int]]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each example that a test of this directory runs to its end is one more."""
    counts = config.stash.setdefault(EXAMPLES, [0])
    seen: set[object] = set()
    for item in items:
        test = getattr(item, "obj", None)
        if HERE not in item.path.parents or not is_hypothesis_test(test) or test in seen:
            continue
        seen.add(test)
        handle = test.hypothesis  # type: ignore[union-attr]
        handle.inner_test = _counted(handle.inner_test, counts)


def _counted(test: Callable[..., Any], counts: list[int]) -> Callable[..., Any]:
    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> Any:
        result = test(*args, **kwargs)
        counts[0] += 1
        return result

    return run


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if counts := config.stash.get(EXAMPLES, None):
        terminalreporter.write_line(f"{counts[0]} examples of hostile input", bold=True)
