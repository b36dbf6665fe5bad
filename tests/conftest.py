"""Tests read English, whatever the language of whoever runs them."""

from __future__ import annotations

import os

for _name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "CATHERD_LANG"):
    os.environ.pop(_name, None)
os.environ["LANG"] = "C.UTF-8"
