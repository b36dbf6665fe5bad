"""The questions as pages, by keyboard alone."""

from __future__ import annotations

import copy
import hashlib
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import Static

from installer.frontend.saving import draft_of
from installer.tui.screens.answers import AnswersScreen
from installer.tui.screens.home import HomeScreen
from installer.tui.screens.summary import SummaryScreen
from installer.tui.widgets.field import Field
from runbook.answers import load
from runbook.writing import written
from tests.installers import installer, old_program
from tests.tui.stage import LARGE, SMALL, USUAL, Stage, play
from tests.unit.answers.samples import GOOD, SUM

PATH = Path("cluster.toml")


def given(**changes: Any) -> dict[str, Any]:
    """Whole answers whose software needs no download."""
    answers = copy.deepcopy(GOOD) | changes
    for name in ("httpd", "tomcat", "jdk"):
        version = answers["software"][name]["version"]
        answers["software"][name] = {"version": version, "source": f"debian:{name}"}
    return answers


def answers(stage: Stage) -> AnswersScreen:
    screen = stage.app.screen
    assert isinstance(screen, AnswersScreen)
    return screen


def page(stage: Stage) -> str:
    screen = stage.app.screen
    if isinstance(screen, AnswersScreen) and screen.ready and screen.focused is not None:
        return screen.page.id
    return ""


async def on_page(stage: Stage, wanted: str) -> None:
    await stage.until(lambda: page(stage) == wanted)
    await stage.pilot.pause()


async def opened(stage: Stage, wanted: str) -> None:
    """As from the list of pages."""
    answers(stage).revisit(wanted)
    await on_page(stage, wanted)


def wrong(stage: Stage) -> list[str]:
    """What is shown to be wrong."""
    places = (field.query_one(".wrong", Static) for field in stage.app.screen.query(Field))
    return [str(place.render()) for place in places if place.display]


async def typed(stage: Stage, text: str) -> None:
    """In place of what stands in the field."""
    await stage.press("end", "ctrl+u")
    await stage.type(text)


@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_from_nothing_to_a_file_with_defaults_and_three_addresses(size: tuple[int, int]) -> None:
    async def story(stage: Stage) -> None:
        await on_page(stage, "cluster")
        stage.assert_fits()
        await stage.press("enter")
        for name, checksum in (("httpd", SUM), ("tomcat", SUM + SUM)):
            await on_page(stage, name)
            await stage.press("enter", "enter")
            await stage.paste(checksum)
            stage.assert_fits()
            await stage.press("enter")
        await on_page(stage, "jdk")
        await stage.press("enter")
        await stage.paste("debian:jdk17")
        await stage.press("enter")
        await on_page(stage, "balancer")
        await stage.press("enter")
        await stage.paste("192.168.232.4")
        await stage.press("enter", "enter")
        await on_page(stage, "ssh-0")
        stage.assert_fits()
        await stage.press("enter")
        await on_page(stage, "tomcats")
        await stage.press("enter")
        for i in (1, 2):
            await on_page(stage, f"host-{i}")
            await stage.press("enter")
            await stage.paste(f"192.168.232.{4 + i}")
            await stage.press("enter")
            await on_page(stage, f"ssh-{i}")
            await stage.press("enter")
        await on_page(stage, "applications")
        await stage.press("enter")
        await on_page(stage, "application-0")
        await stage.press("enter")
        await on_page(stage, "options")
        stage.assert_fits()
        await stage.press("pagedown")
        for name in ("more-software", "more-tomcats", "more-options"):
            await on_page(stage, name)
            await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, SummaryScreen))
        await stage.until_shown("tomcat1 (192.168.232.5), tomcat2 (192.168.232.6)")
        stage.assert_fits()
        await stage.press("w")
        await stage.until_shown("cluster.toml is written.", "Install now")
        await stage.press("down", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, HomeScreen))
        await stage.until_shown("Install this cluster")

    async def whole(stage: Stage) -> None:
        await stage.until_shown("New installation")
        await stage.press("n")
        await story(stage)

    with pytest.MonkeyPatch.context() as patch:
        nobody_answers(patch)
        play(whole, size=size)
    cluster = load(PATH)
    assert [host.address for host in cluster.hosts] == [f"192.168.232.{n}" for n in (4, 5, 6)]
    assert cluster.software.tomcat.sha512 == SUM + SUM
    assert [host.route for host in cluster.tomcats] == ["tomcat1", "tomcat2"]
    assert not draft_of(PATH).exists()


