"""The wizard in Chinese: nothing of it is left in English, and nothing is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel.messages.pofile import read_po

from installer.tui.screens.runbook import RunbookScreen
from runbook.text import use_language
from tests.engine.three_hosts import ThreeHosts
from tests.tui.stage import Stage, play
from tools.messages import path_of

TEXTUALS_OWN = ("Focus Next", "Cursor", "Copy selected text", "Search for commands", "Screenshot")


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    use_language("zh")
    yield
    use_language(None)


@pytest.fixture(scope="module")
def english() -> re.Pattern[str]:
    """Whatever the wizard would say in English, in two words or more."""
    with path_of("zh").open("rb") as stream:
        said = [
            each.id
            for each in read_po(stream)
            if isinstance(each.id, str)
            and re.fullmatch(r"[A-Z][^{}\n]* [^{}\n]*", each.id)
            and each.string != each.id
            and any("/tui/" in file or "/frontend/" in file for file, _ in each.locations)
        ]
    assert len(said) > 200
    return re.compile("|".join(map(re.escape, [*said, *TEXTUALS_OWN])))


def speaks_chinese(stage: Stage, english: re.Pattern[str]) -> None:
    stage.assert_fits()
    assert re.search("[\u4e00-\u9fff]", stage.text())
    assert english.findall(stage.text()) == []


@pytest.mark.parametrize(
    ("start", "shown"),
    [
        ("home", "新的安装"),
        ("lab", "实验环境"),
        ("preflight", "项检查中"),
        ("history", "历史"),
        ("report", "报告"),
    ],
)
def test_a_screen_its_help_and_the_palette(
    hosts: ThreeHosts, english: re.Pattern[str], start: str, shown: str
) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_shown(shown)
        speaks_chinese(stage, english)
        await stage.press("question_mark")
        await stage.until_shown("按 Esc 关闭本帮助")
        speaks_chinese(stage, english)
        await stage.press("escape", "ctrl+p")
        await stage.until_shown("请输入要查找的内容", "帮助")
        speaks_chinese(stage, english)
        await stage.press("escape")

    play(story, start=start)


def test_no_title_of_a_step_is_cut(hosts: ThreeHosts, english: re.Pattern[str]) -> None:
    async def story(stage: Stage) -> None:
        stage.app.open_cluster(lambda: stage.app.show("runbook"))
        await stage.until(lambda: isinstance(stage.screen, RunbookScreen))
        await stage.until_shown("15 个步骤已完成", "证明会话能存活")
        speaks_chinese(stage, english)
        titles = [line.partition("▕")[0] for line in stage.lines()]
        assert [title for title in titles if "…" in title] == []

    play(story)


def test_the_lists_of_the_training(english: re.Pattern[str]) -> None:
    async def story(stage: Stage) -> None:
        for key, shown in (("l", "安装 JDK"), ("d", "“首页能打开"), ("w", "原文档这样说")):
            await stage.press(key)
            await stage.until_shown(shown)
            speaks_chinese(stage, english)

    play(story, start="training")
