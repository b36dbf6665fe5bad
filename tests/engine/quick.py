"""The pure edits of large files, each computed once, for whoever installs hundreds of times."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache
from types import ModuleType

import runbook.steps  # noqa: F401 - loads the modules that are looked up


def quick_edits_on() -> Iterator[tuple[ModuleType, str, Callable[..., bytes]]]:
    """Where the edits stand, by what name, and what to put there."""
    for step, name in (("httpd_conf", "edit_httpd_conf"), ("server_xml", "edit_server_xml")):
        module = sys.modules[f"runbook.steps.{step}"]
        yield module, name, cache(getattr(module, name))
