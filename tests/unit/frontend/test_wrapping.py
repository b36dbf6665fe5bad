"""Lines end where a Chinese reader expects it, in help pages and in whatever Rich draws."""

from __future__ import annotations

import pytest
import rich._wrap
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from installer.frontend.wrapping import cells, teach_rich, wrapped

SPLIT_AT_SPACES = rich._wrap.words
teach_rich()
SENTENCE = "启动 Apache 服务，然后让 Tomcat 读取“新的”配置。"


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 7, ["one two", "three"]),
        ("均衡器的成员", 6, ["均衡器", "的成员"]),
        ("均衡器，成员", 6, ["均衡", "器，成", "员"]),
        ("启动 Apache 服务", 11, ["启动 Apache", "服务"]),
        ("看“计划”", 4, ["看", "“计", "划”"]),
        ("", 6, []),
    ],
)
def test_lines_are_broken_by_cells(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width) == lines
    assert all(cells(line) <= width for line in lines)
    assert all(cells(line) == cell_len(line) for line in lines)


def drawn(text: str, width: int) -> list[str]:
    lines = Text(text).wrap(Console(width=width), width)
    return [line.plain for line in lines]


@pytest.mark.parametrize("width", range(10, 50, 3))
def test_rich_fills_lines_with_chinese(width: int) -> None:
    lines = drawn(SENTENCE, width)
    assert max(map(cell_len, lines)) <= width
    assert "".join(lines).replace(" ", "") == SENTENCE.replace(" ", "")
    assert all(line[0] not in "，。”" for line in lines)
    assert all(line[-1] != "“" for line in lines)
    assert all(cell_len(line) > width - 8 for line in lines[:-1])


@pytest.mark.parametrize("width", range(19, 30))
def test_no_character_is_lost_to_the_space_after_it(width: int) -> None:
    text = "Require，它把外人挡在 balancer-manager 之外"
    lines = Text(text).wrap(Console(width=width), width, overflow="ellipsis")
    assert "".join(line.plain for line in lines).replace(" ", "") == text.replace(" ", "")


@given(st.text(st.characters(codec="ascii")))
def test_what_is_all_ascii_is_split_as_before(text: str) -> None:
    assert list(rich._wrap.words(text)) == list(SPLIT_AT_SPACES(text))


@given(st.text(st.sampled_from("中文，。“”（ abAB12\t\u3000é")))
def test_nothing_is_lost_between_the_pieces(text: str) -> None:
    pieces = list(rich._wrap.words(text))
    assert all(text[start:end] == word for start, end, word in pieces)
    assert "".join(word for _, _, word in pieces).split() == text.split()
    assert [end for _, end, _ in pieces[:-1]] == [start for start, _, _ in pieces[1:]]
