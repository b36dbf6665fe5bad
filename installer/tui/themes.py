"""The wizard's themes: dark, light and high contrast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.theme import Theme

from runbook.text import T, Text

if TYPE_CHECKING:
    from textual.app import App

DARK = Theme(
    "catherd-dark", primary="#5fafd7", secondary="#87afaf", accent="#d7af5f", success="#87d787",
    warning="#ffd75f", error="#ff8787", foreground="#e4e4e4", background="#1c1c1c",
    surface="#262626", panel="#303030", dark=True,
)  # fmt: skip
LIGHT = Theme(
    "catherd-light", primary="#005f87", secondary="#005f5f", accent="#875f00", success="#006000",
    warning="#7a4a00", error="#af0000", foreground="#1c1c1c", background="#fafafa",
    surface="#eeeeee", panel="#e0e0e0", dark=False,
)  # fmt: skip
CONTRAST = Theme(
    "catherd-contrast", primary="#00ffff", secondary="#ffffff", accent="#ffff00",
    success="#00ff00", warning="#ffff00", error="#ff9090", foreground="#ffffff",
    background="#000000", surface="#000000", panel="#202020", dark=True,
)  # fmt: skip
THEMES = (DARK, LIGHT, CONTRAST)
WORDS: dict[str, Text] = {
    DARK.name: T("dark"),
    LIGHT.name: T("light"),
    CONTRAST.name: T("high contrast"),
}


def register(app: App[int]) -> None:
    """Offer these themes and no others; dark is the first."""
    for name in list(app.available_themes):
        if not name.startswith("ansi"):
            app.unregister_theme(name)
    for theme in THEMES:
        app.register_theme(theme)
    app.theme = DARK.name


def next_theme(app: App[int]) -> None:
    """The next theme, and round again."""
    names = [theme.name for theme in THEMES]
    here = names.index(app.theme) if app.theme in names else -1
    app.theme = names[(here + 1) % len(names)]
