"""Counts the examples of the property tests."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import is_hypothesis_test

HERE = Path(__file__).parent
EXAMPLES = [0]
"""How many have been run to their end in this process."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each example that a test of this directory runs to its end is one more."""
    seen: set[object] = set()
    for item in items:
        test = getattr(item, "obj", None)
        if HERE not in item.path.parents or not is_hypothesis_test(test) or test in seen:
            continue
        seen.add(test)
        handle = test.hypothesis  # type: ignore[union-attr]
        handle.inner_test = _counted(handle.inner_test)


def _counted(test: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> Any:
        result = test(*args, **kwargs)
        EXAMPLES[0] += 1
        return result

    return run


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Note the number with the test, so that it comes back from another process too."""
    before = EXAMPLES[0]
    try:
        return (yield)
    finally:
        if number := EXAMPLES[0] - before:
            item.user_properties.append(("examples of hostile input", number))