def nobody_answers(patch: pytest.MonkeyPatch) -> None:
    """Hosts of this network are not there, wherever the test runs; that is known at once."""
    from installer.frontend.connection import ConnectionReport
    from installer.frontend.trying import Trying
    from runbook.cluster import HostAnswers

    def tried(trying: Trying, host: HostAnswers, accept: str | None = None) -> ConnectionReport:
        return ConnectionReport(host.name, error="does not answer", remedy="Is it switched on?")

    patch.setattr(Trying, "__call__", tried)


def test_what_is_wrong_is_told_while_typing_and_keeps_the_page() -> None:
    async def story(stage: Stage) -> None:
        await on_page(stage, "cluster")
        await typed(stage, "no good name")
        assert len(wrong(stage)) == 1
        await stage.press("pagedown")
        assert page(stage) == "cluster"
        await typed(stage, "shop")
        assert not wrong(stage)
        await stage.press("pagedown")
        await on_page(stage, "httpd")
        await stage.press("pagedown")
        await stage.until_shown("This needs an answer")
        assert page(stage) == "httpd"

    play(story, start="answers")


def test_addresses_that_clash_are_told_at_once() -> None:
    PATH.write_text(written(given()))

    async def story(stage: Stage) -> None:
        await stage.until(lambda: page(stage))
        await opened(stage, "host-2")
        await stage.press("down")
        await typed(stage, "192.168.232.5")
        await stage.until_shown("have the same address")

    play(story, start="answers")


def test_back_keeps_what_was_answered() -> None:
    async def story(stage: Stage) -> None:
        await on_page(stage, "cluster")
        await typed(stage, "shop")
        await stage.press("pagedown")
        await on_page(stage, "httpd")
        await stage.press("pageup")
        await on_page(stage, "cluster")
        await stage.until_shown("shop")

    play(story, start="answers")


def test_another_version_brings_another_source() -> None:
    async def story(stage: Stage) -> None:
        await on_page(stage, "cluster")
        await stage.press("pagedown")
        await on_page(stage, "httpd")
        await typed(stage, "2.4.62")
        await stage.until_shown("dist/httpd/httpd-2.4.62.tar.gz")
        await stage.press("down")
        await typed(stage, "debian:httpd")
        await stage.until(lambda: "Checksum" not in stage.text())

    play(story, start="answers")


def test_leaving_keeps_a_draft_and_home_goes_on_with_it() -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("New installation")
        await stage.press("n")
        await on_page(stage, "cluster")
        await typed(stage, "shop")
        await stage.press("enter")
        await on_page(stage, "httpd")
        await stage.press("escape")
        await stage.until_shown("Go on with the questions")
        await stage.press("enter")
        await on_page(stage, "httpd")
        assert answers(stage).walk.answers["cluster"]["name"] == "shop"

    play(story)
    assert "shop" in draft_of(PATH).read_text()


def test_leaving_at_once_makes_no_draft() -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown("New installation")
        await stage.press("n")
        await on_page(stage, "cluster")
        await stage.press("escape")
        await stage.until(lambda: isinstance(stage.app.screen, HomeScreen))

    play(story)
    assert not draft_of(PATH).exists()


def test_a_file_without_faults_is_done_after_one_change(monkeypatch: pytest.MonkeyPatch) -> None:
    PATH.write_text(written(given()))
    nobody_answers(monkeypatch)

    async def story(stage: Stage) -> None:
        await on_page(stage, "cluster")
        await typed(stage, "shop")
        await stage.press("ctrl+s")
        await stage.until(lambda: isinstance(stage.app.screen, SummaryScreen))
        await stage.until_shown("✗ balancer", "does not answer", "→ Is it switched on?")
        await stage.press("enter")
        await stage.until_shown("The file before is kept as cluster.toml~")
        await stage.press("down", "enter")

    async def from_home(stage: Stage) -> None:
        await stage.until_shown("Change answers")
        await stage.press("a")
        await story(stage)
        await stage.until(lambda: isinstance(stage.app.screen, HomeScreen))

    play(from_home)
    assert load(PATH).name == "shop"
    assert "tomcatcluster" in Path("cluster.toml~").read_text()


def test_a_file_that_is_no_toml_is_told_and_asked_anew() -> None:
    PATH.write_text("[cluster\n")

    async def story(stage: Stage) -> None:
        await on_page(stage, "cluster")
        await stage.until_shown("is not closed here", "The questions begin anew")
        stage.assert_fits()

    play(story, start="answers")


