"""What may be typed in ``catherd init``: taken, or explained; the file is always one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from installer.frontend.saving import write_whole
from runbook.answers import dump, parse, read_toml
from runbook.pages import pages
from runbook.questions import Question
from runbook.validation import usable, validated
from runbook.writing import written
from tests.hostile.values import examples, texts
from tests.unit.answers.samples import GOOD, SUM

typed = (
    texts
    | st.text(max_size=20)
    | st.sampled_from(
        [
            "", " ", "2", "99", "100", "-1", "٣", "1e3", "9" * 400, "true", "ROOT shop", "ajp",
            "fe80::1%\n", "10.0.0.0/8", "debian:jdk", "a.war", SUM, SUM + "  a.tgz", "ROOT,ROOT",
            "\udcff", "a\tb", "a, b",
        ]
    )
)  # fmt: skip


def questions(answers: dict[str, Any]) -> list[Question]:
    return [question for page in pages(answers) for question in page.questions]


@examples(250)
@given(st.lists(st.tuples(st.integers(0, 80), typed | st.booleans()), min_size=1, max_size=4))
def test_whatever_is_typed(tmp_path: Path, given_answers: list[tuple[int, str | bool]]) -> None:
    """Answers that pass their check make a draft that can be read again, and a file in the end."""
    answers: dict[str, Any] = dict(GOOD)
    for number, given_answer in given_answers:
        asked = questions(answers)
        question = asked[number % len(asked)]
        if isinstance(given_answer, bool) != (question.kind == "confirm"):
            continue
        if wrong := question.check(given_answer, answers):
            assert str(wrong.what)
            assert len(str(wrong.what)) < 300
            continue
        answers = question.put(given_answer, answers)
    draft = written(answers, comments=False)
    write_whole(tmp_path / "cluster.toml.draft", draft)
    read_toml(draft, "draft")
    rest = usable(answers)
    if rest == answers:
        try:
            cluster = validated(answers)
        except ValueError:
            return
        assert parse(dump(cluster)) == cluster
