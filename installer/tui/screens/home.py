"""Home: what can be done now, the likely thing first."""

from __future__ import annotations

from installer.tui.screens.base import CatherdScreen
from runbook.text import T


class HomeScreen(CatherdScreen):
    """Recognises the state it is in."""

    TITLE_TEXT = T("Home")