def test_the_checksum_of_a_file_here_is_computed_compared_and_taken() -> None:
    Path("httpd.tar.gz").write_bytes(b"abc")
    digest = hashlib.sha256(b"abc").hexdigest()

    async def story(stage: Stage) -> None:
        await on_page(stage, "cluster")
        await stage.press("enter")
        await on_page(stage, "httpd")
        await stage.press("down")
        await typed(stage, "httpd.tar.")
        await stage.until_shown("There is no file", "httpd.tar.")
        await stage.press("end", "right")
        await stage.until_shown(digest[:40])
        await stage.press("down")
        await stage.paste(SUM)
        await stage.until_shown("The file has another checksum")
        await stage.press("ctrl+y")
        await stage.until(lambda: not wrong(stage))
        await stage.press("enter")
        await on_page(stage, "tomcat")

    play(story, start="answers", size=USUAL)
    assert digest in draft_of(PATH).read_text()


def test_the_licence_of_an_installer_can_be_read() -> None:
    """Where the source is none, neither the question nor its key is there."""
    PATH.write_text(written(given()))
    installer(Path("jdk.bin"), {"jdk/bin/java": b"x"}, old_program())

    async def story(stage: Stage) -> None:
        await stage.until(lambda: page(stage))
        await opened(stage, "jdk")
        assert "Licence" not in stage.text()
        await stage.press("down")
        await typed(stage, "jdk.bin")
        await stage.until_shown("^l Licence")
        await stage.press("down", "down")
        await stage.until_shown("Accept the licence of the JDK")
        await stage.press("ctrl+l")
        await stage.until_shown("Binary Code License Agreement")
        stage.assert_fits()
        await stage.press("end")
        await stage.until_shown("line 60", "Esc closes it")
        await stage.press("escape")
        await on_page(stage, "jdk")

    play(story, start="answers")


def test_a_page_is_chosen_from_all() -> None:
    async def story(stage: Stage) -> None:
        await on_page(stage, "cluster")
        await stage.press("ctrl+g")
        await stage.until_shown("Which answers?")
        stage.assert_fits()
        await stage.press("down", "down", "enter")
        await on_page(stage, "tomcat")

    play(story, start="answers")


def test_all_pages_stand_beside_the_page_where_there_is_room() -> None:
    async def story(stage: Stage) -> None:
        await on_page(stage, "cluster")
        stage.assert_fits()
        wide = stage.app.size.width >= 120
        assert ("▶ The cluster" in stage.text()) is wide
        assert "Page 1 of 16: The cluster" in stage.lines()[0]

    for size in (SMALL, USUAL, LARGE):
        play(story, start="answers", size=size)


def test_a_place_that_cannot_be_written_is_told() -> None:
    from installer.frontend.where import Where

    async def story(stage: Stage) -> None:
        await stage.until_shown("New installation")
        await stage.press("n")
        await stage.until_shown("cannot be written", "→ Choose a directory")

    play(story, where=Where(Path("none/cluster.toml")))


def test_pages_of_a_large_cluster_open_at_once() -> None:
    hosts = [{"name": "balancer", "role": "balancer", "address": "10.0.0.1"}]
    hosts += [
        {"name": f"tomcat{n}", "role": "tomcat", "address": f"10.0.1.{n}"} for n in range(1, 31)
    ]
    PATH.write_text(written(given(hosts=hosts)))

    async def story(stage: Stage) -> None:
        await stage.until(lambda: page(stage), 30)
        await opened(stage, "host-30")
        await stage.until_shown("Tomcat 30 of 30")
        stage.assert_fits()

    play(story, start="answers", size=USUAL)


def test_what_is_typed_at_once_after_enter_is_for_the_next_field() -> None:
    """Nothing waits between the keys: a paste, or somebody who types fast."""

    async def story(stage: Stage) -> None:
        await on_page(stage, "cluster")
        await stage.press("ctrl+g")
        await stage.until_shown("Which answers?")
        await stage.press("down", "enter")
        await on_page(stage, "httpd")
        await stage.press("tab", "end", "ctrl+u", "shift+tab")
        for key in ("enter", *"debian:httpd"):
            character = key if len(key) == 1 else None
            stage.app.post_message(events.Key(key, character))
        await stage.until_shown("debian:httpd")
        await stage.until(lambda: "This needs an answer" not in stage.text())
        assert "2.4.68" in stage.text()

    async def whole(stage: Stage) -> None:
        await stage.until_shown("New installation")
        await stage.press("n")
        await story(stage)

    play(whole)
