"""Everything that can be done now, for the palette: keys of the screen, other screens, looks."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from installer.tui import themes
from installer.tui.keys import translated
from installer.tui.screens.base import CatherdScreen
from runbook.text import T, Text, listed

if TYPE_CHECKING:
    from installer.frontend.conductor import Conductor
    from installer.tui.app import CatherdApp


@dataclass(frozen=True)
class Command:
    """Something that can be done now."""

    title: Text
    more: Text
    do: Callable[[], Awaitable[object] | object]


def commands(app: CatherdApp) -> Iterator[Command]:
    """What applies on the screen that is shown, then what applies everywhere."""
    screen = app.screen
    if isinstance(screen, CatherdScreen):
        yield from _keys(app, screen)
    yield from _screens(app)
    for theme in themes.THEMES:
        yield Command(
            T("Theme: {name}", name=themes.WORDS[theme.name]),
            T("Change the colours"),
            partial(setattr, app, "theme", theme.name),
        )
    if len(app.screen_stack) == 2:
        for code, name in (("en", "English"), ("zh", "中文")):
            yield Command(
                T("Language: {name}", name=name),
                T("Change the language of all texts"),
                partial(app.speak, code),
            )
    if app.conductor is not None:
        yield Command(
            T("Save the runbook as a document"),
            T("Write it as Markdown and as one HTML page, to follow by hand"),
            partial(_save_runbook, app, app.conductor),
        )
    yield Command(
        T("Save a screenshot"),
        T("Write this screen to an SVG file here"),
        partial(_screenshot, app),
    )
    yield Command(T("Quit"), T("Leave Catherd"), app.action_leave)


def _keys(app: CatherdApp, screen: CatherdScreen) -> Iterator[Command]:
    seen = {"leave", "palette", "go('quit')"}
    for active in screen.active_bindings.values():
        binding = active.binding
        ours = binding.id and active.node in (screen, app)
        if not ours or not active.enabled or binding.action in seen:
            continue
        seen.add(binding.action)
        if binding.show or active.tooltip:
            shown = app.get_key_display(binding)
            yield Command(
                f"{translated(binding.description)}  ({shown})",
                translated(active.tooltip),
                partial(app.run_action, binding.action, active.node),
            )


def _screens(app: CatherdApp) -> Iterator[Command]:
    if len(app.screen_stack) > 2:
        yield Command(T("Home"), T("Back to what can be done"), app.go_home)
    if app.board is not None:
        for name, title in (
            ("preflight", T("Preflight")),
            ("runbook", T("Runbook")),
            ("cluster", T("Cluster")),
            ("report", T("Report")),
            ("history", T("History")),
        ):
            yield Command(
                T("Go to: {screen}", screen=title),
                T("Open this screen"),
                partial(app.show, name),
            )
    if app.conductor is None or not app.conductor.at_work:
        for name, title in (
            ("lab", T("Practice lab")),
            ("training", T("Training")),
            ("answers", T("Answers")),
        ):
            yield Command(
                T("Go to: {screen}", screen=title),
                T("Open this screen"),
                partial(app.show, name),
            )


def _save_runbook(app: CatherdApp, conductor: Conductor) -> None:
    from installer.frontend.exporting import save_runbook

    def saved(paths: tuple[Path, ...]) -> None:
        text = T("The runbook is saved as {paths}.", paths=listed(map(str, paths)))
        app.notify(str(text), markup=False)

    app.background(lambda: save_runbook(conductor.session, Path()), saved)


def _screenshot(app: CatherdApp) -> None:
    path = Path(f"catherd-{time.strftime('%Y%m%d-%H%M%S')}.svg").resolve()
    try:
        path.write_text(app.export_screenshot(title="catherd"), "utf-8")
    except OSError as error:
        from installer.frontend.saving import unwritable

        app.tell(unwritable(path, error))
        return
    app.notify(str(T("The screen is saved as {path}.", path=path)), markup=False)
