"""From field to field of a page of answers, and from choice to choice."""

from __future__ import annotations

from installer.frontend.saving import draft_of
from installer.tui.widgets.field import Field
from installer.tui.widgets.picker import Picker
from runbook.writing import written
from tests.tui.stage import Stage, play
from tests.tui.test_answers import PATH, answers, given, on_page, opened, page


def test_a_gate_opens_its_page() -> None:
    PATH.write_text(written(given()))

    async def story(stage: Stage) -> None:
        await stage.until(lambda: page(stage))
        await opened(stage, "more-options")
        assert "Health checks" not in stage.text()
        await stage.press("left")
        await stage.until(lambda: any(each.display for each in stage.app.screen.query(Field)))
        assert answers(stage)._open
        await stage.press("down")
        assert answers(stage)._here() is not None

    play(story, start="answers")


def test_on_a_page_longer_than_the_screen_keys_go_from_field_to_field() -> None:
    PATH.write_text(written(given()))

    async def story(stage: Stage) -> None:
        await stage.until(lambda: page(stage))
        await opened(stage, "more-options")
        await stage.press("left", "down", "tab", "tab", "tab", "tab", "tab")
        await stage.until_shown("Where login shells", "updates of the system may do")
        await stage.press("tab", "tab")
        await stage.until_shown("Change health checks")
        await stage.press("pageup")
        await stage.until_shown("Change ports, routes")

    play(story, start="answers")


def test_a_choice_moves_with_the_arrows_and_passes_the_focus_on() -> None:
    PATH.write_text(written(given()))

    async def story(stage: Stage) -> None:
        await stage.until(lambda: page(stage))
        await opened(stage, "options")
        first = stage.app.screen.query(Picker).first()
        assert first.has_focus
        assert first.value == "http"
        await stage.press("down")
        assert first.value == "ajp"
        await stage.press("down")
        assert not first.has_focus
        await stage.press("pagedown")
        await on_page(stage, "more-software")

    play(story, start="answers")
    assert 'members = "ajp"' in draft_of(PATH).read_text()
