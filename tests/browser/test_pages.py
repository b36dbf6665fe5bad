"""The exported pages in a real browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.export.html import html
from installer.export.markdown import markdown
from installer.frontend import report_page
from installer.frontend.report_of_run import chosen_run, report_of_run
from installer.frontend.session import Session
from installer.frontend.where import Where
from runbook.text import use_language
from tests.browser.chromium import PROGRAM, Chromium
from tests.engine.sessions import sessions_in_memory
from tests.lab.following import blocks
from tests.unit.export.documents import SECRETS, runbook

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no chromium; TESTS=1 make setup brings it")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module", params=["en", "zh"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("page")
    use_language(request.param)
    try:
        written = runbook(SECRETS)
        (place / "runbook.md").write_text(markdown(written), "utf-8")
        (place / "runbook.html").write_text(html(written), "utf-8")
    finally:
        use_language(None)
    return place / "runbook.html"


@pytest.fixture(scope="module", params=["en", "zh"])
def report(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("report")
        hosts = sessions_in_memory(place, patch)
        use_language(request.param)
        try:
            session = Session(Where(), None)  # type: ignore[arg-type]
            hosts.run(session.journal)
            told = report_of_run(session, chosen_run(session, None))
            session.journal.close()
            text = report_page.html(told)
        finally:
            use_language(None)
        assert f'<html lang="{request.param}">' in text
        (place / "report.html").write_text(text, "utf-8")
        yield place / "report.html"


@pytest.mark.parametrize("width", [1280, 920, 800, 390])
def test_a_report_fits_any_screen_and_asks_for_nothing(
    browser: Chromium, report: Path, width: int
) -> None:
    browser.open(report, width)
    assert browser.complaints() == []
    assert browser.run("document.documentElement.scrollWidth") <= width
    bars = browser.run(
        "[...document.querySelectorAll('.bar rect')].map(e => e.getBoundingClientRect().width)"
    )
    assert len(bars) > 20
    assert min(bars) > 0


@pytest.mark.parametrize(
    ("width", "dark"), [(1280, False), (800, False), (390, False), (390, True)]
)
def test_it_fits_any_screen_and_asks_for_nothing(
    browser: Chromium, page: Path, width: int, dark: bool
) -> None:
    browser.open(page, width, dark=dark)
    assert browser.complaints() == []
    assert browser.run("document.documentElement.scrollWidth") <= width
    wide = browser.run(
        "[...document.querySelectorAll('p, dd, td, figcaption, svg, h1, h2, h3, button')]"
        ".filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML)"
    )
    assert wide == []
    assert browser.run("document.querySelectorAll('svg .box').length") == 4
    assert browser.run("document.querySelector('svg').getBoundingClientRect().height") > 90


def test_the_copy_button_copies_the_commands(browser: Chromium, page: Path) -> None:
    commands = [each.commands for each in blocks(page.with_suffix(".md").read_text("utf-8"))]
    long = next(each for each in commands if each.startswith("( umask 077; mkdir -p /var/lib"))
    browser.open(page, 1280)
    browser.allow_clipboard()
    number = commands.index(long)
    mark = f"document.querySelectorAll('.copy')[{number}].id = 'this'"
    browser.run(mark)
    label = browser.run("document.querySelector('#this').textContent")
    browser.click("#this")
    deadline = time.monotonic() + 10
    while browser.run("document.querySelector('#this').textContent") == label:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert browser.run("navigator.clipboard.readText()") == long.rstrip("\n")


def test_the_contents_lead_to_every_chapter(browser: Chromium, page: Path) -> None:
    browser.open(page, 1280)
    lost = browser.run(
        "[...document.querySelectorAll('nav a')]"
        ".filter(a => !document.querySelector(a.getAttribute('href'))).map(a => a.outerHTML)"
    )
    assert lost == []
    browser.click("nav li:last-child a")
    assert browser.run("location.hash") == "#tidy"


def test_it_prints_whole(browser: Chromium, page: Path) -> None:
    browser.open(page, 1280)
    printed = browser.pdf()
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") > 10
    assert browser.run("document.querySelectorAll('details[open]').length") == 0
