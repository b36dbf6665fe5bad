from __future__ import annotations

import contextlib
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.edits.blocks import remove_block, set_block
from runbook.errors import BadInput

LINES = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n")))
SHELL = st.lists(
    st.sampled_from(
        [b"a=1", b"\n", b"\r\n", b"\r", b"# x", b"\xff\xfe", b"\0", "变量".encode(), b" "]
    )
).map(b"".join)


@given(SHELL | st.binary(), LINES)
def test_taking_the_block_out_gives_the_file_back(source: bytes, lines: list[str]) -> None:
    edited = set_block(source, "environment", lines)
    assert remove_block(edited, "environment") == source
    assert set_block(edited, "environment", lines) == edited


@given(SHELL, LINES, LINES)
def test_a_new_content_takes_the_place_of_the_old(
    source: bytes, one: list[str], two: list[str]
) -> None:
    edited = set_block(set_block(source, "environment", one), "environment", two)
    assert edited == set_block(source, "environment", two)


@given(SHELL, SHELL)
def test_what_others_add_below_stays(source: bytes, below: bytes) -> None:
    edited = set_block(source, "environment", ["a=1"]) + below
    removed = remove_block(edited, "environment")
    assert removed.startswith(source)
    assert removed.endswith(below)
    updated = set_block(edited, "environment", ["a=2"])
    assert updated.endswith(below)
    assert b"a=2" in updated


def test_two_blocks_live_side_by_side() -> None:
    both = set_block(set_block(b"x", "one", ["1"]), "one more", ["2"])
    assert both == (
        b"x\n# >>> catherd: one (newline added)\n1\n# <<< catherd: one\n"
        b"# >>> catherd: one more\n2\n# <<< catherd: one more\n"
    )
    assert remove_block(both, "one more") == set_block(b"x", "one", ["1"])
    assert remove_block(both, "one") == b"x\n" + set_block(b"", "one more", ["2"])


def test_the_block_has_the_files_own_newlines() -> None:
    assert set_block(b"a\r\nb\r\n", "n", ["c"]).endswith(
        b"b\r\n# >>> catherd: n\r\nc\r\n# <<< catherd: n\r\n"
    )


FIRST, LAST = b"# >>> catherd: n\n", b"# <<< catherd: n\n"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (b"x\n" + FIRST, 2),
        (LAST + b"x\n", 1),
        (LAST + FIRST, 1),
        (FIRST + FIRST + LAST, 3),
        (FIRST + LAST + FIRST + LAST, 4),
    ],
)
def test_damaged_markers_are_refused(source: bytes, line: int) -> None:
    for damage in (partial(set_block, source, "n", ["a"]), partial(remove_block, source, "n")):
        with pytest.raises(BadInput, match="damaged") as caught:
            damage()
        assert str(caught.value.where) == f"line {line}"


@pytest.mark.parametrize("line", ["a\nb", "a\r", "# <<< catherd: n", "# >>> catherd: n"])
def test_lines_that_would_damage_the_block(line: str) -> None:
    with pytest.raises(BadInput, match="cannot stand in one line"):
        set_block(b"", "n", [line])


def test_an_update_keeps_to_the_newline_of_the_block() -> None:
    source = FIRST + b"\r\n\r\n" + LAST
    edited = set_block(source, "n", ["a"])
    assert edited == FIRST + b"a\n" + LAST
    assert set_block(edited, "n", ["a"]) == edited


@given(st.lists(st.sampled_from([FIRST, LAST, b"x\n", b"x", b"\r\n"])).map(b"".join))
def test_whatever_the_markers_look_like(source: bytes) -> None:
    with contextlib.suppress(BadInput):
        edited = set_block(source, "n", ["a"])
        assert set_block(edited, "n", ["a"]) == edited
    with contextlib.suppress(BadInput):
        assert FIRST not in remove_block(source, "n").splitlines(keepends=True)
